"""The request context: values for the log line of the current request."""

from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_current: ContextVar[MutableMapping[str, Any] | None] = ContextVar("notes", default=None)
_NONE: Mapping[str, Any] = MappingProxyType({})


def begin(known: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Begin the context of a request with some values."""
    _current.set(known)
    return known


def note(name: str, value: Any) -> None:
    """Store a value; outside of a request it has no effect."""
    notes = _current.get()
    if notes is not None:
        notes[name] = value


def take(name: str) -> Any:
    """Remove a value and return it, or `None`."""
    notes = _current.get()
    return None if notes is None else notes.pop(name, None)


def noted(name: str) -> Any:
    """The value of a name, or `None`."""
    return current().get(name)


def current() -> Mapping[str, Any]:
    """The values of the current request; empty outside of a request."""
    return _current.get() or _NONE
