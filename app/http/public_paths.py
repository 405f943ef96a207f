"""Public paths: below the prefix at which a proxy publishes the service."""

from contextvars import ContextVar
from urllib.parse import quote

_prefix: ContextVar[str] = ContextVar("prefix", default="")


def begin(prefix: str) -> None:
    """Set the public prefix of the request at hand, such as `/shop/api`; empty: there is none."""
    if prefix != _prefix.get():
        _prefix.set(prefix)


def prefix() -> str:
    """The public prefix of the request at hand."""
    return _prefix.get()


def public(path: str) -> str:
    """A path of this service as the client of the request at hand reaches it."""
    return _prefix.get() + path


def quoted(path: str) -> str:
    """The path of a request (`path_segments`) as the client reaches it, percent-encoded."""
    return quote(public(path), safe="/:%")
