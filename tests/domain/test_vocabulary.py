"""The words of the catalogue are counted as a loop over its products counts them, whatever is written."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.catalogue import products
from app.domain.catalogue.products import Filter
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.search import vocabulary
from app.domain.search.vocabulary import w
from app.domain.unicode import text
from app.domain.unit_of_work import Database, Statement, Unit
from tests.conftest import Run

_WORDS = Statement(select(w.word, w.products, w.frequency))
names = st.lists(st.sampled_from(["oak", "Oak-wood", "5 mm", "木の椅子", "x" * 65, "Ürn"]), min_size=1, max_size=3).map(
    " ".join
)
edits = st.lists(
    st.tuples(st.sampled_from(["create", "create", "rename", "remove"]), st.integers(0, 9), names), max_size=12
)


class _Undone(Exception):
    pass


@settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_counts(database: Database, run: Run[Any], writes: list[tuple[str, int, str]]) -> None:
    """After any writes each word has its number of products; words that none has are gone."""

    async def compare(unit: Unit) -> None:
        kept: dict[int, str] = {}
        for kind, place, name in writes:
            if kind == "create" or not kept:
                kept[await products.create(unit, {"name": name, "price": 10_000})] = name
                continue
            product_id = list(kept)[place % len(kept)]
            if kind == "rename":
                await products.change(unit, product_id, {"name": name}, None)
                kept[product_id] = name
            else:
                await products.remove(unit, product_id, None)
                del kept[product_id]
        expected = Counter(
            word for name in kept.values() for word in text.words(name) if text.is_spaced(word) and len(word) < 65
        )
        assert {word: count for word, count, _ in await unit.all(_WORDS)} == expected
        known = await vocabulary.classes(unit, ["o", "oak", "zz"])
        assert known == {word: 0 if expected["oak"] < 4 else 1 for word in ("o", "oak") if expected["oak"]}
        raise _Undone

    with pytest.raises(_Undone):
        run(database.write(compare))


def test_classes(database: Database, run: Run[Any]) -> None:
    """A word rises and falls through the classes by powers of four, with those that begin as it does."""

    async def work(unit: Unit) -> None:
        ids = [await products.create(unit, {"name": "Urn", "price": 10_000}) for _ in range(17)]
        assert await vocabulary.classes(unit, ["u", "urns", "urn"]) == {"u": 2, "urn": 2}
        for product_id in ids[:2]:
            await products.remove(unit, product_id, None)
        assert await vocabulary.classes(unit, ["urn"]) == {"urn": 1}
        narrowed = Filter(words=text.query("ur"))
        page = await paging.page(unit, products.LISTING, narrowed, Sort("relevance"), Window(), ())
        assert len(page.rows) == 15

    run(database.write(work))
