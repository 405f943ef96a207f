"""Reads with a cache: answers are kept while the data stay the same."""

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import Depends
from starlette.requests import Request

from app.domain import visibility
from app.domain.callers import Caller
from app.domain.unit_of_work import Readable
from app.http.public_paths import prefix
from app.stores.snapshot_cache import Key, SnapshotCache
from rest.conditional import Representation


class Reads(NamedTuple):
    """The database of a read, and the cache of its answers; `key` names the answer. Without a cache nothing is kept.

    Whether the caller sees `everything`, or only what everyone sees.
    """

    database: Readable
    cache: SnapshotCache | None = None
    key: Key = ()
    everything: bool = False

    async def get(self, make: Callable[[], Awaitable[Representation]]) -> Representation:
        """The cached answer, or a new one from `make`."""
        return await (make() if self.cache is None else self.cache.get(self.key, make, _size))


def _size(shown: Representation) -> int:
    return len(shown.body)


def _of_the_catalogue(request: Request) -> Reads:
    """The cache key of a read: its address, the caller's access, and the proxy's path."""
    scope = request.scope
    caller: Caller = scope["state"]["caller"]
    key = (scope["raw_path"], scope["query_string"], caller.scopes, prefix())
    everything = visibility.sees_everything(caller)
    cache: SnapshotCache = request.app.state.cache
    return Reads(cache.database, cache, key, everything)


CatalogueReads = Annotated[Reads, Depends(_of_the_catalogue)]
