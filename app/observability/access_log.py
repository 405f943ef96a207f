"""Access log: one line a request. Lines are encoded and written in batches, since single writes cost more."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from app.observability import metrics, terminal

_AT_ONCE = 256
"""Lines in a batch at most."""
_SECONDS_KEPT = 0.1


class AccessLine(msgspec.Struct, tag_field="event", tag="request", omit_defaults=True, gc=False):
    """The log line of a request. `ts` is in seconds since the epoch until the line is written.

    `cause` names the database error that made the request fail.
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
    client: str | None = None
    caller: str | None = None
    cost: int | None = None
    idempotency: str | None = None
    cause: str | None = None


class AccessLog:
    """Passes lines to `write` as text, in batches: when a batch is full, after 0.1 s, and on `flush`."""

    def __init__(self, write: Callable[[str], object], *, readable: bool = False) -> None:
        self._write = write
        self._render = _readable if readable else _as_json
        self._kept: list[AccessLine] = []
        self._timer: asyncio.TimerHandle | None = None
        self._millisecond, self._second_text = 0, ""

    def write(self, line: AccessLine) -> None:
        """Add a line to the batch."""
        self._kept.append(line)
        if len(self._kept) >= _AT_ONCE:
            self.flush()
        elif len(self._kept) == 1:
            self._timer = asyncio.get_running_loop().call_later(_SECONDS_KEPT, self.flush)

    def flush(self) -> None:
        """Write the batch."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        kept, self._kept = self._kept, []
        for line in kept:
            line.ts = self._time(int(float(line.ts) * 1000))
        if kept:
            try:
                text = self._render(kept)
            except Exception:  # noqa: BLE001 - a log line never makes a request fail
                metrics.LOG_LINES_DROPPED.inc(len(kept))
            else:
                self._write(text)

    def _time(self, millisecond: int) -> str:
        """A time as text (RFC 3339); many lines share a millisecond."""
        if millisecond != self._millisecond:
            second, rest = divmod(millisecond, 1000)
            self._second_text = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(second))}.{rest:03d}Z"
            self._millisecond = millisecond
        return self._second_text


_encoder = msgspec.json.Encoder()


def _as_json(lines: list[AccessLine]) -> str:
    return terminal.json(_encoder.encode_lines(lines).decode())


def _readable(lines: list[AccessLine]) -> str:
    return "".join(f"{_as_text(line)}\n" for line in lines)


def _as_text(line: AccessLine) -> str:
    path, client = terminal.line(line.path), terminal.line(line.client or "-")
    text = f"{line.ts} {client} {line.status} {line.method} {path} {line.duration_ms:.1f} ms {line.request_id}"
    return f"{text} ({line.cause})" if line.cause else text
