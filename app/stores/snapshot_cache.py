"""Answers kept in memory for as long as the data that they were made from are the newest.

A kept answer is used only if the version of the data, read after the request came, is still the one before its making.
The database itself tells the version, so that a commit of any process ends every answer from before it.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from sys import getsizeof
from typing import Any, TypeVar

from app.domain.unit_of_work import Readable
from app.observability import metrics

T = TypeVar("T")
Key = tuple[Hashable, ...]
"""The parts of a key: all that an answer depends on besides the data. The cache counts the size of each part."""
_MOST_SEEN = 16_384
_SHARE = 16
"""No answer takes more than this part of the whole cache."""
_OVERHEAD = 1000
"""Bytes that an answer takes in memory besides its content and its key, about."""


class SnapshotCache:
    """Answers of one version of the data, at most so many bytes; those that were used least recently go first.

    An answer is kept from the second request for its key on: a key that comes once costs no memory, and no read of the
    version.
    """

    def __init__(self, database: Readable, most_bytes: int) -> None:
        self.database, self._most = database, most_bytes
        self._answers: OrderedDict[Key, tuple[Any, float]] = OrderedDict()
        self._seen: set[int] = set()
        self._version: object = None
        self._bytes = 0.0

    async def get(self, key: Key, make: Callable[[], Awaitable[T]], size: Callable[[T], float]) -> T:
        """The answer of a key: the kept one, or what `make` makes.

        `size` says the bytes of its content; an infinite one is not kept.
        """
        if not self._most or not self._often(key):
            return await make()
        version = await self.database.version()
        if version is None:
            return await make()
        if version != self._version:
            self._answers.clear()
            self._version, self._bytes = version, 0.0
        kept = self._answers.get(key)
        if kept is not None:
            metrics.CACHE_HITS.inc()
            self._answers.move_to_end(key)
            answer: T = kept[0]
            return answer
        answer = await make()
        if version == self._version:  # else another request has met a newer one meanwhile
            self._keep(key, answer, size(answer) + sum(map(getsizeof, key)) + _OVERHEAD)
        return answer

    def _often(self, key: Key) -> bool:
        """Whether the key was asked for before; at times all are forgotten."""
        mark = hash(key)
        if mark in self._seen:
            return True
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen.add(mark)
        return False

    def _keep(self, key: Key, answer: Any, size: float) -> None:
        if size > self._most // _SHARE:
            return
        if key in self._answers:
            self._bytes -= self._answers.pop(key)[1]
        self._answers[key] = (answer, size)
        self._bytes += size
        while self._bytes > self._most:
            self._bytes -= self._answers.popitem(last=False)[1][1]
