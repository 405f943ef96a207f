"""Lines checked by columns: the same entries as one line at a time, and the same errors."""

import io
import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.bulk import import_files, import_runner
from app.domain.bulk.import_lines import Entry, TypedLine, check_line, check_lines
from app.domain.catalogue import products
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unicode import text
from app.domain.unit_of_work import Database
from tests import lines
from tests.conftest import Run

TEXTS = st.one_of(
    st.sampled_from(
        ["S1", " Kettle ", "Kännchen", "a\tb", "a\nb", "a\0", "", " ", "x" * 65, "x" * 201, "\u200b", "\x85", "\ud800"]
    ),
    st.text(max_size=5),
)
NUMBERS = st.sampled_from(
    [
        "1",
        "19.99",
        "5.001",
        "0",
        "-1",
        "1e2",
        "1.0",
        "0.00001",
        "1e999",
        "999999999.99",
        "1000000000",
        "2147483648",
        "true",
    ]
)
CATEGORIES = st.lists(st.sampled_from(["Home", "Home > Pots", "> Home", "A >", "", "x" * 201, "a\\>b"]), max_size=3)
VALUES: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys(("sku", "name", "description"), TEXTS.map(json.dumps)),
    **dict.fromkeys(("price", "stock"), NUMBERS),
    "currency": st.sampled_from(["EUR", "JPY", "BHD", "XXX", "eur", ""]).map(json.dumps),
    "categories": CATEGORIES.map(json.dumps),
    "colour": st.sampled_from(["1", "NaN", '"red"', '"\\ud800"', "[]"]),
}
VALUE_OF_ANOTHER = st.sampled_from(["null", "5", '"5"', "[]", "{}", "true", "[5]", "[[]]"])


def line(members: dict[str, str]) -> bytes:
    """A line of JSON whose values are spelt out."""
    return ("{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in members.items()) + "}\n").encode()


@st.composite
def files(draw: st.DrawFn) -> list[bytes]:
    """Lines, most of them good but for a member or two."""
    made = []
    for number in range(draw(st.integers(1, 6))):
        members = {name: json.dumps(value) for name, value in lines.line(number).items()}
        for name in draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=2)):
            members[name] = draw(st.one_of(VALUES[name], VALUE_OF_ANOTHER))
        for name in draw(st.sets(st.sampled_from(sorted(members)), max_size=2)):
            del members[name]
        made.append(line(members))
    return made


def comparable(entry: Entry) -> tuple[Any, ...]:
    """An entry as plain values; where a line is bad what it would have set does not matter."""
    edit = None if entry.field_errors else {name: value for name, value in entry.edit.items() if value is not None}
    return entry.number, entry.sku, edit, entry.paths, entry.missing, list(entry.field_errors)


@settings(max_examples=400, deadline=None)
@given(file=files())
def test_same_verdicts(file: list[bytes]) -> None:
    """Whatever the lines hold, checking them by columns gives what checking each member by itself gives."""
    read = [found.line for found in import_files.read(io.BytesIO(b"".join(file)), ".ndjson")]
    assert list(map(comparable, check_lines(read))) == list(map(comparable, map(check_line, read)))


def test_good_lines_are_typed() -> None:
    """Good lines take the short way, all of them; their prices are exact."""
    read = [found.line for found in import_files.read(io.BytesIO("".join(lines.texts(300)).encode()))]
    assert all(isinstance(found, TypedLine) for found in read)

    def parse_again() -> Any:
        raise AssertionError("a good line was parsed again")

    entries = check_lines(
        [TypedLine(n, found.fields, parse_again) for n, found in enumerate(read) if isinstance(found, TypedLine)]
    )
    for number, entry in enumerate(entries):
        assert entry.edit["price"] == Decimal(str(lines.line(number)["price"])) * 10_000
        assert entry.paths


def test_words(database: Database, run: Run[Any]) -> None:
    """A search finds what the last line of a sku says, whether one line describes the product or several do."""
    file = [line({"sku": f'"{sku}"', "name": '"Kettle"', "price": "5"}) for sku in "ABC"]
    file += [line({"sku": '"B"', "name": '"Urn"'}), line({"sku": '"C"', "description": '"of brass"'})]
    read = import_files.read(io.BytesIO(b"".join(file)))
    run(import_runner.run(database, read, lambda *_: None, last_wins=True))

    def found(word: str) -> list[str]:
        narrowed = products.Filter(words=text.query(word))
        page = run(
            database.read(lambda unit: paging.page(unit, products.LISTING, narrowed, Sort(), Window(9), ("sku",)))
        )
        return [row[-1] for row in page.rows]

    assert [found(word) for word in ("kettle", "urn", "brass")] == [["A", "C"], ["B"], ["C"]]
