"""Allowed hosts: a request for a host that is none of ours is refused, so that no answer is made up of a forged one."""

from collections.abc import Awaitable, Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import Code, TandemError

_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""What is asked for by address, from inside. Health tells nothing that is secret, metrics have a guard of their own."""


class AllowedHosts:
    """Lets requests pass whose Host is one of `hosts`; `*.example.com` is any below example.com."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        hosts = [host.lower() for host in hosts]
        self._names = frozenset(hosts)
        self._endings = tuple(host[1:] for host in hosts if host.startswith("*."))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request; raises `unknown_host`."""
        if scope["type"] != "http" or scope["path"] in _PROBES or self._allows(scope):
            return self.app(scope, receive, send)
        raise TandemError(Code.UNKNOWN_HOST, "This host is not served here.")

    def _allows(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1:
            return False
        host = without_port(given[0].decode("latin-1").lower())
        return host in self._names or (bool(self._endings) and host.endswith(self._endings))


def without_port(host: str) -> str:
    """`example.com:80` and `[::1]:80` as `example.com` and `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
