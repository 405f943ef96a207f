"""Large answers that clients do not read: they take bounded memory, and no others wait for them."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import pytest

from app.domain.unit_of_work import Engine
from app.stores import large_answers
from tests.databases import Databases
from tests.servers import PATIENCE, Server, Wire, until, wire

_HURRIED = """
from app.server.protocol import Protocol
Protocol.stalled_seconds, Protocol.wanted_seconds = 3600.0, 0.5
"""
_JSON = "Content-Type: application/json\r\n"
_ALIASES, _CHARACTERS, _UNREAD = 2, 9_900, 40
_CUT = 'tandem_connections_cut_total{reason="stalled reader"}'
_MOST_MEMORY = 64 * 2**20


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def server(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server over 100 products with long descriptions, whose readers may stall as long as nobody waits for them."""
    engine: Engine = request.param
    url = databases.create(engine)
    with Server(url, tmp_path_factory.mktemp(engine) / "log", code=_HURRIED) as made:
        asyncio.run(_fill(made))
        yield made


async def _fill(server: Server) -> None:
    async with wire(server) as client:
        for number in range(100):
            product = {"name": f"Product {number}", "price": 1, "description": "\U0001f600" * _CHARACTERS}
            assert (await client.ask("/v2/products", "POST", json.dumps(product).encode(), _JSON)).status == 201


def _request(protocol: str, number: int) -> bytes:
    """A request for all descriptions, which no cache knows."""
    if protocol == "rest":
        return (
            f"GET /v2/products?limit=100&fields=description&maxPrice={number + 2} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        )
    leaves = " ".join(f"a{place}: description" for place in range(_ALIASES))
    body = json.dumps({"query": f"query q{number} {{ products(first: 100) {{ edges {{ node {{ {leaves} }} }} }} }}"})
    head = f"POST /graphql HTTP/1.1\r\nHost: a\r\n{_JSON}Content-Length: {len(body)}\r\n\r\n"
    return f"{head}{body}".encode()


@asynccontextmanager
async def _neighbour(server: Server) -> Any:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, local_addr=("127.0.0.2", 0), limit=2**24)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


async def _whole(server: Server, protocol: str, number: int) -> bytes:
    """The body of a large answer for one who reads, and asks again where the queue was full."""
    async with wire(server) as client:
        while True:
            client.writer.write(_request(protocol, number))
            answer = await asyncio.wait_for(client.answer(), PATIENCE)
            if answer.status == 200:
                return answer.body
            assert (answer.status, answer.headers["retry-after"]) == (503, f"{large_answers.BOUNDS.seconds:g}")


@pytest.mark.parametrize("protocol", ["rest", "graphql"])
def test_unread(server: Server, protocol: str) -> None:
    """Those who do not read lose their connections once others wait; the process grows by 64 MiB at most meanwhile."""
    whole = len(asyncio.run(_whole(server, protocol, 1)))
    before, cut = server.memory(), server.metric(_CUT)
    with ExitStack() as stack:
        for number in range(_UNREAD):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(_request(protocol, number))

        async def others() -> int:
            most = 0
            async with _neighbour(server) as client:
                for path in 5 * ("/v2/products/1?fields=name", "/v2/products?limit=100&fields=name", "/livez"):
                    assert (await asyncio.wait_for(client.ask(path), PATIENCE)).status == 200
                    most = max(most, server.memory())
                client.writer.write(_request(protocol, 2))
                answer = await asyncio.wait_for(client.answer(), PATIENCE)
                assert (answer.status, len(answer.body)) == (200, whole)
            return max(most, server.memory())

        assert asyncio.run(others()) - before < _MOST_MEMORY
        until(lambda: server.metric(_CUT) > cut)
        assert server.memory() - before < _MOST_MEMORY


@pytest.mark.parametrize("protocol", ["rest", "graphql"])
def test_read(server: Server, protocol: str) -> None:
    """Of many at once, all who read get whole answers."""

    async def read() -> list[bytes]:
        return await asyncio.gather(*(_whole(server, protocol, number) for number in range(10, 20)))

    assert len({len(body) for body in asyncio.run(read())}) == 1
