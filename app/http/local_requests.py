"""Local requests: from a program on this machine, not through a proxy or by DNS rebinding."""

import re
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import Scope

from app.http.request_state import header

_FORWARDING = frozenset({b"forwarded", b"via", b"x-real-ip", b"true-client-ip", b"cf-connecting-ip"})
_PREFIX = b"x-forwarded-"
_HOST = re.compile(r"(\[[\da-f:.]+\]|[\w%-]+(?:\.[\w%-]+)*\.?)(?::(\d{0,5}))?", re.ASCII | re.IGNORECASE)
_MAX_PORT = 65_535
_LONGEST_NAME = 260
"""Bytes of a name (RFC 1035) and a port: a cache keeps what it has looked at."""


def is_local(scope: Scope) -> bool:
    """Whether peer and Host are loopback, the version is not HTTP/1.0, and no header field names a proxy.

    nginx sends HTTP/1.0 to its upstream by default. A Host that names something else may be a page that has
    a browser on this machine look its own name up as a loopback address (DNS rebinding).
    """
    client = scope.get("client")
    if client is None or scope["http_version"] == "1.0" or not is_loopback(client[0]):
        return False
    host = header(scope, b"host") or b""
    return len(host) <= _LONGEST_NAME and _names_loopback(host) and not is_forwarded(scope)


def is_forwarded(scope: Scope) -> bool:
    """Whether the request has a header field that proxies add."""
    return any(name in _FORWARDING or name.startswith(_PREFIX) for name, _ in scope["headers"])


@lru_cache(maxsize=256)
def is_loopback(address: str) -> bool:
    """Whether an address is in 127.0.0.0/8, or is ::1."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def without_port(host: str) -> str:
    """The name in a `Host` field (RFC 9110, section 7.2), such as `example.com` or `::1`; empty if it is invalid."""
    match = _HOST.fullmatch(host)
    return match[1].strip("[]") if match and int(match[2] or 0) <= _MAX_PORT else ""


@lru_cache(maxsize=256)
def _names_loopback(host: bytes) -> bool:
    name = without_port(host.decode("latin-1").lower())
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)
