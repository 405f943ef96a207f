"""Compares the blob store with the database: references whose bytes are missing, and blobs without a reference.

This is safe beside a running service: it finds only what a crash or a manual change left behind.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

from app.domain import blobs
from app.domain.files import blob_references
from app.domain.files.blob_references import Reference
from app.media.blob_storage import Storage

_AT_ONCE = 500


class Orphan(NamedTuple):
    """A blob in the store that the database does not know."""

    sha256: str


async def lost_references(storage: Storage) -> AsyncIterator[Reference]:
    """The references whose blob is missing from the store, or has another size."""
    database, last = storage.database, ""
    while names := await database.read(lambda unit: blob_references.names(unit, last, _AT_ONCE)):  # noqa: B023
        last = names[-1]
        sizes: dict[str, int | None] = {}
        for found in await database.read(lambda unit: blob_references.of(unit, names), snapshot=True):
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


async def repair(storage: Storage, found: Reference | Orphan) -> None:
    """Delete a reference that lost its bytes, or let the sweep remove an orphan after an hour."""
    if isinstance(found, Orphan):
        await storage.database.write(lambda unit: blobs.claim(unit, found.sha256))
    else:
        await storage.database.write(lambda unit: blob_references.drop(unit, found))


async def _unknown(storage: Storage, names: list[str]) -> AsyncIterator[Orphan]:
    for name in await storage.database.read(lambda unit: blob_references.unknown(unit, names)):
        if await storage.blobs.size(name) is not None:  # None: it was swept after the listing
            yield Orphan(name)
