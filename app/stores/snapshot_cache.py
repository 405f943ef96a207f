"""A cache of answers, valid until the next commit.

An answer is used only if the database still has the version that it had before the answer was made. Each request reads
the version from the database, so a commit of any process invalidates all answers.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from sys import getsizeof
from typing import Any, TypeVar

from app.domain.unit_of_work import Readable
from app.observability import metrics

T = TypeVar("T")
Key = tuple[Hashable, ...]
"""Everything that an answer depends on besides the data. The sizes of the parts count."""
_MAX_SEEN = 16_384
_MAX_ANSWER_SHARE = 16
"""The maximum size of an answer is the size of the cache divided by this."""
_OVERHEAD = 1000
"""The approximate bytes of an answer besides its content and key."""


class SnapshotCache:
    """The answers for one version of the data, of at most `most_bytes`; the least recently used are dropped first.

    An answer is stored at the second request for its key: a key that comes once costs no memory and no read of the
    version.
    """

    def __init__(self, database: Readable, most_bytes: int) -> None:
        self.database, self._most = database, most_bytes
        self._answers: OrderedDict[Key, tuple[Any, float]] = OrderedDict()
        self._seen: set[int] = set()
        self._version: object = None
        self._bytes = 0.0

    async def get(self, key: Key, make: Callable[[], Awaitable[T]], size: Callable[[T], float]) -> T:
        """The cached answer of a key, or the result of `make`. `size` gives its bytes; infinity: it is not cached."""
        if not self._most or not self._is_repeated(key):
            return await make()
        version = await self.database.version()
        if version is None:
            return await make()
        if version != self._version:
            self._answers.clear()
            self._version, self._bytes = version, 0.0
        cached = self._answers.get(key)
        if cached is not None:
            metrics.CACHE_HITS.inc()
            self._answers.move_to_end(key)
            answer: T = cached[0]
            return answer
        answer = await make()
        if version == self._version:  # another request may have read a newer one
            self._keep(key, answer, size(answer) + sum(map(getsizeof, key)) + _OVERHEAD)
        return answer

    def _is_repeated(self, key: Key) -> bool:
        """Whether the key came before; the record is cleared when it is full."""
        mark = hash(key)
        if mark in self._seen:
            return True
        if len(self._seen) >= _MAX_SEEN:
            self._seen.clear()
        self._seen.add(mark)
        return False

    def _keep(self, key: Key, answer: Any, size: float) -> None:
        if size > self._most // _MAX_ANSWER_SHARE:
            return
        if key in self._answers:
            self._bytes -= self._answers.pop(key)[1]
        self._answers[key] = (answer, size)
        self._bytes += size
        while self._bytes > self._most:
            self._bytes -= self._answers.popitem(last=False)[1][1]
