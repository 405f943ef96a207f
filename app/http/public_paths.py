"""Public paths: with the prefix at which a proxy publishes the service."""

from contextvars import ContextVar
from urllib.parse import quote

_prefix: ContextVar[str] = ContextVar("prefix", default="")


def begin(prefix: str) -> None:
    """Set the public prefix of the current request, such as `/shop/api`; empty for none."""
    if prefix != _prefix.get():
        _prefix.set(prefix)


def prefix() -> str:
    """The public prefix of the current request."""
    return _prefix.get()


def public(path: str) -> str:
    """A path of this service as the client of the current request reaches it."""
    return _prefix.get() + path


def quoted(path: str) -> str:
    """The path of a request (`path_segments`) as the client reaches it, percent-encoded."""
    return quote(public(path), safe="/:%")
