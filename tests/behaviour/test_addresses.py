"""One fault has one code, whether a product is addressed by its id, its sku or its slug, alone or in a batch."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.domain.addresses import OwnKey
from tests.behaviour.surfaces import Address, Graphql, Refused, Surface
from tests.behaviour.test_conditional import code_of


class Batched:
    """Changes products as a surface does, each by a batch of one operation."""

    def __init__(self, keyed: Surface) -> None:
        self._keyed = keyed

    async def update(self, address: Address, if_match: str | None = None, **members: Any) -> None:
        """Edit a product."""
        await self._run("update", address, product=members, **_condition(if_match))

    async def delete(self, address: Address, if_match: str | None = None) -> None:
        """Delete a product."""
        await self._run("delete", address, **_condition(if_match))

    async def adjust_stock(self, address: Address, delta: int) -> None:
        """Add to a product's stock, or take from it."""
        await self._run("adjustStock", address, delta=delta)

    async def _run(self, kind: str, address: Address, **members: Any) -> None:
        named = {"id" if isinstance(address, int) else "sku": address}
        (result,) = (await self._keyed.batch([{"op": kind, **named, **members}])).results
        if result.code:
            raise Refused(result.code, result.fields)


def _condition(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"ifMatch": if_match}


Attempt = Callable[[Any, Address], Awaitable[Any]]
FAULTS: dict[str, Attempt] = {
    "no change of stock": lambda on, it: on.adjust_stock(it, 0),
    "too little stock": lambda on, it: on.adjust_stock(it, -6),
    "too much stock": lambda on, it: on.adjust_stock(it, 2**31 - 1),
    "a stale tag": lambda on, it: on.update(it, '"7.5"', name="x"),
    "a stale tag, to delete": lambda on, it: on.delete(it, '"7.5"'),
    "a tag from before a sale": lambda on, it: on.update(it, '"1.6"', stock=7),
    "an empty name": lambda on, it: on.update(it, name=" "),
    "too many decimals": lambda on, it: on.update(it, currency="JPY"),
    "an unknown category": lambda on, it: on.update(it, categoryIds=[7]),
    "a sku that is taken": lambda on, it: on.update(it, sku="TAKEN"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_same_code(keyed: Surface, fault: str) -> None:
    """By each address the same fault is refused with the same code, and nothing changes."""
    made = (await keyed.put("A", name="Lamp", price=2.5, stock=5)).thing
    await keyed.put("TAKEN", name="Urn", price=2)
    ways: list[Any] = [keyed, Batched(keyed)]
    attempts: list[tuple[Any, Address]] = [(on, address) for on in ways for address in (made.id, "A")]
    if isinstance(keyed, Graphql):  # REST changes nothing at a slug
        attempts.append((keyed, OwnKey("slug", "lamp")))
    codes = {await code_of(FAULTS[fault](on, address)) for on, address in attempts}
    assert len(codes) == 1
    assert codes != {"done"}
    assert (await keyed.get("A")).members == made.members


@pytest.mark.parametrize("kind", ["id", "sku", "slug"])
async def test_nothing_there(keyed: Surface, kind: str) -> None:
    """An address that no product has is `not_found` for all that can be done there."""
    nothing: Address = 999_999 if kind == "id" else "gone" if kind == "sku" else OwnKey("slug", "gone")
    assert await code_of(keyed.get(nothing)) == "not_found"
    ways: list[Any] = [keyed] if kind == "slug" else [keyed, Batched(keyed)]
    for on in ways:
        for attempt in (on.update(nothing, name="x"), on.delete(nothing), on.adjust_stock(nothing, 1)):
            assert await code_of(attempt) == "not_found"
