"""Comparing the store with the database: what refers to bytes that are not there, and bytes that nobody knows of.

It may run beside a service that stores and sweeps: only what a crash, or somebody's hands, left behind is found.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

from app.domain import blobs, references
from app.domain.references import Reference
from app.storage import Storage

_AT_ONCE = 500


class Orphan(NamedTuple):
    """Bytes in the store under a name that the database does not know."""

    sha256: str


async def lost(storage: Storage) -> AsyncIterator[Reference]:
    """What refers to bytes that are not in the store, or are not as many as they were."""
    database, last = storage.database, ""
    while names := await database.read(lambda unit: references.names(unit, last, _AT_ONCE)):  # noqa: B023
        last = names[-1]
        sizes: dict[str, int | None] = {}
        for found in await database.read(lambda unit: references.of(unit, names), snapshot=True):
            if found.sha256 not in sizes:
                sizes[found.sha256] = await storage.blobs.size(found.sha256)
            if sizes[found.sha256] != found.bytes:
                yield found


async def orphans(storage: Storage) -> AsyncIterator[Orphan]:
    """Blobs that the database does not know."""
    batch: list[str] = []
    async for name in storage.blobs.names():
        batch.append(name)
        if len(batch) == _AT_ONCE:
            async for orphan in _unknown(storage, batch):
                yield orphan
            batch = []
    async for orphan in _unknown(storage, batch):
        yield orphan


async def mend(storage: Storage, found: Reference | Orphan) -> None:
    """Give up what lost its bytes; leave an orphan to the sweep, which removes it after an hour of grace."""
    if isinstance(found, Orphan):
        await storage.database.write(lambda unit: blobs.claim(unit, found.sha256))
    else:
        await storage.database.write(lambda unit: references.give_up(unit, found))


async def _unknown(storage: Storage, names: list[str]) -> AsyncIterator[Orphan]:
    for name in await storage.database.read(lambda unit: references.unknown(unit, names)):
        if await storage.blobs.size(name) is not None:  # else it was swept after it had been listed
            yield Orphan(name)
