"""The request context: values for the log line of the current request, noted where they are decided."""

from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_current: ContextVar[MutableMapping[str, Any] | None] = ContextVar("notes", default=None)
_NONE: Mapping[str, Any] = MappingProxyType({})


def begin(known: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Open the notes of a request, with what is known of it already."""
    _current.set(known)
    return known


def note(name: str, value: Any) -> None:
    """Note a value; outside of a request nothing reads it."""
    notes = _current.get()
    if notes is not None:
        notes[name] = value


def noted(name: str) -> Any:
    """The value that was noted under a name, or None."""
    return current().get(name)


def current() -> Mapping[str, Any]:
    """The notes of the request at hand; none outside of a request."""
    return _current.get() or _NONE
