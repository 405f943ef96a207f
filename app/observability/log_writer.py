"""Log lines are written by a thread, so that a slow or full terminal, pipe or disk blocks no request."""

import io
import os
import sys
import threading
from collections import deque
from collections.abc import Callable

from app.observability import metrics

MAX_CHARACTERS = 4 * 2**20
"""Characters in the queue at most; further lines are dropped and counted."""
_SECONDS_TO_END = 1.0


class LogWriter:
    """Writes texts in order. If `write` raises OSError or ValueError, or blocks, lines are dropped."""

    def __init__(self, write: Callable[[str], object], most: int = MAX_CHARACTERS) -> None:
        self._write, self._most = write, most
        self._waiting: deque[str] = deque()
        self._size, self._writing, self._ended = 0, False, False
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="log-writer", daemon=True).start()

    def put(self, text: str) -> None:
        """Queue lines. Never blocks, never raises."""
        with self._changed:
            if self._ended and not self._writing and not self._waiting:
                _attempt(self._write, text)
            elif self._size + len(text) > self._most:
                metrics.LOG_LINES_DROPPED.inc(text.count("\n"))
            else:
                self._size += len(text)
                self._waiting.append(text)
                self._changed.notify_all()

    def end(self, seconds: float = _SECONDS_TO_END) -> None:
        """Wait until all is written, at most so long; lines that still come are written at once, where that works."""
        with self._changed:
            self._ended = True
            self._changed.wait_for(lambda: not self._writing and not self._waiting, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                text = "".join(self._waiting)
                self._waiting.clear()
                self._size, self._writing = 0, True
            _attempt(self._write, text)


def to_stderr(text: str) -> None:
    """Write to stderr, past Python's buffer: a thread that hangs there holds a lock that ending the process needs."""
    try:
        descriptor = sys.stderr.fileno()
    except (io.UnsupportedOperation, ValueError):  # a test reads it
        sys.stderr.write(text)
        return
    left = memoryview(text.encode(errors="backslashreplace"))
    while left:
        left = left[os.write(descriptor, left) :]


def _attempt(write: Callable[[str], object], text: str) -> None:
    try:
        write(text)
    except (OSError, ValueError):
        metrics.LOG_LINES_DROPPED.inc(text.count("\n"))
