"""Blobs in a bucket of S3, or of what speaks like it; who and where comes from the usual `AWS_…` variables.

A small blob is put at once. A larger one goes up in parts, under a name of no meaning since its hash is known only at
the end, and then gets its own by a copy within the bucket (of 5 GiB at most). Of a process that dies, parts stay that
no blob is made of: a lifecycle rule of the bucket (`AbortIncompleteMultipartUpload`) takes them away.
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
from app.stores.local_blobs import CHUNK, SECONDS_UNTOUCHED, UNFINISHED, Writer, is_name

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_PART = 5 * 1024 * 1024
"""Bytes of a part, the fewest that S3 takes."""
_PARTS_AT_ONCE = 2
_STREAMED = 64 * 1024
"""Bytes that a download asks for at least; so many of them may stand still."""
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
        """Write a blob; what is not kept is aborted."""
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
        with _plainly():
            found = await obstore.get_async(self._store, _key(name), options={"range": (start, end)})
            async for piece in found.stream(min_chunk_size=_STREAMED):
                for at in range(0, len(piece), CHUNK):
                    yield bytes(piece[at : at + CHUNK])

    async def size(self, name: str) -> int | None:
        """The size of the object."""
        try:
            with _plainly():
                return (await obstore.head_async(self._store, _key(name)))["size"]
        except LookupError:
            return None

    async def delete(self, name: str) -> None:
        """Delete the object."""
        with suppress(LookupError), _plainly():
            await obstore.delete_async(self._store, _key(name))

    async def names(self) -> AsyncIterator[str]:
        """The names of the objects, in pages of what the bucket lists at once."""
        with _plainly():
            async for page in obstore.list(self._store):
                for found in page:
                    folder, _, rest = found["path"].rpartition("/")
                    if len(folder) == 2 and is_name(folder + rest):
                        yield folder + rest

    async def tidy(self) -> int:
        """Delete what got all its bytes more than an hour ago, but no name of its own."""
        before = datetime.fromtimestamp(self._clock() - SECONDS_UNTOUCHED, UTC)
        dead: list[str] = []
        with _plainly():
            async for page in obstore.list(self._store, UNFINISHED):
                dead += [found["path"] for found in page if found["last_modified"] < before]
            if dead:
                await obstore.delete_async(self._store, dead)
        return len(dead)


class _GivenUp(Exception):
    """The upload is abandoned: raised inside obstore, which then aborts it."""


class _S3Writer:
    """An upload, which obstore pulls piece by piece out of a queue of one."""

    def __init__(self, store: S3Store) -> None:
        self._store = store
        self._hash, self._waiting = sha256(), bytearray()
        self._path = f"{UNFINISHED}/{secrets.token_hex(16)}"
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._given_up = asyncio.Event()
        self._putting: asyncio.Future[Any] | None = None

    async def write(self, chunk: bytes) -> None:
        """Collect bytes until a part is full; from then on hand them over."""
        self._hash.update(chunk)
        self._waiting += chunk
        if len(self._waiting) >= (_PART if self._putting is None else CHUNK):
            await self._hand_over()

    async def name(self) -> str:
        """The hash of all."""
        return self._hash.hexdigest()

    async def keep(self) -> str:
        """Put the object, or end its upload and give it its name."""
        name = self._hash.hexdigest()
        with _plainly(missing=Unavailable("The bucket is not there.")):
            if self._putting is None:
                await obstore.put_async(self._store, _key(name), bytes(self._waiting), use_multipart=False)
                return name
            await self._hand_over()
            await self._offer(None)
            await self._putting
            await obstore.rename_async(self._store, self._path, _key(name))
        return name

    async def close(self) -> None:
        """End an upload that goes on; what was put already waits to be tidied up."""
        if self._putting is not None and not self._putting.done():
            self._given_up.set()
            with suppress(BaseError, OSError, _GivenUp):
                await self._putting

    async def _hand_over(self) -> None:
        if self._putting is None:
            put: Awaitable[Any] = obstore.put_async(
                self._store, self._path, self._taken(), chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE
            )
            self._putting = asyncio.ensure_future(put)
        piece, self._waiting = bytes(self._waiting), bytearray()
        if piece:
            with _plainly(missing=Unavailable("The bucket is not there.")):
                await self._offer(piece)

    async def _offer(self, piece: bytes | None) -> None:
        """Put a piece into the queue; raises what the upload failed with, if it has."""
        assert self._putting is not None  # noqa: S101 - who offers has begun
        offered = asyncio.ensure_future(self._pieces.put(piece))
        await asyncio.wait((offered, self._putting), return_when=asyncio.FIRST_COMPLETED)
        if not offered.done():
            offered.cancel()
            await self._putting

    async def _taken(self) -> AsyncIterator[bytes]:
        """The iterator that obstore reads from."""
        given_up = asyncio.ensure_future(self._given_up.wait())
        try:
            while True:
                piece = asyncio.ensure_future(self._pieces.get())
                await asyncio.wait((piece, given_up), return_when=asyncio.FIRST_COMPLETED)
                if given_up.done():
                    piece.cancel()
                    raise _GivenUp
                if (found := piece.result()) is None:
                    return
                yield found
        finally:
            given_up.cancel()


def _key(name: str) -> str:
    return f"{name[:2]}/{name[2:]}"


@contextmanager
def _plainly(missing: Exception | None = None) -> Iterator[None]:
    """Say in the words of `Blobs` what the bucket refuses."""
    try:
        yield
    except FileNotFoundError as error:
        raise (missing or LookupError("there is no such blob")) from error
    except TandemError:
        raise
    except (BaseError, OSError) as error:
        full = "status code: 507" in str(error)
        raise StorageFull if full else Unavailable("The files are not available just now.") from error
