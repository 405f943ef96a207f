"""A least-recently-used cache by text, bounded by bytes."""

from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class RecentlyUsed(Generic[V]):
    """Values by text, of at most `most_bytes` in total."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._values: OrderedDict[str, tuple[V, int]] = OrderedDict()
        self.bytes = 0

    def get(self, key: str) -> V | None:
        """The value of a key, or None; the value becomes the most recently used."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: str, value: V, size: int) -> None:
        """Store a value of this size, unless the key has one."""
        if key in self._values:
            self._values.move_to_end(key)
            return
        self._values[key] = value, 0
        self.grow(key, size)

    def grow(self, key: str, size: int) -> None:
        """Add bytes to the size of a value, which may be gone by now; the least recently used values make room."""
        if key not in self._values:
            return
        value, before = self._values[key]
        self._values[key] = value, before + size
        self.bytes += size
        while self.bytes > self._most_bytes:
            self.bytes -= self._values.popitem(last=False)[1][1]
