"""Clients that are slow, stalled or endless, without a proxy in front: they are cut, and nobody else notices."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.servers import PATIENCE, Answer, Server, until, wire

_HURRIED = """
from app.middleware.deadline import Deadline
from app.server.protocol import Protocol
Protocol.header_seconds, Protocol.stalled_seconds, Protocol.linger_seconds = 1.0, 1.0, 0.5
Deadline.body_seconds = 1.0
"""
_POST = b"POST /v2/products HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
_GET, _ONE = b"GET /livez HTTP/1.1\r\n", b"Host: localhost\r\n"
_MEGABYTE = b" " * 1_000_000


@pytest.fixture(scope="module")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose deadlines are a second, over 200 products."""
    url = databases.create("sqlite")
    with Server(url, tmp_path_factory.mktemp("server") / "log", code=_HURRIED, TANDEM_REQUEST_TIMEOUT="3") as made:
        asyncio.run(_fill(made))
        yield made


async def _fill(server: Server) -> None:
    async with wire(server) as client:
        for number in range(200):
            product = {"name": f"Product {number}", "price": 1, "description": "long " * 200}
            answer = await client.ask(
                "/v2/products", "POST", json.dumps(product).encode(), "Content-Type: application/json\r\n"
            )
            assert answer.status == 201


async def _slow_header(server: Server) -> bytes:
    async with wire(server) as client:
        client.writer.write(b"GET /livez HTTP/1.1\r\n")
        return await _drip(client, b"X-A: b\r\n")


async def _slow_body(server: Server) -> bytes:
    async with wire(server) as client:
        client.writer.write(_POST + b"Content-Length: 1000\r\n\r\n")
        return await _drip(client, b" ")


async def _silent_body(server: Server) -> bytes:
    async with wire(server) as client:
        client.writer.write(_POST + b"Content-Length: 1000\r\n\r\n{")
        return await client.rest()


async def _huge_body(server: Server) -> bytes:
    async with wire(server) as client:
        client.writer.write(_POST + b"Content-Length: 100000000\r\n\r\n")
        return await _pour(client, _MEGABYTE)


async def _endless_chunks(server: Server) -> bytes:
    async with wire(server) as client:
        client.writer.write(_POST + b"Transfer-Encoding: chunked\r\n\r\n")
        return await _pour(client, b"%x\r\n%b\r\n" % (len(_MEGABYTE), _MEGABYTE))


async def _endless_header(server: Server) -> bytes:
    async with wire(server) as client:
        client.writer.write(b"GET /livez HTTP/1.1\r\n")
        return await _pour(client, b"X-A: " + b"b" * 10_000 + b"\r\n")


async def _many_fields(server: Server) -> bytes:
    async with wire(server) as client:
        client.writer.write(_GET + _ONE + b"".join(b"a%d:\r\n" % n for n in range(201)))
        return await client.rest()


async def _drip(client, piece: bytes) -> bytes:  # type: ignore[no-untyped-def]
    """Send a piece every tenth of a second until the connection ends; what came back."""
    reading = asyncio.create_task(client.rest())
    while not reading.done():
        client.writer.write(piece)
        await asyncio.wait({reading}, timeout=0.1)
    return reading.result()


async def _pour(client, piece: bytes) -> bytes:  # type: ignore[no-untyped-def]
    """Send 100 pieces as fast as they are taken; what came back until the connection ended."""
    reading = asyncio.create_task(client.rest())
    try:
        for _ in range(100):
            client.writer.write(piece)
            await client.writer.drain()
    except ConnectionError:
        pass
    return await reading


_CUT = {
    _slow_header: (408, "request_timeout"),
    _slow_body: (408, "request_timeout"),
    _silent_body: (408, "request_timeout"),
    _huge_body: (413, "payload_too_large"),
    _endless_chunks: (413, "payload_too_large"),
    _endless_header: (431, "headers_too_large"),
    _many_fields: (431, "headers_too_large"),
}


@pytest.mark.parametrize("attack", _CUT, ids=lambda attack: attack.__name__.strip("_"))
def test_is_cut(server: Server, attack) -> None:  # type: ignore[no-untyped-def]
    """Each is told why, by a problem document, before its connection ends."""
    status, code = _CUT[attack]
    answer = asyncio.run(attack(server))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == code


def test_garbage(server: Server) -> None:
    """What is no HTTP gets a problem document too."""

    async def send() -> bytes:
        async with wire(server) as client:
            client.writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            return await client.rest()

    answer = asyncio.run(send())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "malformed_request"


