"""The results of requests in one form for all surfaces."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from app.domain.addresses import OwnKey


class Page(NamedTuple):
    """A page of a list: the ids in order, the cursors that lead on, the total where it was asked for, a correction."""

    ids: list[int]
    next: str | None
    previous: str | None
    total: int | None = None
    corrected: str | None = None


class Thing(NamedTuple):
    """A product or category as a surface shows it, and its entity tag."""

    members: dict[str, Any]
    etag: str

    @property
    def id(self) -> int:
        """The plain id."""
        return int(self.members["id"])


Address = int | str | OwnKey
"""An id, a sku, or another key."""


class Put(NamedTuple):
    """What became of a product that was put at its sku, and whether it is new."""

    thing: Thing
    created: bool


def path_of(address: Address) -> str:
    """The path of a product."""
    if isinstance(address, int):
        return f"/products/{address}"
    kind, value = ("sku", address) if isinstance(address, str) else (address.kind, address.value)
    return f"/products/{kind}:{quote(value, safe='')}"


class Result(NamedTuple):
    """What became of an operation of a batch: the product's members, or the code and the fields of its refusal."""

    status: int
    product: dict[str, Any] | None
    code: str | None
    fields: list[str]


class Ran(NamedTuple):
    """What became of a batch, and whether that is a replay."""

    results: list[Result]
    counts: dict[str, Any]
    replayed: bool


class Refused(Exception):
    """A refusal, by its code in REST's spelling, and the fields that are at fault."""

    def __init__(self, code: str, fields: Sequence[str] = ()) -> None:
        super().__init__(code, *fields)
        self.code, self.fields = code, list(fields)
