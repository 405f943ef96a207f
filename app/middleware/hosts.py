"""Allowed hosts: requests with any other `Host` are refused, so that no response contains a forged one."""

from collections.abc import Awaitable, Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import Code, TandemError
from app.http.local_requests import without_port

_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Paths that probes request by IP address. Health reveals no secret, and metrics have a check of their own."""


class Hosts:
    """The hosts of these names; `*.example.com` is any below example.com. `*` alone names none."""

    def __init__(self, names: Iterable[str]) -> None:
        names = [name.lower() for name in names]
        self._names = frozenset(names) - {"*"}
        self._endings = tuple(name[1:] for name in names if name.startswith("*."))

    def __contains__(self, host: object) -> bool:
        """Whether a `Host` in lower case, with or without a port, is one of them."""
        name = without_port(str(host))
        return name in self._names or (bool(self._endings) and name.endswith(self._endings))


class AllowedHosts:
    """Accepts only requests whose Host is one of `hosts`."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app, self._hosts = app, Hosts(hosts)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request; raises `unknown_host`."""
        if scope["type"] != "http" or scope["path"] in _PROBES or self._allows(scope):
            return self.app(scope, receive, send)
        raise TandemError(Code.UNKNOWN_HOST, "The service does not serve this host.")

    def _allows(self, scope: Scope) -> bool:
        fields = [value for name, value in scope["headers"] if name == b"host"]
        if len(fields) != 1:
            return False
        return fields[0].decode("latin-1").lower() in self._hosts