def test_fields(server: Server) -> None:
    """A header may have 200 fields."""

    async def send() -> bytes:
        async with wire(server) as client:
            client.writer.write(_GET + _ONE + b"a:\r\n" * 198 + b"Connection: close\r\n\r\n")
            return await client.rest()

    assert asyncio.run(send()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (_GET + _ONE, 200),
        (_GET + b"Host:\r\n", 200),
        (_GET + b"Host: [::1]:8000\r\n", 200),
        (b"GET /livez HTTP/1.0\r\n", 200),
        (_GET, 400),
        (_GET + _ONE + _ONE, 400),
        (_GET + _ONE + b"host: evil.example\r\n", 400),
        (b"GET /livez HTTP/1.0\r\n" + _ONE + _ONE, 400),
        (_GET + b"Host: localhost, evil.example\r\n", 400),
        (_GET + b"Host: evil.example/path\r\n", 400),
        (_GET + b"Host: localhost.:\r\n", 200),
        (_GET + b"Host: localhost:65535\r\n", 200),
        *((_GET + b"Host: localhost:%b\r\n" % port, 400) for port in (b"evil", b"80evil", b"80:80", b"65536", b"-1")),
        *((_GET + b"Host: %b\r\n" % host, 400) for host in (b".localhost", b"a..b", b":80", b"[::1", b"[x]")),
        (_GET + b"Host: user@evil.example\r\n", 400),
    ],
)
def test_one_host(server: Server, header: bytes, status: int) -> None:
    """Without exactly one sound Host a request may mean two things; it is refused, and its connection closed."""

    async def send() -> bytes:
        async with wire(server) as client:
            assert (await client.ask("/livez")).status == 200
            client.writer.write(header + b"Connection: close\r\n\r\n")
            return await client.rest()

    answer = asyncio.run(send())
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    if status == 400:
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "malformed_request"
        assert b"Host" in answer


@pytest.mark.parametrize(
    "path",
    [
        "/v1/products/%0d%0aX-Evil:%201",
        "/v1/%E2%82%AC%0aX-Evil:1",
        "/v1/products?cursor=%0d%0aX-Evil:1",
        "/v2/products?q=a%0d%0aX-Evil:1&limit=1",
        "/v2/products?q=%C3%A9%E2%82%AC%0a%00&limit=1",
        "/errors/%0d%0aX-Evil:1",
        "//evil.example/%0d%0aX-Evil:1",
        "http://evil.example/v2/products?limit=1",
    ],
)
def test_nothing_is_injected(server: Server, path: str) -> None:
    """Whatever an address holds, no header of the answer is made by it, and no link leads to another host."""

    async def ask() -> Answer:
        async with wire(server) as client:
            told = "X-Request-ID: a\r\nX-Correlation-ID: {x}\r\nTraceparent: 00-1\r\nX-Forwarded-Host: evil.example\r\n"
            return await client.ask(path, headers=told)

    answer = asyncio.run(ask())
    assert answer.status in (200, 400, 404, 422)
    assert not [name for name in answer.headers if "evil" in name or "correlation" in name or name == "traceparent"]
    assert "evil.example" not in repr(answer)


def test_refused_body_leaves_the_connection_usable(server: Server) -> None:
    """A body that was refused unread, and came as a whole, is in nobody's way."""

    async def ask() -> list[int]:
        async with wire(server) as client:
            plain = await client.ask("/v2/products", "POST", b"x" * 2000, "Content-Type: text/plain\r\n")
            large = await client.ask("/v2/products", "POST", b" " * 1_100_000, "Content-Type: application/json\r\n")
            return [plain.status, large.status, (await client.ask("/livez")).status]

    assert asyncio.run(ask()) == [415, 413, 200]


def test_next_request_may_come_late_but_not_in_pieces(server: Server) -> None:
    """An idle connection lives longer than a header may take; a header that is begun has its own deadline."""

    async def ask() -> bytes:
        async with wire(server) as client:
            assert (await client.ask("/livez")).status == 200
            await asyncio.sleep(1.5)
            assert (await client.ask("/livez")).status == 200
            client.writer.write(b"GET /livez HT")
            return await client.rest()

    assert asyncio.run(ask()).startswith(b"HTTP/1.1 408 ")


def test_stalled_reader(server: Server) -> None:
    """Who asks and asks, and reads nothing, is cut."""
    before = server.metric('tandem_connections_cut_total{reason="stalled reader"}')
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(b"GET /v2/products?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
        until(lambda: server.metric('tandem_connections_cut_total{reason="stalled reader"}') > before)


def test_slow_reader(server: Server) -> None:
    """Who reads slowly, but reads, gets all of it, though the buffers between are full all the while."""
    asked, got = 60, b""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        request = b"GET /v2/products?limit=100 HTTP/1.1\r\nHost: localhost\r\n"
        client.sendall((request + b"\r\n") * (asked - 1) + request + b"Connection: close\r\n\r\n")
        while part := client.recv(65_536):
            got += part
            time.sleep(0.04)
    assert got.count(b"HTTP/1.1 200 OK") == asked


def test_honest_clients_stay_served(server: Server) -> None:
    """While dozens of each kind are at it, an honest client is served, and memory grows by less than 32 MiB."""

    async def scene() -> int:
        before, most = server.memory(), 0
        attacks = [asyncio.create_task(attack(server)) for attack in _CUT for _ in range(15)]
        async with wire(server) as honest:
            while not all(attack.done() for attack in attacks):
                answer = await asyncio.wait_for(honest.ask("/v2/products?limit=5"), PATIENCE)
                assert answer.status == 200
                most = max(most, server.memory())
                await asyncio.sleep(0.02)
        await asyncio.gather(*attacks)
        return most - before

    assert asyncio.run(scene()) < 32 * 2**20


def test_idle_connections_deny_nobody(server: Server) -> None:
    """2,000 connections that say nothing: others are served meanwhile, and the silent ones are closed."""

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            idle = [await stack.enter_async_context(wire(server)) for _ in range(2_000)]
            assert await asyncio.to_thread(server.status, "/v2/products") == 200
            assert set(await asyncio.gather(*(client.rest() for client in idle))) == {b""}

    asyncio.run(scene())


def test_log_has_no_faults(server: Server) -> None:
    """None of this was an error of ours: the log has not one stack trace."""
    assert "Traceback" not in Path(server.log).read_text()
