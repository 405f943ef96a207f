"""Blobs in a bucket of S3 or a compatible store; credentials and region come from the usual `AWS_…` variables.

A small blob is put at once. A larger one is a multipart upload under a random name, since its hash is known only at the
end; a copy within the bucket (of 5 GiB at most) then gives it its own. A process that dies leaves parts of no object:
a lifecycle rule of the bucket (`AbortIncompleteMultipartUpload`) deletes them.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.domain.errors import StorageFull, TandemError, Unavailable
from app.stores.blobs import CHUNK, SECONDS_UNTOUCHED, UNFINISHED, Writer, is_name, unavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_PART_BYTES = 5 * 1024 * 1024
"""The minimum bytes of a part in S3."""
_PARTS_AT_ONCE = 2
_DOWNLOAD_CHUNK = 64 * 1024
"""The minimum bytes per chunk of a download: the most that a stalled one holds in memory."""
_CLIENT: "ClientConfig" = {
    "allow_http": True,
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=120),
    "timeout": timedelta(days=1),
}
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}


class S3Blobs:
    """Blobs as objects, named by the first two digits of their names, a slash, and the rest."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._store = S3Store.from_url(url, client_options=_CLIENT, retry_config=_RETRIES)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writer]:
        """Write a blob; an upload that is not kept is aborted."""
        writer = _S3Writer(self._store)
        try:
            yield writer
        finally:
            await writer.close()

    async def read(self, name: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes of a blob, as the bucket sends them."""
        end = stop if stop is not None else await self.size(name)
        if end is None:
            raise LookupError("there is no such blob")
        if start >= end:
            return
        with _domain_errors():
            found = await obstore.get_async(self._store, _key(name), options={"range": (start, end)})
            async for piece in found.stream(min_chunk_size=_DOWNLOAD_CHUNK):
                for at in range(0, len(piece), CHUNK):
                    yield bytes(piece[at : at + CHUNK])

    async def size(self, name: str) -> int | None:
        """The size of the object."""
        try:
            with _domain_errors():
                return (await obstore.head_async(self._store, _key(name)))["size"]
        except LookupError:
            return None

    async def delete(self, name: str) -> None:
        """Delete the object."""
        with suppress(LookupError), _domain_errors():
            await obstore.delete_async(self._store, _key(name))

    async def names(self) -> AsyncIterator[str]:
        """The names of the objects, page by page."""
        with _domain_errors():
            async for page in obstore.list(self._store):
                for found in page:
                    folder, _, rest = found["path"].rpartition("/")
                    if len(folder) == 2 and is_name(folder + rest):
                        yield folder + rest

    async def tidy(self) -> int:
        """Delete complete uploads that did not get their names within an hour."""
        before = datetime.fromtimestamp(self._clock() - SECONDS_UNTOUCHED, UTC)
        dead: list[str] = []
        with _domain_errors():
            async for page in obstore.list(self._store, UNFINISHED):
                dead += [found["path"] for found in page if found["last_modified"] < before]
            if dead:
                await obstore.delete_async(self._store, dead)
        return len(dead)


class _Aborted(Exception):
    """The upload is abandoned: raised inside obstore, which then aborts it."""


class _S3Writer:
    """An upload: obstore takes its pieces from a queue of length one."""

    def __init__(self, store: S3Store) -> None:
        self._store = store
        self._hash, self._buffer = sha256(), bytearray()
        self._path = f"{UNFINISHED}/{secrets.token_hex(16)}"
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._aborted = asyncio.Event()
        self._upload: asyncio.Future[Any] | None = None

    async def write(self, chunk: bytes) -> None:
        """Buffer bytes until a part is full; the upload begins with it."""
        self._hash.update(chunk)
        self._buffer += chunk
        if len(self._buffer) >= (_PART_BYTES if self._upload is None else CHUNK):
            await self._send_buffer()

    async def name(self) -> str:
        """The hash of all bytes."""
        return self._hash.hexdigest()

    async def keep(self) -> str:
        """Put a small object, or complete the upload and rename it."""
        name = self._hash.hexdigest()
        with _domain_errors(missing=Unavailable("The bucket is not there.")):
            if self._upload is None:
                await obstore.put_async(self._store, _key(name), bytes(self._buffer), use_multipart=False)
                return name
            await self._send_buffer()
            await self._offer(None)
            await self._upload
            await obstore.rename_async(self._store, self._path, _key(name))
        return name

    async def close(self) -> None:
        """Abort a running upload; `tidy` deletes a complete one."""
        if self._upload is not None and not self._upload.done():
            self._aborted.set()
            with suppress(BaseError, OSError, _Aborted):
                await self._upload

    async def _send_buffer(self) -> None:
        if self._upload is None:
            put: Awaitable[Any] = obstore.put_async(
                self._store, self._path, self._stream(), chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
            )
            self._upload = asyncio.ensure_future(put)
        piece, self._buffer = bytes(self._buffer), bytearray()
        if piece:
            with _domain_errors(missing=Unavailable("The bucket is not there.")):
                await self._offer(piece)

    async def _offer(self, piece: bytes | None) -> None:
        """Put a piece into the queue; raises what the upload failed with, if it has."""
        assert self._upload is not None  # noqa: S101 - the upload has begun
        offered = asyncio.ensure_future(self._pieces.put(piece))
        await asyncio.wait((offered, self._upload), return_when=asyncio.FIRST_COMPLETED)
        if not offered.done():
            offered.cancel()
            await self._upload

    async def _stream(self) -> AsyncIterator[bytes]:
        """The iterator that obstore reads from."""
        aborted = asyncio.ensure_future(self._aborted.wait())
        try:
            while True:
                piece = asyncio.ensure_future(self._pieces.get())
                await asyncio.wait((piece, aborted), return_when=asyncio.FIRST_COMPLETED)
                if aborted.done():
                    piece.cancel()
                    raise _Aborted
                if (found := piece.result()) is None:
                    return
                yield found
        finally:
            aborted.cancel()


def _key(name: str) -> str:
    return f"{name[:2]}/{name[2:]}"


@contextmanager
def _domain_errors(missing: Exception | None = None) -> Iterator[None]:
    """Raise the errors of `Blobs` in place of obstore's; `missing` replaces `LookupError`."""
    try:
        yield
    except FileNotFoundError as error:
        raise (missing or LookupError("there is no such blob")) from error
    except TandemError:
        raise
    except (BaseError, OSError) as error:
        full = "status code: 507" in str(error)
        raise StorageFull if full else unavailable(error) from error
