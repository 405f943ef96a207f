"""Request targets in absolute form (RFC 9112, section 3.2.2), as a client sends them to a proxy."""

import re
from typing import NamedTuple

from app.http.local_requests import without_port

_ABSOLUTE = re.compile(rb"(https?)://([\w.:%\[\]-]+)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
_DEFAULT_PORTS = {b"http": b":80", b"https": b":443"}


class Target(NamedTuple):
    """An absolute target: its origin form, and its host as a `Host` field has it."""

    origin_form: bytes
    host: bytes


def parse_target(target: bytes, host: bytes | None) -> Target:
    """Read an absolute target. Raises ValueError, in words for the client.

    `host` is the value of the `Host` field; None: there is none, as HTTP/1.0 allows. It has to name the same host.
    """
    match = _ABSOLUTE.fullmatch(target)
    if match is None or not without_port(match[2].decode("ascii")):
        raise ValueError("The request target must be a path, or an http or https URL without user information.")
    scheme, named, path, query = match.groups(b"")
    if host is not None and _normal(host, scheme) != _normal(named, scheme):
        raise ValueError("The request target names one host, and the `Host` field another.")
    return Target((path or b"/") + query, named)


def _normal(host: bytes, scheme: bytes) -> bytes:
    return host.lower().removesuffix(_DEFAULT_PORTS[scheme.lower()])
