"""Notes on the request at hand: what its one log line tells beside its answer, jotted down where it is decided."""

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
    """Jot something down; outside of a request nobody reads it."""
    notes = _current.get()
    if notes is not None:
        notes[name] = value


def noted(name: str) -> Any:
    """What was jotted down under a name, or None."""
    return current().get(name)


def current() -> Mapping[str, Any]:
    """The notes of the request at hand; none outside of a request."""
    return _current.get() or _NONE
