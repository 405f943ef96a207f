"""Mixed load over both protocols at half of what the server can do: does it get slower, larger or wrong with time?

    python -m tests.bench.load --seconds 300 --report docs/load     # table and plot; without --report, the table alone

Requests leave at fixed times, whatever came of those before, and latency counts from that time: a server that stalls
is not spared the requests that it would have got meanwhile. Exits 1 where anything but success was answered.
"""

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from app.stores.migrate import migrate
from tests.bench.plot import Minute, plot, table
from tests.servers import Server, Wire, wire

_JSON = "Content-Type: application/json\r\n"
_CONNECTIONS = 32
_SECONDS_AT_PEAK = 5.0


class Request(NamedTuple):
    """What is sent."""

    path: str
    method: str = "GET"
    body: bytes = b""
    headers: str = ""


def _graphql(text: str) -> Request:
    return Request("/graphql", "POST", b'{"query": "%b"}' % text.encode(), _JSON)


def mix() -> Iterator[Request]:
    """The requests, over and over: seven of ten read over REST, two over GraphQL, one writes."""
    for number in itertools.count():
        product = number % 200 + 1
        yield Request(f"/v2/products/{product}")
        yield Request("/v2/products?limit=20&sort=-price")
        yield Request(f"/v1/products/{product}")
        yield _graphql(
            "{ products(first: 20) { edges { node { name price categories { edges { node { name } } } } } } }"
        )
        yield Request("/v2/products?q=oak&limit=5")
        yield Request(f"/v2/categories/{number % 10 + 1}/products?limit=10")
        yield Request("/v2/products", "POST", b'{"name": "Load %d", "price": 12.5, "stock": 3}' % number, _JSON)
        yield _graphql(f"{{ product(id: {product}) {{ name price stock }} }}")
        yield Request("/v2/categories")
        yield Request(f"/v2/products/{product}?fields=id,name")


class Load:
    """Connections to a server that share one mix; failures, and latencies in seconds by the minute they began in."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.answered = 0
        self.failures: list[str] = []
        self.minutes: list[Minute] = []
        self._mix = mix()

    async def peak(self, seconds: float) -> float:
        """Answers a second, where every connection asks as soon as it was answered."""
        end = time.perf_counter() + seconds
        before = self.answered

        async def ask(client: Wire) -> None:
            while time.perf_counter() < end:
                await self._ask(client)

        await self._all(ask)
        return (self.answered - before) / seconds

    async def steady(self, rate: float, seconds: float) -> None:
        """Send so many requests a second."""
        begun = time.perf_counter()
        slots = itertools.count()
        self.minutes = [Minute([], 0) for _ in range(max(1, round(seconds / 60)))]

        async def ask(client: Wire) -> None:
            for slot in slots:
                due = begun + slot / rate
                if due > begun + seconds:
                    return
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await self._ask(client)
                minute = self.minutes[min(int((due - begun) // 60), len(self.minutes) - 1)]
                minute.latencies.append(time.perf_counter() - due)
                if slot % 1000 == 0:
                    minute.memory = max(minute.memory, self.server.memory())

        await self._all(ask)

    async def _ask(self, client: Wire) -> None:
        request = next(self._mix)
        answer = await client.ask(*request)
        self.answered += 1
        if answer.status >= 400 or b'"errors"' in answer.body:
            self.failures.append(f"{request.method} {request.path}: {answer.status} {answer.body[:200].decode()}")

    async def _all(self, use: Callable[[Wire], object]) -> None:
        async def one() -> None:
            async with wire(self.server) as client:
                await use(client)  # type: ignore[misc] # it is a coroutine

        await asyncio.gather(*(one() for _ in range(_CONNECTIONS)))


def main() -> int:
    """Measure the peak, hold half of it, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--report", type=Path, help="where to write .md and .svg")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        load, rate = asyncio.run(_run(Path(folder), options.seconds))
    told = table(load.minutes, rate, load.failures)
    click.echo(told)
    for failure in load.failures[:10]:
        click.echo(failure, err=True)
    if options.report:
        options.report.parent.mkdir(exist_ok=True)
        options.report.with_suffix(".md").write_text(
            f"# Under load\n\n{told}\n![p99 and memory]({options.report.name}.svg)\n"
        )
        options.report.with_suffix(".svg").write_text(plot(load.minutes))
    return bool(load.failures)


async def _run(folder: Path, seconds: float) -> tuple[Load, float]:
    url = f"sqlite:///{folder}/load.db"
    migrate(url)
    _tandem(url, "seed")
    server = Server(url, folder / "log")
    try:
        load = Load(server)
        await load.peak(1)
        peak = await load.peak(_SECONDS_AT_PEAK)
        await load.steady(peak / 2, seconds)
        return load, peak / 2
    finally:
        server.stop()


def _tandem(url: str, command: str) -> None:
    code = "from app.cli import main; main()"
    environment = os.environ | {"TANDEM_DATABASE_URL": url}
    subprocess.run([sys.executable, "-c", code, command], env=environment, capture_output=True, check=True)


if __name__ == "__main__":
    sys.exit(main())
