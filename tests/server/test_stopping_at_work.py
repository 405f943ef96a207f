"""A server that is stopped with work in flight: each client is told or cut, and the log has no stack trace."""

import asyncio
import signal
import socket
from contextlib import AsyncExitStack
from pathlib import Path

from tests.catalogues import fill
from tests.databases import Databases
from tests.servers import PATIENCE, Server, until, wire

_HURRIED = """
from app.commands import serve
serve._SECONDS_TO_FINISH = 1
"""
_JSON = b"Content-Type: application/json\r\n"
_IN_FLIGHT = 'tandem_requests_in_flight{kind="http"}'


def test_work_of_every_kind(databases: Databases, tmp_path: Path) -> None:
    """A body that stalls, an upload, an export that nobody reads, reads that are long, and an idle connection."""
    url = databases.create("sqlite")
    fill(url, 30_000)
    server = Server(url, tmp_path / "log", code=_HURRIED)
    log = tmp_path / "log"

    async def scene() -> list[bytes]:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(wire(server)) for _ in range(5)]
            heads = (
                b"POST /v2/products HTTP/1.1\r\nHost: localhost\r\n%bContent-Length: 9\r\n\r\n{" % _JSON,
                b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n%bContent-Length: 9\r\n\r\n{" % _JSON,
                (
                    b"POST /v2/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                    b'Content-Length: 900\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc'
                ),
                b"GET /v2/products?limit=100&q=oak&count=exact&inStock=true HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200,
                b"",
            )
            stalled = stack.enter_context(socket.socket())
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.connect(("127.0.0.1", server.port))
            stalled.sendall(b"GET /v2/products/export HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for client, head in zip(clients, heads, strict=True):
                client.writer.write(head)
            await asyncio.to_thread(until, lambda: server.metric(_IN_FLIGHT) > 5)
            server.signal(signal.SIGTERM)
            answers = [await asyncio.wait_for(client.rest(), PATIENCE) for client in clients[:3]]
            await asyncio.to_thread(server.process.wait, PATIENCE)
            return answers

    answers = asyncio.run(scene())
    told = [answer.split(b" ")[1:2] for answer in answers]
    assert told[:2] == [[b"503"]] * 2
    assert told[2] in ([b"503"], [])  # what an upload has stored is put away first, which may take too long
    assert "Traceback" not in log.read_text(), log.read_text()
    assert "Finished server process" in log.read_text()
