"""Proof: no acknowledged order is lost, and none is there twice, whichever way a Patroni cluster loses its primary.

    python -m tests.prove.failovers [FAILOVERS [SECONDS]]

Two servers of ours share the cluster: one reaches the primary through HAProxy, one by an address that names every
server. Buyers order over both protocols, each time from either, and repeat what was not answered under the same key;
visitors read. A control with asynchronous replication loses orders.
"""

import asyncio
import itertools
import math
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import Any, NamedTuple

import click
import httpx2

from app.domain.callers import Scope
from app.stores import keys
from app.stores.database import open_database
from app.stores.migrate import migrate
from tests import proofs
from tests.cluster import failovers
from tests.cluster.network import within
from tests.cluster.patroni import PatroniCluster
from tests.redis_server import RedisServer
from tests.servers import Server
from tests.torture.books import Books, balance
from tests.torture.customers import Customer, Good, Ledger, Wish
from tests.torture.rig import stock_up

FAILOVERS, BUYERS, VISITORS = 100, 6, 2
_ALONE = 40
"""Orders that the control acknowledges while nobody but its primary has them."""
_SECONDS_PAUSED = 900
"""The longest pause of orders that is waited for, on a busy machine."""
_TOLD = 20
"""Runs of fewer failovers are only printed."""
_QUERY = {"query": "{ products(first: 5) { edges { node { name price stock } } } }"}


class Buyer(Customer):
    """A customer that takes its time, and asks either server."""

    def __init__(self, number: int, shop: "Shop", ledger: Ledger) -> None:
        rng = random.Random(number)
        super().__init__(number, 0, list(shop.stock), ledger, rng)
        self.headers = f"Authorization: Bearer {shop.secret}\r\n"
        self._shop, self.told = shop, list[float]()

    async def attempt(self, wish: Wish) -> bool:
        """Send a wish once; when it was answered for good is noted."""
        self.port = self.rng.choice(self._shop.servers).port
        done = await super().attempt(wish)
        if done:
            self.told.append(time.monotonic())
        await asyncio.sleep(0.1)
        return done


class Visits:
    """Reads of visitors without a key: how many, the longest in seconds, and what failed."""

    def __init__(self) -> None:
        self.count, self.longest, self.failed = 0, 0.0, defaultdict[str, int](int)

    async def go_on(self, servers: Sequence[Server], product: int) -> None:
        """Read until cancelled."""
        async with httpx2.AsyncClient(timeout=60) as client:
            while True:
                url = f"http://127.0.0.1:{random.choice(servers).port}"
                await self._read(client.get(f"{url}/v2/products", params={"sort": "-price", "limit": "5"}))
                await self._read(client.get(f"{url}/v2/products/{product}"))
                await self._read(client.post(f"{url}/graphql", json=_QUERY))
                await asyncio.sleep(0.1)

    async def _read(self, asking: Any) -> None:
        begun = time.monotonic()
        try:
            answer = await asking
            wrong = "" if answer.status_code == 200 and "errors" not in answer.json() else answer.text
        except httpx2.HTTPError as error:
            wrong = type(error).__name__
        self.count += 1
        self.longest = max(self.longest, time.monotonic() - begun)
        if wrong:
            self.failed[wrong[:200]] += 1


class Shop(NamedTuple):
    """Two servers of ours over a cluster, the initial stock, and a key to order with."""

    cluster: PatroniCluster
    servers: list[Server]
    stock: dict[Good, int]
    secret: str


class Report(NamedTuple):
    """What a run was: the pauses in seconds by the way of the failover, and what the books say."""

    pauses: dict[str, list[float]]
    visits: Visits
    books: Books
    acknowledged: int


async def opened(at_end: ExitStack, *, synchronous: bool) -> Shop:
    """A cluster with goods, and servers over it."""
    cluster = await asyncio.to_thread(PatroniCluster, at_end, synchronous=synchronous)
    await asyncio.to_thread(migrate, cluster.listed)
    database = open_database(cluster.listed)
    secret = await keys.create(database, "buyer", [Scope.ORDERS_READ, Scope.ORDERS_WRITE])
    await database.close()
    redis = RedisServer()
    at_end.callback(redis.stop)
    chosen = {
        "TANDEM_AUTH": "keys",
        "TANDEM_REDIS_URL": redis.url,
        "TANDEM_DATABASE_REPLICA_URLS": ",".join(cluster.each),
    }
    urls = {"proxied": cluster.proxied, "listed": cluster.listed}
    stock = await stock_up(cluster.listed)
    servers = []
    for name, url in urls.items():
        servers.append(await asyncio.to_thread(Server, url, cluster.folder / f"{name}.log", **chosen))
        at_end.callback(servers[-1].stop)
    return Shop(cluster, servers, stock, secret)


@asynccontextmanager
async def open_for_business(shop: Shop, ledger: Ledger, visits: Visits) -> AsyncIterator[list[Buyer]]:
    """Buyers and visitors, for as long as this lasts; in the end each learns what came of its last order."""
    buyers = [Buyer(number, shop, ledger) for number in range(BUYERS)]
    product = min(good.product for good in shop.stock)
    visiting = [asyncio.create_task(visits.go_on(shop.servers, product)) for _ in range(VISITORS)]
    buying = [asyncio.create_task(buyer.run()) for buyer in buyers]
    try:
        yield buyers
    finally:
        for buyer in buyers:
            buyer.over = True
        await asyncio.gather(*buying)
        for task in visiting:
            task.cancel()
        await asyncio.gather(*visiting, return_exceptions=True)
    # An order that was lost can never be cancelled.
    for wish in [wish for wish in ledger.wishes.values() if wish.items and not ledger.outcomes[wish.key]]:
        await buyers[0].ask(wish)
    for buyer in buyers:
        await buyer.leave()


