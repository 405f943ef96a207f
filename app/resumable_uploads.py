"""Files that arrive in parts, each kept once it is there, also of a request that was cut, and joined in the end."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial

from starlette.requests import ClientDisconnect

from app import bodies
from app.domain import files, resumable
from app.domain.errors import TandemError
from app.domain.images import Stored
from app.domain.resumable import Upload
from app.picture_pool import SingleFlight
from app.storage import Storage

_EXPIRED_AT_ONCE = 50


class ResumableUploads:
    """Uploads of at most `limit` bytes, their parts in a store."""

    part_bytes = 16 * 1024 * 1024
    """After so many bytes of one request a part is kept: what a crash costs at most."""

    def __init__(self, storage: Storage, limit: int) -> None:
        self.storage, self.limit, self._once = storage, limit, SingleFlight()

    async def take(self, upload: Upload, start: int, chunks: AsyncGenerator[bytes, None]) -> int:
        """Keep what comes, from `start` on; where the upload ends now.

        Raises `Conflict` where somebody else was faster, `payload_too_large`, and, once what came is kept,
        `ClientDisconnect` or `CancelledError`.
        """
        cut: BaseException | None = None
        more = True
        while more:
            async with self.storage.blobs.writing() as writer:
                size = 0
                while more and size < self.part_bytes:
                    try:
                        chunk = await anext(chunks, b"")
                    except (ClientDisconnect, asyncio.CancelledError) as error:
                        chunk, cut = b"", error
                    more = bool(chunk)
                    size += len(chunk)
                    if size > upload.bytes - start:
                        raise bodies.too_large(upload.bytes)
                    await writer.write(chunk)
                if size:
                    name = await self.storage.keep(writer)
                    add = partial(resumable.add, identity=upload.id, start=start, size=size, sha256=name)
                    start = await self.storage.database.write(add)
        if cut:
            raise cut
        return start

    async def finish(self, upload: Upload) -> None:
        """Make the file of an upload that is complete; who asks meanwhile waits for it, and who leaves does not end it.

        Raises `unsupported_media_type` where the bytes are not what they were declared as; the upload is gone then.
        """
        await self._once(upload.id, lambda: self._finish(upload))

    async def sweep(self) -> bool:
        """Give up uploads that nobody went on with; whether there may be more."""
        expired = await self.storage.database.write(lambda unit: resumable.expire(unit, _EXPIRED_AT_ONCE))
        return expired == _EXPIRED_AT_ONCE

    async def _finish(self, upload: Upload) -> None:
        database = self.storage.database
        names = await database.read(lambda unit: resumable.parts(unit, upload.id))
        if upload.bytes and not names:
            return  # another process has made the file
        try:
            files.require_signature(upload.content_type, await self._beginning(names))
        except TandemError:
            await database.write(lambda unit: resumable.remove(unit, upload.caller, upload.id))
            raise
        name = names[0] if len(names) == 1 else await self._joined(names)
        stored = Stored(name, upload.content_type, upload.bytes)
        await database.write(lambda unit: resumable.finish(unit, upload, stored))

    async def _beginning(self, names: list[str]) -> bytes:
        seen = b""
        for name in names:
            async for chunk in self.storage.blobs.read(name, 0, files.SIGNATURE - len(seen)):
                seen += chunk
            if len(seen) >= files.SIGNATURE:
                break
        return seen

    async def _joined(self, names: list[str]) -> str:
        async with self.storage.blobs.writing() as writer:
            for name in names:
                async for chunk in self.storage.blobs.read(name):
                    await writer.write(chunk)
            return await self.storage.keep(writer)
