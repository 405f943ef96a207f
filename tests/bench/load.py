"""Mixed load over both protocols at half of what the server can do: does it get slower, larger or wrong with time?

    python -m tests.bench.load --seconds 300 --report docs/load     # table and plot; without --report, the table alone

Requests leave at fixed times, whatever came of those before, and latency counts from that time: a server that stalls
is not spared the requests that it would have got meanwhile. Exits 1 where a promise does not hold.
"""

import argparse
import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from app.stores.migrate import migrate
from tests.bench.plot import Minute, plot, table
from tests.proofs import machine
from tests.servers import Server, Wire, files_beside, wire

_JSON = "Content-Type: application/json\r\n"
_CONNECTIONS = 32
_LATER = 100
"""After how many rounds an order is sent again."""
_FAULTS = (b'"errors"', b'"userErrors":[{')
_SLOWER, _LARGER = 1.5, 32
_SECONDS_AT_PEAK = 5.0


class Request(NamedTuple):
    """What is sent."""

    path: str
    method: str = "GET"
    body: bytes = b""
    headers: str = ""


def _post(path: str, value: object, key: str = "") -> Request:
    headers = f"{_JSON}Idempotency-Key: {key}\r\n" if key else _JSON
    return Request(path, "POST", json.dumps(value).encode(), headers)


def _graphql(query: str, key: str = "", **variables: object) -> Request:
    return _post("/graphql", {"query": query, "variables": variables}, key)


def mix(ordered: Sequence[int]) -> Iterator[Request]:
    """The requests, over and over: reads and orders over both protocols, a product, and an order that is sent again.

    `ordered` are the products that orders take from.
    """
    for number in itertools.count():
        product = number % 200 + 1
        order = {"items": [{"productId": ordered[number % len(ordered)], "quantity": 2}], "reference": f"{number}"}
        yield Request(f"/v2/products/{product}")
        yield Request("/v2/products?limit=20&sort=-price")
        yield Request(f"/v1/products/{product}")
        yield _graphql(
            "{ products(first: 20) { edges { node { name price categories { edges { node { name } } } } } } }"
        )
        yield Request("/v2/products?q=oak&limit=5")
        yield _post("/v2/orders", order, f"rest-{number}")
        yield Request(f"/v2/categories/{number % 10 + 1}/products?limit=10")
        yield _post("/v2/products", {"name": f"Load {number}", "price": 12.5, "stock": 3})
        yield _graphql("query ($id: ID!) { product(id: $id) { name price stock } }", id=product)
        yield _graphql(
            "mutation ($of: PlaceOrderInput!) { placeOrder(input: $of) { order { total } userErrors { code } } }",
            f"graphql-{number}",
            of=order,
        )
        yield Request("/v2/orders?limit=10&sort=-id")
        yield Request(f"/v2/products/{product}?fields=id,name")
        if number >= _LATER:
            order = order | {"reference": f"{number - _LATER}"}
            order["items"] = [{"productId": ordered[(number - _LATER) % len(ordered)], "quantity": 2}]
            yield _post("/v2/orders", order, f"rest-{number - _LATER}")


class Load:
    """Connections to a server that share one mix; failures, and latencies in seconds by the minute they began in."""

    def __init__(self, server: Server, ordered: Sequence[int]) -> None:
        self.server = server
        self.answered = 0
        self.failures: list[str] = []
        self.minutes: list[Minute] = []
        self._mix = mix(ordered)

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
                if slot % 100 == 0:
                    minute.memory = max(minute.memory, self.server.memory())

        await self._all(ask)

    async def _ask(self, client: Wire) -> None:
        request = next(self._mix)
        answer = await client.ask(*request)
        self.answered += 1
        if answer.status >= 400 or any(word in answer.body for word in _FAULTS):
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
    broken = _broken(load)
    told = _told(load, rate)
    click.echo(told)
    for fault in (*broken, *load.failures[:10]):
        click.echo(fault, err=True)
    if options.report:
        options.report.parent.mkdir(exist_ok=True)
        plotted = f"![p99 and memory by the minute]({options.report.name}.svg)"
        options.report.with_suffix(".md").write_text(f"# Under load\n\n{told}\n{plotted}\n")
        options.report.with_suffix(".svg").write_text(plot(load.minutes))
    return bool(broken)


def _told(load: Load, rate: float) -> str:
    count = sum(len(minute.latencies) for minute in load.minutes)
    return f"""{machine()}

`make load`: {count:,} requests over REST v1, v2 and GraphQL, of which one in four writes, to one worker over SQLite at
{rate:.0f} a second, half of what it answered at its peak; client and server share the machine. Requests leave at fixed
times, and latency counts from then. {len(load.failures)} errors.

{table(load.minutes)}

The promise: no errors, p99 of the last minute at most {_SLOWER} × that of the first, at most {_LARGER} MiB more memory.
What grows is SQLite's page cache, with the database, to at most 32 MiB a connection; with one of 1 MiB nothing does.
"""


def _broken(load: Load) -> list[str]:
    """Which promises do not hold."""
    first, last = load.minutes[0], load.minutes[-1]
    broken = [f"{len(load.failures)} errors"] if load.failures else []
    if last.percentile(0.99) > _SLOWER * first.percentile(0.99):
        broken.append("the last minute is slower than the first")
    if last.memory - first.memory > _LARGER * 2**20:
        broken.append("memory grows")
    return broken


async def _run(folder: Path, seconds: float) -> tuple[Load, float]:
    url = f"sqlite:///{folder}/load.db"
    migrate(url)
    log = folder / "log"
    _tandem(url, "seed", TANDEM_FILES_URL=files_beside(log))
    with Server(url, log) as server:
        load = Load(server, await _to_order(server))
        await load.peak(1)
        peak = await load.peak(_SECONDS_AT_PEAK)
        await load.steady(peak / 2, seconds)
        return load, peak / 2


async def _to_order(server: Server) -> list[int]:
    """The ids of new products of which there is enough."""
    async with wire(server) as client:
        made = [
            await client.ask(*_post("/v2/products", {"name": f"Ordered {n}", "price": 5, "stock": 2_000_000_000}))
            for n in range(20)
        ]
    return [json.loads(answer.body)["id"] for answer in made]


def _tandem(url: str, command: str, **settings: str) -> None:
    code = "from app.cli import main; main()"
    environment = os.environ | {"TANDEM_DATABASE_URL": url} | settings
    subprocess.run([sys.executable, "-c", code, command], env=environment, capture_output=True, check=True)


if __name__ == "__main__":
    sys.exit(main())