async def failed_over(shop: Shop, ways: Sequence[failovers.Failover], seconds: float) -> Report:
    """Let the primary fail in each of these ways under business, or for so long, and balance the books."""
    ledger, visits, pauses = Ledger(), Visits(), defaultdict[str, list[float]](list)
    end = time.monotonic() + seconds
    async with open_for_business(shop, ledger, visits) as buyers:
        for number, way in enumerate(ways, 1):
            if time.monotonic() > end:
                break
            await answered(buyers, 20)
            begun = time.monotonic()
            primary = await asyncio.to_thread(shop.cluster.settle)
            settled = time.monotonic()
            await asyncio.to_thread(way, shop.cluster, primary)
            await answered(buyers, 20)
            pause = longest_gap([at for buyer in buyers for at in buyer.told if at >= settled], settled)
            pauses[way.__name__].append(pause)
            click.echo(
                f"{number} {way.__name__}: settled in {settled - begun:.1f} s, pause {pause:.1f} s,"
                f" {sum(visits.failed.values())} reads failed, the longest took {visits.longest:.1f} s",
            )
        await asyncio.to_thread(shop.cluster.settle)
    books = await balance(shop.cluster.proxied, ledger, shop.stock)
    return Report(pauses, visits, books, len(ledger.placed()))


async def answered(buyers: Sequence[Buyer], more: int) -> None:
    """Wait until buyers were told of so many more orders."""
    goal = sum(len(buyer.told) for buyer in buyers) + more
    async with asyncio.timeout(_SECONDS_PAUSED):
        while sum(len(buyer.told) for buyer in buyers) < goal:  # noqa: ASYNC110 - a failover takes seconds
            await asyncio.sleep(0.05)


def longest_gap(times: list[float], begun: float) -> float:
    """The longest time between two of these."""
    return max(later - earlier for earlier, later in itertools.pairwise([begun, *sorted(times)]))


async def orders_lost(shop: Shop) -> int:
    """How many acknowledged orders are gone after the primary has died that no other server could follow."""
    ledger = Ledger()
    async with open_for_business(shop, ledger, Visits()) as buyers:
        await answered(buyers, _ALONE)
        primary = await asyncio.to_thread(shop.cluster.settle)
        addresses = shop.cluster.others(primary)[:-1]
        primary.leave_out(addresses)
        await answered(buyers, _ALONE)
        primary.kill()
        primary.let_in(addresses)
        await asyncio.to_thread(shop.cluster.promoted, primary)
    return (await balance(shop.cluster.proxied, ledger, shop.stock)).lost


def prove(count: int, seconds: float = math.inf) -> bool:
    """Measure, write the table, and say whether all of it holds."""
    ways = [failovers.ALL[number % len(failovers.ALL)] for number in range(count)]
    with ExitStack() as at_end:
        lost = asyncio.run(_control(at_end))
    click.echo(f"control: {lost} acknowledged orders lost")
    with ExitStack() as at_end:
        report = asyncio.run(_proven(at_end, ways, seconds))
    every = sorted(pause for pauses in report.pauses.values() for pause in pauses)
    rows: list[tuple[str, object]] = [("failovers", len(every))]
    for name, pauses in report.pauses.items():
        told = f"{statistics.median(pauses):.1f} s, {max(pauses):.1f} s"
        rows.append((f"pause of orders, {name.replace('_', ' ')} ({len(pauses)}): median, longest", told))
    failed = sum(report.visits.failed.values())
    rows += [
        ("pause of orders, all: 99th percentile", f"{every[int(len(every) * 0.99 - 0.001)]:.1f} s"),
        ("orders acknowledged", f"{report.acknowledged:,}"),
        ("of these lost", report.books.lost),
        ("keys with two orders", report.books.duplicated),
        ("other faults of the books", len(report.books.faults().keys() - {"lost", "duplicated"})),
        ("reads", f"{report.visits.count:,}"),
        ("of these failed", failed),
        ("the longest read", f"{report.visits.longest:.1f} s"),
        ("control: acknowledged orders lost where replication is asynchronous", lost),
    ]
    if len(every) >= _TOLD:
        proofs.write_table("scale", ("measured", "result"), rows, "failovers")
    else:
        proofs.table("failovers", ("measured", "result"), rows)
    if faults := report.books.faults() | dict(report.visits.failed):
        click.echo(f"faults: {faults}")
    return not report.books.faults() and not failed and lost > 0


async def _proven(at_end: ExitStack, ways: Sequence[failovers.Failover], seconds: float) -> Report:
    return await failed_over(await opened(at_end, synchronous=True), ways, seconds)


async def _control(at_end: ExitStack) -> int:
    return await orders_lost(await opened(at_end, synchronous=False))


if __name__ == "__main__":
    within("tests.prove.failovers")
    wanted = [int(word) for word in sys.argv[1:]] or [FAILOVERS]
    sys.exit(0 if prove(*wanted) else "An acknowledged order was lost, one was there twice, or a read failed.")
