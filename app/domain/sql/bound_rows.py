"""Rows that a statement binds on SQLite: a list of VALUES, which is read several times as fast as JSON."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

_PLACE = re.compile(r"/\* rows of (\d+) \*/ \(\?\)")
_MAX_VALUES = 30_000
"""SQLite takes 32,766 values a statement."""
_SIZES = (256, 64, 16, 4, 1)
"""Rows of a part. Few sizes make few texts, each of which is prepared once."""


def place(width: int, parameter: str) -> str:
    """The place of bound rows, of so many values each, in the text of a statement."""
    return f"/* rows of {width} */ ({parameter})"


def width(sql: str) -> int:
    """How many values a row of a compiled statement has; 0 if it binds no rows."""
    found = _PLACE.search(sql)
    return int(found[1]) if found else 0


def parts(sql: str, names: Sequence[str], values: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """The texts and values of the statements that together take all rows of a compiled one, the value named `rows`."""
    index, of_row = names.index("rows"), width(sql)
    before, rows, after = values[:index], values[index], values[index + 1 :]
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size and size * of_row <= _MAX_VALUES:
            part = rows[start : start + size]
            yield _text(sql, of_row, size), [*before, *chain.from_iterable(part), *after]
            start += size


@lru_cache(maxsize=512)
def _text(sql: str, of_row: int, size: int) -> str:
    row = f"({', '.join('?' * of_row)})"
    return _PLACE.sub(", ".join([row] * size), sql)
