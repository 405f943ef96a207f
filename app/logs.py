"""Logs: structlog and the standard library through one renderer to stderr, as JSON lines or for people."""

import logging
import re
import sys
import traceback
from typing import Any, Literal

import msgspec
import structlog
from structlog.types import EventDict

from app.domain import notes
from app.stores.keys import PREFIX

Format = Literal["console", "json"]
_KEY = re.compile(rf"({PREFIX}_[0-9A-Za-z]+)_[\w-]+")
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<==)\([^)]*\)|(?<=: )[^:]*(?= \()""")
_LONGEST = 10_000
"""Characters of a message; one that has more quotes a body, and is not told."""
_MOST_LINKS = 20
"""How many errors that led to one another are told at most; a chain may be a circle."""


def configure(form: Format) -> None:
    """Send every log line of this process to stderr; uvicorn's access lines are dropped, ours say more."""
    shared: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper("iso", key="ts"), _request_id]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    render: Any = _as_json if form == "json" else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(_Formatter(processors=[remove, _exception, render], foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], name != "uvicorn.access"


def write(text: str) -> None:
    """Write lines that are rendered already, next to all others."""
    sys.stderr.write(redacted(text))
    sys.stderr.flush()


def redacted(text: str) -> str:
    """A text without the secret of any API key: clients send keys where they do not belong, as in a path."""
    return _KEY.sub(r"\1_…", text) if PREFIX in text else text


def safe_traceback(error: BaseException) -> str:
    """The whole stack of an error and of those that led to it, without the values that messages quote.

    What drivers and parsers quote in a message is what the client sent: it may be a secret.
    """
    told: list[str] = []
    link: BaseException | None = error
    while link is not None and len(told) < _MOST_LINKS:
        stack = "".join(traceback.format_tb(link.__traceback__))
        message = str(link)
        masked = _QUOTED.sub("…", message) if len(message) <= _LONGEST else "…"
        told.append(f"Traceback (most recent call last):\n{stack}{type(link).__qualname__}: {masked}")
        before = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        link = None if before is link else before
    return "\n\nThe above led to:\n\n".join(reversed(told))


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line, with no key in it."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def _exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = safe_traceback(error)
    return event


def _request_id(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A line that is written while a request is served bears its id."""
    if "request_id" not in event and (request_id := notes.noted("request_id")):
        event["request_id"] = request_id
    return event


def _as_json(_logger: Any, _method: str, event: EventDict) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
