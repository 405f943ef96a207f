"""Reads with a cache: answers are kept while the data stay the same."""

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from app.domain import visibility
from app.domain.callers import Caller
from app.domain.unit_of_work import Readable, Row, Unit
from app.http.public_paths import prefix
from app.stores.snapshot_cache import Key, SnapshotCache
from rest.conditional import Representation, answer, versioned
from rest.dependencies import ReadConditions
from rest.rendering import Projection


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

    async def respond(
        self, get: Callable[[Unit], Awaitable[Row]], shown: Projection, conditions: ReadConditions
    ) -> Response:
        """The answer with one resource, from its id and columns; that of an inactive one is private."""

        async def make() -> Representation:
            _, *values = await self.database.read(get)
            private = not visibility.is_public(shown.value("status", values))
            return versioned(shown.state(values), shown.body(values), private=private)

        return answer(conditions, await self.get(make))


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
