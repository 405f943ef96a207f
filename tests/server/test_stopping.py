"""Stopping and restarting under load: nobody who was answered before is left without an answer."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.servers import Server, until, wire

_DRAIN = 10
_BODY = b'{"name": "Lamp", "price": 12}'
_JSON = "Content-Type: application/json\r\n"
_COUNTED = 'tandem_requests_total{method="GET",route="/v2/categories",status="200"}'


@pytest.fixture
def url(databases: Databases) -> str:
    """A migrated database."""
    return databases.create("sqlite")


class Load:
    """Clients that ask over and over without a retry; each goes on over a new connection once it is told to."""

    def __init__(self, server: Server, clients: int = 8) -> None:
        self.server, self.answered, self.failures = server, 0, []  # type: ignore[var-annotated]
        self.over = False
        self._tasks = [asyncio.create_task(self._client(number)) for number in range(clients)]

    async def _client(self, number: int) -> None:
        while not self.over:
            try:
                connection = wire(self.server)
                client = await connection.__aenter__()
            except ConnectionRefusedError:
                assert self.over
                return
            await self._use(client, number)
            await connection.__aexit__(None, None, None)

    async def _use(self, client, number: int) -> None:  # type: ignore[no-untyped-def]
        while True:
            try:
                if number % 2:
                    answer = await client.ask("/v2/products?limit=3")
                else:
                    answer = await client.ask("/v2/products", "POST", _BODY, _JSON)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                self.failures.append(repr(error))
                return
            if answer.status >= 400:
                self.failures.append(answer.body.decode())
            self.answered += 1
            if answer.closes or (self.over and self.server.process.poll() is not None):
                return

    async def answers(self, more: int) -> None:
        """Wait until so many more were answered."""
        goal = self.answered + more
        while self.answered < goal:
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        """Let every client finish."""
        self.over = True
        await asyncio.gather(*self._tasks)


def test_sigterm_under_load(url: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """What is in flight is finished, an upload that takes its time included; the process ends within its drain."""
    server = Server(url, tmp_path / "log")

    async def scene() -> tuple[list[str], int]:
        load = Load(server)
        await load.answers(100)
        async with wire(server) as slow:
            slow.writer.write(
                f"POST /v2/products HTTP/1.1\r\nHost: localhost\r\n{_JSON}Content-Length: {len(_BODY)}\r\n\r\n".encode()
            )
            slow.writer.write(_BODY[:10])
            await load.answers(50)
            load.over = True
            server.signal(signal.SIGTERM)
            await asyncio.to_thread(until, lambda: server.status("/livez") == 0)
            slow.writer.write(_BODY[10:])
            answer = await slow.answer()
        await load.end()
        return load.failures, answer.status

    assert asyncio.run(scene()) == ([], 201)
    assert until(lambda: server.process.poll() is not None, _DRAIN) < _DRAIN


def test_sigterm_with_a_stalled_body(url: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A body that never comes does not keep the process: it is given up within the drain, and told so."""
    server = Server(url, tmp_path / "log")

    async def scene() -> bytes:
        async with wire(server) as client:
            client.writer.write(
                f"POST /v2/products HTTP/1.1\r\nHost: localhost\r\n{_JSON}Content-Length: 9\r\n\r\n{{".encode()
            )
            until(lambda: server.metric('tandem_requests_in_flight{kind="http"}') > 1)
            server.signal(signal.SIGTERM)
            return await client.rest()

    assert asyncio.run(scene()).startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 503 "))
    assert until(lambda: server.process.poll() is not None, _DRAIN + 2) < _DRAIN + 2


@pytest.fixture(scope="module")
def workers(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two workers."""
    log = tmp_path_factory.mktemp("workers") / "log"
    with Server(databases.create("sqlite"), log, "--workers", "2") as server:
        until(lambda: server.log.read_text().count("Application startup complete") == 2)
        yield server


def test_metrics_of_two_workers(workers: Server) -> None:
    """/metrics tells of both, whichever is asked."""
    for _ in range(40):
        assert workers.status("/v2/categories") == 200
    until(lambda: workers.metric(_COUNTED) == 40)


def test_rolling_restart(workers: Server) -> None:
    """SIGHUP replaces both workers under load, and no request fails; what the old ones counted is kept."""

    async def scene() -> list[str]:
        load = Load(workers)
        await load.answers(200)
        workers.signal(signal.SIGHUP)
        while workers.log.read_text().count("Finished server process") < 2:
            await asyncio.sleep(0.05)
        await load.answers(200)
        load.over = True
        for task in load._tasks:  # noqa: SLF001 - the server goes on: it is the clients who leave
            task.cancel()
        return load.failures

    assert asyncio.run(scene()) == []

    until(lambda: workers.metric(_COUNTED) == 40)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_nothing_is_left_behind(url: str, tmp_path: Path, workers: str) -> None:
    """Told to stop, a server takes with it what it made for itself."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    server = Server(url, tmp_path / "log", "--workers", workers, TMPDIR=str(temporary))
    assert bool([*temporary.glob("tandem-metrics-*")]) == (workers == "2")
    server.stop()
    assert not [*temporary.iterdir()]
