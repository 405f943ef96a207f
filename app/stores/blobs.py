"""Blobs: bytes under the name of their SHA-256, which never change. `open_blobs` opens a store of them by its URL.

A blob gets its name only after all its bytes are stored: it is complete, or it does not exist. Callers check names: the
stores trust them to be 64 hexadecimal digits.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import structlog

from app.domain.errors import Unavailable

_log = structlog.get_logger("tandem")
CHUNK = 64 * 1024
"""Bytes that are read or written at once, and that a stream holds in memory."""
SECONDS_UNTOUCHED = 3600
"""Seconds after which an unfinished blob is deleted: no request lasts so long without a byte."""
UNFINISHED = "unfinished"
"""The folder of blobs without a name yet."""
_NAME = re.compile(r"[0-9a-f]{64}")


class Writer(Protocol):
    """Writes the bytes of one blob."""

    async def write(self, chunk: bytes) -> None:
        """Add some bytes. Raises `StorageFull` or `Unavailable`."""

    async def name(self) -> str:
        """The name of the bytes so far: their SHA-256 in hexadecimal."""

    async def keep(self) -> str:
        """Store the blob durably, and return its name. Raises `StorageFull` or `Unavailable`."""


class Blobs(Protocol):
    """A store of blobs. Every method raises `Unavailable` if the store does not answer."""

    def writing(self) -> AbstractAsyncContextManager[Writer]:
        """Write a blob. If `keep` is not called before the end, nothing is stored."""

    def read(self, name: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to `stop`, in chunks; raises `LookupError` if there is no such blob."""

    async def size(self, name: str) -> int | None:
        """The size of a blob in bytes; None if there is no such blob."""

    async def delete(self, name: str) -> None:
        """Delete a blob, if it exists."""

    def names(self) -> AsyncIterator[str]:
        """The names of all blobs, unordered; other files are ignored."""

    async def tidy(self) -> int:
        """Delete unfinished blobs of processes that died, and return their number."""


def unavailable(error: Exception) -> Unavailable:
    """The error of a store that does not work, for the client; the reason goes to the log."""
    _log.warning("files are not available", reason=str(error).partition("\n")[0])
    return Unavailable("The files are not available just now.")


def is_name(text: str) -> bool:
    """Whether the text has the form of a blob's name."""
    return bool(_NAME.fullmatch(text))
