"""Storage: blobs, and the database's word on which of them are wanted; whoever stores bytes or removes them goes here.

A blob is claimed before it is kept, used by a row once it is kept, and swept once nothing refers to it: so a crash
between any two of these leaves bytes that are swept later, and never a row without them.
"""

import asyncio

from app.domain import blobs
from app.domain.unit import Database
from app.stores.blobs import Blobs, Writer

_SWEPT_AT_ONCE = 100
_SECONDS_TO_REMOVE = 60.0
"""Well below the lease of what is doomed: who takes longer lets another sweep remove it."""


class Storage:
    """A store of blobs, and the database that knows what they are for."""

    def __init__(self, blobs_: Blobs, database: Database) -> None:
        self.blobs, self.database = blobs_, database

    async def keep(self, writer: Writer) -> str:
        """Keep what was written; its SHA-256. It stays for an hour, and then for as long as something refers to it."""
        name = await writer.name()
        await self.database.write(lambda unit: blobs.claim(unit, name))
        return await writer.keep()

    async def sweep(self) -> bool:
        """Remove some blobs that nothing has referred to for an hour, and what died half written; whether to go on."""
        await self.blobs.tidy()
        doomed = await self.database.write(lambda unit: blobs.doom(unit, _SWEPT_AT_ONCE))
        if doomed:
            async with asyncio.timeout(_SECONDS_TO_REMOVE):
                for name in doomed:
                    await self.blobs.delete(name)
            await self.database.write(lambda unit: blobs.forget(unit, doomed))
        return len(doomed) == _SWEPT_AT_ONCE
