"""A short search for documents that get more than they pay for; `make prove PROVE=worst` searches for an hour."""

from random import Random
from typing import Any

from tests.schema.conftest import Shop
from tests.schema.trees import Breeder, Field, written

_ROUNDS, _KEPT = 150, 8
_VALUES_OF_A_POINT = 2000
_STATEMENTS = {"suggestions": 12}
"""The statements of a root field, where they may be more than three."""


def _values(answer: Any) -> int:
    if isinstance(answer, dict):
        return sum(map(_values, answer.values()))
    return sum(map(_values, answer)) if isinstance(answer, list) else 1


async def test_values_are_paid_for(shop: Shop) -> None:
    """Bred for values a point, no document gets over 2,000 a point, over 8 MiB, or more statements than its fields."""
    breeder, best = Breeder(Random(9)), list[tuple[float, int, Field]]()
    answered = 0
    for number in range(_ROUNDS):
        fresh = len(best) < _KEPT or breeder.chance.random() < 0.3
        document = breeder.grow() if fresh else breeder.change(breeder.chance.choice(best)[2])
        before = shop.service.database.statements
        response = await shop.service.send("POST", "/graphql", {"query": written(document)})
        answer = response.json()
        if "data" not in answer:
            continue
        answered += 1
        points, values = answer["extensions"]["cost"], _values(answer["data"])
        assert values <= _VALUES_OF_A_POINT * points
        assert len(response.content) <= 8 * 2**20
        most = sum(_STATEMENTS.get(field.name, 3) for field in document.below)
        assert shop.service.database.statements - before <= most
        best = sorted([*best, (values / points, number, document)], reverse=True, key=lambda one: one[0])[:_KEPT]
    assert answered > _ROUNDS / 3
