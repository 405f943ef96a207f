"""Logs: structlog and the standard library through one renderer to stderr, as JSON lines or for people."""

import logging
import re
import sys
import traceback
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import msgspec
import structlog
from structlog.types import EventDict

from app.domain import request_context
from app.domain.callers import KEY_PREFIX
from app.observability import terminal
from app.observability.log_writer import LogWriter, to_stderr

Format = Literal["console", "json"]
_KEY = re.compile(rf"({KEY_PREFIX}_[0-9A-Za-z]+)_[\w-]+")
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<==)\([^)]*\)|(?<=: )[^:]*(?= \()""")
_LONGEST = 10_000
"""A longer message quotes a body and is left out."""
_MAX_LINKS = 20
"""Chained exceptions that are logged at most; a chain may be circular."""


_put: Callable[[str], object] = to_stderr
_writer: LogWriter | None = None


def configure(form: Format) -> None:
    """Send every log line of this process to stderr; uvicorn's access lines are dropped, ours say more."""
    global _put, _writer  # noqa: PLW0603 - a process has one log
    if _writer is None:
        _writer = LogWriter(to_stderr)
        _put = _writer.put
    structlog.configure(
        processors=_processors(),
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = _Handler()
    render: Any = _as_json if form == "json" else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    printable = [] if form == "json" else [_printable]
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    foreign = _processors()[:-1]
    handler.setFormatter(_Formatter(processors=[remove, _exception, *printable, render], foreign_pre_chain=foreign))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs whole addresses, which may hold secrets
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], name != "uvicorn.access"


@cache
def _processors() -> list[Any]:
    """What each event passes; always the same list, for a logger that was used once keeps the one it knows."""
    shared = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper("iso", key="ts"), _request_id]
    return [*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]


def write(text: str) -> None:
    """Write rendered lines to the same output as all others."""
    _put(redacted(text))


def end() -> None:
    """Write the waiting lines; from now on write each line at once."""
    if _writer is not None:
        _writer.end()


def redacted(text: str) -> str:
    """The text with each API key replaced by its id: clients also send keys in paths and other wrong places."""
    return _KEY.sub(r"\1_…", text) if KEY_PREFIX in text else text


def safe_traceback(error: BaseException) -> str:
    """The traceback of an exception and its causes, without the values that messages quote.

    What drivers and parsers quote in a message is what the client sent: it may be a secret.
    """
    tracebacks: list[str] = []
    link: BaseException | None = error
    while link is not None and len(tracebacks) < _MAX_LINKS:
        stack = "".join(traceback.format_tb(link.__traceback__))
        message = str(link)
        masked = _QUOTED.sub("…", message) if len(message) <= _LONGEST else "…"
        tracebacks.append(f"Traceback (most recent call last):\n{stack}{type(link).__qualname__}: {masked}")
        before = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        link = None if before is link else before
    return "\n\nThe above led to:\n\n".join(reversed(tracebacks))


class _Handler(logging.Handler):
    """Passes lines to the writer. For a line that fails to render it logs the place in the code."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            text = self.format(record)
        except Exception as error:  # noqa: BLE001 - a log line never makes a request fail
            text = f"A log line of {record.pathname}:{record.lineno} cannot be rendered: {type(error).__name__}"
        _put(f"{text}\n")


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line, with no key in it."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def _exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = safe_traceback(error)
    return event


def _request_id(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Add the request id to lines that are logged during a request."""
    if "request_id" not in event and (request_id := request_context.noted("request_id")):
        event["request_id"] = request_id
    return event


def _as_json(_logger: Any, _method: str, event: EventDict) -> str:
    return terminal.json(msgspec.json.encode(event, enc_hook=repr).decode())


def _printable(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = terminal.lines(value) if name == "exception" else terminal.line(value)
    return event
