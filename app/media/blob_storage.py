"""Blob storage: a blob store, and the database that knows which blobs are referenced.

A blob is claimed in the database before it is stored, referenced once it is stored, and removed once nothing has
referenced it for an hour. A crash in between leaves bytes that a later sweep removes, never a row without its bytes.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog

from app.domain import blobs
from app.domain.errors import NotFound
from app.domain.unit_of_work import Database
from app.stores.blobs import Blobs, Writer

_SWEPT_AT_ONCE = 100
_SECONDS_TO_REMOVE = 60.0
"""Well below the lease of doomed blobs: a slower sweep leaves them to another one."""

_log = structlog.get_logger("tandem")


class Storage:
    """A blob store and the database that refers to its blobs."""

    def __init__(self, blobs_: Blobs, database: Database) -> None:
        self.blobs, self.database = blobs_, database

    async def keep(self, writer: Writer) -> str:
        """Store the written bytes and return their SHA-256; they stay for an hour, then as long as something refers
        to them.
        """
        name = await writer.name()
        await self.database.write(lambda unit: blobs.claim(unit, name))
        return await writer.keep()

    async def read(
        self, name: str, start: int = 0, stop: int | None = None, *, what: str = "file"
    ) -> AsyncGenerator[bytes, None]:
        """Yield a referenced blob's bytes from `start` to `stop`; logs and raises `NotFound` if the store lost it."""
        try:
            async with aclosing(self.blobs.read(name, start, stop)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except LookupError:
            _log.error("blob is missing from the store; run `tandem files check`", sha256=name)
            raise NotFound(what) from None

    async def sweep(self) -> bool:
        """Remove some blobs that nothing has referenced for an hour, and unfinished ones; returns whether to go on."""
        await self.blobs.tidy()
        doomed = await self.database.write(lambda unit: blobs.mark_for_deletion(unit, _SWEPT_AT_ONCE))
        if doomed:
            async with asyncio.timeout(_SECONDS_TO_REMOVE):
                for name in doomed:
                    await self.blobs.delete(name)
            await self.database.write(lambda unit: blobs.forget(unit, doomed))
        return len(doomed) == _SWEPT_AT_ONCE
