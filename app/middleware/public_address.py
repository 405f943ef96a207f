"""The public address of the service: the path and the host under which a proxy publishes it."""

import re
from collections.abc import Container, Sequence

from starlette.types import Scope

from app.http import public_paths
from app.http.networks import within
from app.http.request_state import RequestState

_PREFIX = re.compile(rb"(/[A-Za-z0-9._~-]+)+")
_MAX_PREFIX = 200
"""Bytes; every link of an answer repeats the prefix."""


class PublicAddress:
    """Decides the prefix and the host of links for each request.

    `root_path` is stripped from the path if the proxy left it there. From `trusted` proxies only, `X-Forwarded-Prefix`
    replaces `root_path` in links, and `X-Forwarded-Host` replaces `Host` if it is one of `hosts`. A forwarded prefix
    never changes the requested resource: many proxies pass on a client's own field, by which the client could evade the
    proxy's rules about paths. For the same reason, responses to such requests are private.
    """

    def __init__(self, root_path: str, trusted: Sequence[str], hosts: Container[str]) -> None:
        self._root_path, self._hosts = root_path, hosts
        self._is_trusted = within(trusted) if trusted else None

    def __call__(self, request: RequestState) -> None:
        """Set the prefix and the host of a request."""
        scope = request.scope
        prefix: str = scope.get("root_path") or self._root_path
        if prefix:
            _strip(prefix, scope)
        client = scope.get("client")
        if self._is_trusted and client and self._is_trusted(client[0]):
            prefix = self._forwarded(scope) or prefix
        public_paths.begin(prefix)

    def _forwarded(self, scope: Scope) -> str:
        """The forwarded prefix, or nothing; a forwarded host takes the place of `Host`."""
        prefix, host = _single(scope, b"x-forwarded-prefix"), _single(scope, b"x-forwarded-host")
        if host and host.decode("latin-1").lower() in self._hosts:
            scope["headers"] = [field for field in scope["headers"] if field[0] != b"host"]
            scope["headers"].append((b"host", host))
            scope["state"]["forwarded"] = True
        if len(prefix) > _MAX_PREFIX or not _PREFIX.fullmatch(prefix):
            return ""
        scope["state"]["forwarded"] = True
        return prefix.decode()


def _strip(prefix: str, scope: Scope) -> None:
    path: str = scope["path"]
    if path == prefix or path.startswith(f"{prefix}/"):
        scope["path"] = path[len(prefix) :]
    scope["root_path"] = ""


def _single(scope: Scope, name: bytes) -> bytes:
    """The value of a field that is not repeated; empty otherwise."""
    values: list[bytes] = [value for field, value in scope["headers"] if field == name]
    return values[0] if len(values) == 1 else b""
