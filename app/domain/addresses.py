"""Addresses of resources: an id, or the client's own key, such as a sku."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ClauseElement, ColumnElement

from app.domain.changes import log
from app.domain.changes.log import NewChange
from app.domain.errors import NotFound
from app.domain.models import MAX_ID
from app.domain.unicode import identity
from app.domain.unit_of_work import Row, Statement, Unit, first
from app.domain.validation import unstorable


class OwnKey(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The client's own key; `kind` is its member: `sku` or `slug`."""

    kind: str
    value: str


Address: TypeAlias = int | OwnKey
Named: TypeAlias = Mapping[str, ColumnElement[bool]]
"""The conditions that find a row, by kind of address; `values` binds their parameters."""


def kind(address: Address) -> str:
    """The kind of an address: `id`, or that of a key."""
    return "id" if isinstance(address, int) else address.kind


def values(address: Address) -> dict[str, Any] | None:
    """The bind values of an address; `None` if no row can have the address."""
    if isinstance(address, int):
        return {"id": address} if 0 < address <= MAX_ID else None
    if unstorable(address.value):
        return None
    return sku_values(address.value) if address.kind == "sku" else {"slug": identity.key(address.value)}


async def find(unit: Unit, noun: str, statement: Statement, address: Address, /, **others: Any) -> Row:
    """The row with an address; raises `NotFound`."""
    found = values(address)
    row = None if found is None else await first(unit, statement, **found, **others)
    if row is None:
        raise NotFound(noun)
    return row


def sku_values(sku: str) -> dict[str, Any]:
    """The spellings of a sku for a look-up."""
    return {"sku": sku, "sku_trimmed": identity.trim(sku), "sku_key": identity.key(sku)}


class AddressedStatement:
    """A statement for each kind of address."""

    def __init__(self, named: Named, make: Callable[[ColumnElement[bool]], ClauseElement]) -> None:
        self._statements = {kind: Statement(make(condition)) for kind, condition in named.items()}

    async def effect(self, unit: Unit, address: Address, change: NewChange, **others: Any) -> Sequence[Row]:
        """Run the statement on the row with the address, and write its change to the log."""
        found = values(address)
        return (
            () if found is None else await log.effect(unit, self._statements[kind(address)], change, **found, **others)
        )

    async def all(self, unit: Unit, address: Address, **others: Any) -> Sequence[Row]:
        """Run the statement on the row with the address."""
        found = values(address)
        return () if found is None else await unit.all(self._statements[kind(address)], **found, **others)

    async def first(self, unit: Unit, address: Address, **others: Any) -> Row | None:
        """The row that has the address, or None."""
        rows = await self.all(unit, address, **others)
        return rows[0] if rows else None
