"""The database goes away under load: clients are told so in time, and nobody has to restart anything."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.stores.migrate import migrate
from tests.databases import Cluster, own_server
from tests.servers import PATIENCE, Server, until, wire

_SECONDS_AWAY = float(os.environ.get("TANDEM_TEST_OUTAGE", "2"))
_BODY, _JSON = b'{"name": "Lamp", "price": 12}', "Content-Type: application/json\r\n"
_QUERY = b'{"query": "{ products(first: 2) { edges { node { name } } } }"}'


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    """A migrated PostgreSQL server that may be stopped."""
    with ExitStack() as at_end:
        cluster = own_server(at_end)
        migrate(cluster.url)
        yield cluster


@pytest.fixture(scope="module")
def server(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over it, that gives a request 3 seconds."""
    with Server(postgres.url, tmp_path_factory.mktemp("server") / "log", TANDEM_REQUEST_TIMEOUT="3") as made:
        yield made


class Load:
    """Clients that read and write without end; what they were answered, by status."""

    def __init__(self, server: Server) -> None:
        self.statuses: Counter[int] = Counter()
        self._over = False
        self._tasks = [asyncio.create_task(self._client(server, number)) for number in range(9)]

    async def _client(self, server: Server, number: int) -> None:
        async with wire(server) as client:
            while not self._over:
                if number % 3 == 0:
                    asked = client.ask("/v2/products?limit=3")
                elif number % 3 == 1:
                    asked = client.ask("/v2/products", "POST", _BODY, _JSON)
                else:
                    asked = client.ask("/graphql", "POST", _QUERY, _JSON)
                answer = await asyncio.wait_for(asked, PATIENCE)
                if answer.status == 503:
                    assert answer.headers["retry-after"]
                self.statuses[503 if b'"UNAVAILABLE"' in answer.body else answer.status] += 1
                await asyncio.sleep(0.005)

    async def more(self, count: int) -> None:
        """Wait for so many more answers."""
        goal = self.statuses.total() + count
        while self.statuses.total() < goal:
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        """Let every client finish; one that hangs fails the test."""
        self._over = True
        await asyncio.gather(*self._tasks)


async def _outage(server: Server, go: Callable[[], None], come_back: Callable[[], None]) -> Load:
    """The load over an outage, until the server is ready again and takes orders."""
    load = Load(server)
    await load.more(100)
    await asyncio.to_thread(go)
    await asyncio.to_thread(until, lambda: server.status("/readyz") == 503)
    for _ in range(int(_SECONDS_AWAY * 10)):
        assert await asyncio.to_thread(server.status, "/livez") == 200
        await asyncio.sleep(0.1)
    await asyncio.to_thread(come_back)
    await asyncio.to_thread(until, lambda: server.status("/readyz") == 200)
    load.statuses.pop(201, None)
    await load.more(100)
    while not load.statuses[201]:
        await asyncio.sleep(0.01)
    await load.end()
    return load


def test_postgresql_is_stopped(server: Server, postgres: Cluster) -> None:
    """Stopped and started again: nothing but answers and 503s, no request hangs, ready by itself once it is back.

    Access lines say what the driver said; the outage is no stack trace of ours.
    """
    load = asyncio.run(_outage(server, postgres.stop, postgres.start))
    assert load.statuses.keys() <= {200, 201, 503}, load.statuses
    assert load.statuses[503]
    log = server.log.read_text()
    assert re.search(r'"cause":"\w+: .+?"', log)
    assert "Traceback" not in log


def test_postgresql_is_frozen(server: Server, postgres: Cluster) -> None:
    """Frozen, it neither answers nor refuses: the deadline answers for it."""
    load = asyncio.run(
        _outage(server, lambda: postgres.signal(signal.SIGSTOP), lambda: postgres.signal(signal.SIGCONT))
    )
    assert load.statuses.keys() <= {200, 201, 503}, load.statuses
    assert "Traceback" not in server.log.read_text()
