"""Resumable uploads: files that arrive in parts, each stored once it has arrived, and joined at the end."""

import asyncio
import hmac
from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import ClientDisconnect

from app.domain.catalogue.images import Stored
from app.domain.errors import Code, TandemError
from app.domain.files import files, resumable
from app.domain.files.resumable import StoredPart, Upload
from app.http import bodies
from app.media.blob_storage import Storage
from app.media.image_pool import SingleFlight
from app.stores.blobs import Writer

if TYPE_CHECKING:
    from hashlib import _Hash

_EXPIRED_AT_ONCE = 50


class ChecksumMismatch(TandemError):
    """The bytes of a part do not have the checksum that came with them."""

    def __init__(self) -> None:
        super().__init__(Code.CHECKSUM_MISMATCH, "The bytes do not match `Upload-Checksum`; none were kept.")


class Checksum(NamedTuple):
    """The checksum that a client sent with a part: its algorithm, ready to hash, and the expected digest."""

    hash: "_Hash"
    digest: bytes

    def verify(self) -> None:
        """Raise `checksum_mismatch` unless the hashed bytes have the expected digest."""
        if not hmac.compare_digest(self.hash.digest(), self.digest):
            raise ChecksumMismatch


class ResumableUploads:
    """Uploads of at most `limit` bytes, with their parts in a blob store."""

    part_bytes = 16 * 1024 * 1024
    """A request is stored in parts of this size, so a crash loses at most one part."""

    def __init__(self, storage: Storage, limit: int) -> None:
        self.storage, self.limit, self._flights = storage, limit, SingleFlight()

    async def take(
        self, upload: Upload, start: int, chunks: AsyncGenerator[bytes, None], checksum: Checksum | None = None
    ) -> int:
        """Store bytes from an offset on; returns the new offset.

        Bytes with a checksum are added at the end, once they match it. Raises `Conflict` if another request was
        faster, `NotFound` if the upload was deleted meanwhile, `payload_too_large`, `checksum_mismatch`, and, after
        the received bytes are stored, `ClientDisconnect` or `CancelledError`.
        """
        most = self.limit if upload.deferred else upload.bytes
        cut: BaseException | None = None
        more, pending, room = True, list[StoredPart](), most - start
        while more:
            async with self.storage.blobs.writing() as writer:
                size, more, cut = await self._write_part(writer, chunks, room, checksum)
                if size > room:
                    raise bodies.too_large(most)
                if size:
                    pending.append(StoredPart(size, await self.storage.keep(writer)))
            room -= size
            if pending and checksum is None:
                start, pending = await self._add(upload, start, pending), []
        if cut:
            raise cut
        if checksum:
            checksum.verify()
            start = await self._add(upload, start, pending)
        return start

    async def finish(self, upload: Upload) -> None:
        """Turn a complete upload into a file, once for all concurrent requests."""
        await self._flights(upload.id, lambda: self._finish(upload))

    async def sweep(self) -> bool:
        """Delete some expired uploads; returns whether there may be more."""
        expired = await self.storage.database.write(lambda unit: resumable.expire(unit, _EXPIRED_AT_ONCE))
        return expired == _EXPIRED_AT_ONCE

    async def _write_part(
        self, writer: Writer, chunks: AsyncGenerator[bytes, None], room: int, checksum: Checksum | None
    ) -> tuple[int, bool, BaseException | None]:
        """Write up to `part_bytes`; returns their number, whether more follow, and what cut the request off."""
        size = 0
        while size < self.part_bytes:
            try:
                chunk = await anext(chunks, b"")
            except (ClientDisconnect, asyncio.CancelledError) as error:
                return size, False, error
            size += len(chunk)
            if not chunk or size > room:
                return size, False, None
            if checksum:
                checksum.hash.update(chunk)
            await writer.write(chunk)
        return size, True, None

    async def _add(self, upload: Upload, start: int, parts: list[StoredPart]) -> int:
        return await self.storage.database.write(
            partial(resumable.add, identity=upload.id, start=start, added=tuple(parts))
        )

    async def _finish(self, upload: Upload) -> None:
        database = self.storage.database
        names = await database.read(lambda unit: resumable.parts(unit, upload.id))
        if upload.bytes and not names:
            return  # another process has made the file
        content_type = files.actual_content_type(upload.content_type, await self._beginning(names))
        name = names[0] if len(names) == 1 else await self._joined(names)
        stored = Stored(name, content_type, upload.bytes)
        await database.write(lambda unit: resumable.finish(unit, upload, stored))

    async def _beginning(self, names: list[str]) -> bytes:
        seen = b""
        for name in names:
            async for chunk in self.storage.read(name, 0, files.SIGNATURE - len(seen)):
                seen += chunk
            if len(seen) >= files.SIGNATURE:
                break
        return seen

    async def _joined(self, names: list[str]) -> str:
        async with self.storage.blobs.writing() as writer:
            for name in names:
                async for chunk in self.storage.read(name):
                    await writer.write(chunk)
            return await self.storage.keep(writer)
