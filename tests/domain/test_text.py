"""Folding: the same key and the same words on every engine."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.domain.catalogue import products
from app.domain.catalogue.product_rows import insert_all
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.search import documents
from app.domain.unicode import text
from app.domain.unit_of_work import Database, Unit
from tests.catalogues import goods
from tests.conftest import Run

bounded = settings(derandomize=True, deadline=None, max_examples=300)
on_a_database = settings(
    derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

storable = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
nasty = st.text(
    st.one_of(
        storable,
        st.sampled_from("aAzZ09 _-'\"*\\%&|!():<>éÉßẞſıİİΣςΩΩﬁŉǰᾳͅ\u0301\u0345ÅÅ가각ꙮ𝔸😀\ufdfa\uffff\U0010ffff"),
    ),
    max_size=30,
)
names = nasty.map(str.strip).filter(bool)


class _Undone(Exception):
    pass


@bounded
@given(nasty)
def test_folding_twice(given_text: str) -> None:
    """Folding what is folded changes nothing."""
    assert text.fold(text.fold(given_text)) == text.fold(given_text)


@bounded
@given(nasty)
def test_case_and_form_do_not_matter(given_text: str) -> None:
    """A text folds as its normal forms do, and as its folded case does."""
    folded = text.fold(given_text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert text.fold(unicodedata.normalize(form, given_text)) == folded
    if "\u0345" not in unicodedata.normalize("NFD", given_text):  # as a mark it is dropped, as a letter it stays
        assert text.fold(given_text.casefold()) == folded


@bounded
@given(nasty)
def test_words_are_letters_and_digits(given_text: str) -> None:
    """Words are distinct, and made of letters, marks and digits alone."""
    words = text.words(given_text)
    assert len(set(words)) == len(words)
    assert all(regex.fullmatch(r"[\p{L}\p{N}\p{M}]+", word) for word in words)


@pytest.mark.parametrize(
    ("given_text", "folded"),
    [
        ("Straße", "strasse"),
        ("ÉCLAIR", "eclair"),
        ("ﬁn", "fin"),
        ("Ångström", "angstrom"),
        ("２５６", "256"),
        ("Ω", "ω"),
    ],
)
def test_folded(given_text: str, folded: str) -> None:
    """Marks are dropped, compatible forms are one, case is folded."""
    assert text.fold(given_text) == folded


async def _ids_of(unit: Unit, narrowed: products.Filter, sort: Sort) -> list[int]:
    page = await paging.page(unit, products.LISTING, narrowed, sort, Window(1000), ())
    return [row[1] for row in page.rows]


@on_a_database
@given(st.lists(names, min_size=1, max_size=12))
@example(["\uffff", "\U00010000", "\ue000", "z", "Z", "a", "ä", "\U0010ffff"])
def test_order_is_pythons(database: Database, run: Run[Any], given_names: Sequence[str]) -> None:
    """An engine sorts names as Python sorts their keys (by code point), ties by id, descending the exact reverse."""

    async def compare(unit: Unit) -> None:
        ids = await insert_all(unit, [goods(name[:200], 10_000) for name in given_names])
        expected = sorted(ids, key=lambda i: (text.key(given_names[i - ids[0]][:200]), i))
        for descending in (False, True):
            found = await _ids_of(unit, products.Filter(), Sort("name", descending))
            assert found == expected[:: -1 if descending else 1]
        raise _Undone

    with pytest.raises(_Undone):
        run(database.write(compare))


@on_a_database
@given(st.lists(st.tuples(names, nasty), min_size=1, max_size=6), nasty, st.integers(1, 5))
def test_words_match_as_in_python(
    database: Database, run: Run[Any], texts: Sequence[tuple[str, str]], anything: str, cut: int
) -> None:
    """An engine finds the products that have, for every word of a search, a word that begins with it."""
    queries = [anything, *(word[:cut] for name, description in texts for word in text.words(name + " " + description))]

    async def compare(unit: Unit) -> None:
        ids = await insert_all(unit, [goods(name, 10_000, description=said) for name, said in texts])
        words = {i: documents.document(*one).words.split(" ") for i, one in zip(ids, texts, strict=True)}
        for query in queries:
            wanted = text.query(query)
            alike = text.neighbours(wanted or ())
            found = (i for i in ids if all(any(w.startswith(one) for w in words[i]) for one in alike))
            expected = [] if wanted == () else list(found)
            assert await _ids_of(unit, products.Filter(words=wanted), Sort()) == expected
        raise _Undone

    with pytest.raises(_Undone):
        run(database.write(compare))


def test_the_longest_keys(database: Database, run: Run[Any]) -> None:
    """The longest names and words that can be given are stored, sorted and found."""
    name, word = "\ufdfa" * 200, "\ufdfa" * 10_000  # each letter becomes eighteen

    async def store(unit: Unit) -> list[int]:
        ids = await insert_all(
            unit,
            [goods(name, 10_000, description=word), goods("𝔸" * 200, 10_000, description="x" * 10_000)],
        )
        assert await _ids_of(unit, products.Filter(words=text.Query(("x" * 200,), "x" * 200)), Sort("name")) == [ids[1]]
        return ids

    assert len(run(database.write(store))) == 2
