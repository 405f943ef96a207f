"""Paths in the category tree, as imports spell them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bulk.category_paths import MAX_DEPTH, CategoryPath, Tree, parse, parse_paths
from app.domain.models import MAX_CATEGORIES
from app.domain.validation import Reader


@pytest.mark.parametrize(
    ("spelled", "names", "rooted"),
    [
        ("Books", ("Books",), False),
        ("  Books  ", ("Books",), False),
        ("Books > Comics", ("Books", "Comics"), True),
        ("Books>Comics>Manga", ("Books", "Comics", "Manga"), True),
        ("> Books", ("Books",), True),
        (">Books > Comics", ("Books", "Comics"), True),
        (r"Size \> 10", ("Size > 10",), False),
        (r"C:\\ > D", ("C:\\", "D"), True),
        (r"AC\DC", (r"AC\DC",), False),
        (r"a\\\>b", (r"a\>b",), False),
        ("", ("",), False),
        (">", ("",), True),
        ("Books >> Comics", ("Books", "", "Comics"), True),
        ("Books >", ("Books", ""), True),
    ],
)
def test_spelling(spelled: str, names: tuple[str, ...], rooted: bool) -> None:
    """Segments are trimmed; a backslash takes `>` and itself literally, an empty first segment is the root."""
    assert parse(spelled) == CategoryPath(names, rooted)


@pytest.mark.parametrize(
    ("paths", "places"),
    [
        ("Books", [()]),
        (
            ["Books", 5, "a\tb", "\u200b", "Books >", " > ".join("x" * (MAX_DEPTH + 1)), "x" * 201],
            [(n,) for n in range(1, 7)],
        ),
        ([str(number) for number in range(MAX_CATEGORIES + 1)], [()]),
        (None, []),
    ],
)
def test_faults(paths: object, places: list[tuple[int, ...]]) -> None:
    """Each path that no category can have is a fault at its place; the others are read."""
    reader = Reader({"categories": paths})
    parse_paths(reader, "categories")
    assert [fault.field[1:] for fault in reader.field_errors] == places


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), min_size=1))
def test_escaping(names: list[str]) -> None:
    """Every path of names can be spelled, whatever characters they have."""
    spelled = " > ".join(name.replace("\\", "\\\\").replace(">", "\\>") for name in ["", *names])
    assert parse(spelled).names == tuple(names)


def test_undo() -> None:
    """What is undone was never planned."""
    tree = Tree([(1, None, "Books", "books", None)])
    assert tree.find(parse("Books > Comics")) == -1
    assert tree.find(parse("Music > Jazz")) == -3
    tree.undo(1)
    assert [node.name for node in tree.planned] == ["Comics"]
    assert tree.find(parse("comics")) == -1
    assert tree.find(parse("Jazz")) == -2
    assert tree.planned[-1].parent == 0


def test_bare_names() -> None:
    """A bare name is the one category that bears it, else the one at the root, else none can be told."""
    rows = [(1, None, "books"), (2, 1, "new"), (3, None, "music"), (4, 3, "new"), (5, 1, "music")]
    tree = Tree((node, parent, key.title(), key, None) for node, parent, key in rows)
    assert tree.find(parse("MUSIC")) == 3
    assert tree.find(parse("new")) is None
    assert tree.find(parse("music > new")) == 4
    assert tree.planned == []
    assert tree.find(parse("> new")) == -1
    assert tree.find(parse("new")) == -1
