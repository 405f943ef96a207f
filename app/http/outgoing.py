"""Requests to user-supplied URLs: only by https and to the public internet, unless the operator trusts a host.

A name is resolved, and its addresses are checked, at each connection, which then goes to an address that was checked:
a name that resolves to another one a moment later changes nothing. A redirect is checked in the same way.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import httpcore2
import httpx2

from app.http.public_addresses import is_public

_MAX_REDIRECTS = 3
_MAX_PORT = 65_535
MAX_CONNECTIONS = 8
_MAX_ADDRESSES = 3
"""The maximum number of addresses of a name that are tried."""
REASONS = NO_PORT, UNKNOWN, NOT_PUBLIC, AWAY, NOT_HTTPS = (
    "the port is out of range",
    "the host is not known",
    "the host is not on the public internet",
    "the host does not answer",
    "the address must begin with https://",
)
"""Why a request is not sent; what else errors say comes from libraries."""
_RESOLVERS = ThreadPoolExecutor(32, "resolver")
"""Separate threads: a name whose server does not answer occupies one for long, and others choose the names."""
_TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_MAPPED: dict[type[Exception], type[httpx2.TransportError]] = {
    getattr(httpcore2, name): getattr(httpx2, name)
    for name in """ConnectError ConnectTimeout LocalProtocolError NetworkError PoolTimeout ProtocolError ReadError
    ReadTimeout RemoteProtocolError TimeoutException UnsupportedProtocol WriteError WriteTimeout""".split()
}


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system resolves it. Raises `OSError`."""
    work = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, work)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses that requests may reach, and the resolver; only tests use others."""

    resolve: Callable[[str, int], Awaitable[list[str]]] = resolve
    allows: Callable[[str], bool] = is_public
    ssl_context: ssl.SSLContext | None = None
    trusted: frozenset[str] = frozenset()
    """Hosts in any network that need no https; the operator names them."""


INTERNET = Network()


class _Backend(httpcore2.AsyncNetworkBackend):
    """Connects to the allowed addresses of a name, one after another."""

    def __init__(self, network: Network) -> None:
        self._network, self._backend = network, httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection. Raises `ConnectError`."""
        if port > _MAX_PORT:
            raise httpcore2.ConnectError(NO_PORT)
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._network.resolve(host, port)
        except (OSError, UnicodeError):  # an invalid name cannot be encoded
            raise httpcore2.ConnectError(UNKNOWN) from None
        trusted = host.lower() in self._network.trusted
        allowed = [address for address in addresses if trusted or self._network.allows(address)][:_MAX_ADDRESSES]
        error = httpcore2.ConnectError(NOT_PUBLIC)
        for address in allowed:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as problem:
                error = httpcore2.ConnectError(AWAY)
                error.__cause__ = problem
        raise error

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._backend.sleep(seconds)


class _Transport(httpx2.AsyncBaseTransport):
    """Sends each request, also redirected ones, over https to allowed addresses."""

    def __init__(self, network: Network, connections: int) -> None:
        self._trusted = network.trusted
        self._pool = httpcore2.AsyncConnectionPool(
            network.ssl_context, max_connections=connections, network_backend=_Backend(network)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response. Raises `httpx2.TransportError`."""
        url = request.url
        if url.scheme != "https" and not (url.scheme == "http" and url.host.lower() in self._trusted):
            raise httpx2.UnsupportedProtocol(NOT_HTTPS)
        sent = httpcore2.Request(
            request.method,
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _mapped():
            response = await self._pool.handle_async_request(sent)
        stream = _Stream(response)
        return httpx2.Response(response.status, headers=response.headers, stream=stream, extensions=response.extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Stream(httpx2.AsyncByteStream):
    """The body of a response."""

    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunks of the body. Raises `httpx2.TransportError`."""
        with _mapped():
            async for chunk in self._response.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        """Return the connection to the pool."""
        await self._response.aclose()


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except tuple(_MAPPED) as error:
        mapped = next(_MAPPED[kind] for kind in type(error).__mro__ if kind in _MAPPED)
        raise mapped(str(error)) from error


def client(network: Network = INTERNET, connections: int = MAX_CONNECTIONS) -> httpx2.AsyncClient:
    """A client that requests uncompressed bytes, and follows a few redirects if asked."""
    return httpx2.AsyncClient(
        transport=_Transport(network, connections),
        headers={"accept-encoding": "identity", "user-agent": "tandem"},
        timeout=_TIMEOUT,
        max_redirects=_MAX_REDIRECTS,
        trust_env=False,
    )
