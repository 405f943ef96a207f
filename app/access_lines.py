"""Access lines: one a request, encoded and written together, as a write for each costs more than its line."""

import asyncio
import time
from collections.abc import Callable

import msgspec

_AT_ONCE = 256
"""Lines that are written together at most."""
_SECONDS_KEPT = 0.1


class AccessLine(msgspec.Struct, tag_field="event", tag="request", omit_defaults=True, gc=False):
    """What is told of a request, `ts` in seconds since the epoch until it is written.

    `cause` says which fault of the database made it fail.
    """

    ts: float | str
    level: str
    method: str
    route: str
    path: str
    status: int
    duration_ms: float
    bytes: int
    request_id: str | None = None
    correlation_id: str | None = None
    trace_id: str | None = None
    parent_id: str | None = None
    caller: str | None = None
    cost: int | None = None
    idempotency: str | None = None
    cause: str | None = None


class AccessLog:
    """Hands lines to `write` as text, in bundles: by number, after a tenth of a second, and when it is flushed."""

    def __init__(self, write: Callable[[str], object], *, readable: bool = False) -> None:
        self._write = write
        self._render = _readable if readable else _as_json
        self._kept: list[AccessLine] = []
        self._timer: asyncio.TimerHandle | None = None
        self._millisecond, self._told = 0, ""

    def tell(self, line: AccessLine) -> None:
        """Keep a line for the next bundle."""
        self._kept.append(line)
        if len(self._kept) >= _AT_ONCE:
            self.flush()
        elif len(self._kept) == 1:
            self._timer = asyncio.get_running_loop().call_later(_SECONDS_KEPT, self.flush)

    def flush(self) -> None:
        """Write what is kept."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        kept, self._kept = self._kept, []
        for line in kept:
            line.ts = self._time(int(float(line.ts) * 1000))
        if kept:
            self._write(self._render(kept))

    def _time(self, millisecond: int) -> str:
        """A time as text (RFC 3339); of many lines it is the same."""
        if millisecond != self._millisecond:
            second, rest = divmod(millisecond, 1000)
            self._told = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(second))}.{rest:03d}Z"
            self._millisecond = millisecond
        return self._told


_encoder = msgspec.json.Encoder()


def _as_json(lines: list[AccessLine]) -> str:
    return _encoder.encode_lines(lines).decode()


def _readable(lines: list[AccessLine]) -> str:
    return "".join(f"{_told(line)}\n" for line in lines)


def _told(line: AccessLine) -> str:
    path = msgspec.json.encode(line.path).decode()[1:-1]  # no line breaks, no escape sequences
    told = f"{line.ts} {line.status} {line.method} {path} {line.duration_ms:.1f} ms {line.request_id}"
    return f"{told} ({line.cause})" if line.cause else told
