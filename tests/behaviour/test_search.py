"""Words and filters over 3,291 real products, against a loop over the file."""

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import repeat
from typing import Any

import pytest

from app.domain.search import relevance
from tests.behaviour.catalogue import Catalogue
from tests.behaviour.surfaces import Surface
from tests.behaviour.test_walks import SORTS, backward, forward, ids_of

pytestmark = pytest.mark.slow


def words(catalogue: Catalogue) -> list[str]:
    """600 random words of the file."""
    return random.Random(600).sample(sorted({word for item in catalogue.items for word in item.words.split()}), 600)


def combinations(catalogue: Catalogue) -> Iterator[tuple[dict[str, Any], str]]:
    """200 random filters, each with a sort; their values are near some product, which they need not match."""
    rng = random.Random(200)
    for _ in range(200):
        near = rng.choice(catalogue.items)
        bounds = [near.price * rng.choice([1, Decimal("0.8"), Decimal("1.20001")]) for _ in range(2)]
        others = rng.sample(catalogue.items, rng.choice([0, 0, 1, 2]))
        values = {
            "q": " ".join(
                rng.choice(near.words.split())[: rng.randint(1, 6)].upper() for _ in range(rng.randint(1, 2))
            ),
            "category": sorted({max(item.categories) for item in (near, *others)}),
            "minPrice": bounds[0] if rng.random() < 0.9 else Decimal(-1),
            "maxPrice": bounds[1] if rng.random() < 0.9 else Decimal(10) ** 12,
            "currency": rng.choice(["USD", "EUR", "CHF", "JPY"]),
            "inStock": rng.random() < 0.5,
            "sku": near.sku if rng.random() < 0.9 else "none",
        }
        chance = {"sku": 0.05, "currency": 0.25}
        yield {name: v for name, v in values.items() if rng.random() < chance.get(name, 0.6)}, rng.choice(SORTS)


async def test_words(catalogue: Catalogue, reading: Surface) -> None:
    """600 random words find what a loop over the file finds."""
    for word in words(catalogue):
        expected = catalogue.find({"q": word})
        found = await forward(repeat(reading), q=word, size=100, total=True)
        assert ids_of(found) == expected, word
        assert found[0].total == len(expected) > 0


@pytest.mark.parametrize("sort", SORTS)
async def test_common_words(catalogue: Catalogue, reading: Surface, sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that count as common find the same in every order, both ways: whether they are or not."""
    monkeypatch.setattr(relevance, "HEAD_FROM", 0)
    for word in ("s", words(catalogue)[0]):
        asked: dict[str, Any] = {"q": word, "sort": sort, "size": 100}
        there = await forward(repeat(reading), **asked)
        assert ids_of(there) == catalogue.find({"q": word}, sort)
        assert ids_of(await backward(repeat(reading), there[-1], **asked)) == ids_of(there)


async def test_filters(catalogue: Catalogue, reading: Surface) -> None:
    """200 random combinations of filters, each with a sort, give what a loop over the file gives."""
    hits = 0
    for filter_, sort in combinations(catalogue):
        expected = catalogue.find(filter_, sort)
        found = await forward(repeat(reading), sort=sort, size=100, total=True, **filter_)
        assert ids_of(found) == expected, (filter_, sort)
        assert found[0].total == len(expected)
        hits += bool(expected)
    assert hits > 100
