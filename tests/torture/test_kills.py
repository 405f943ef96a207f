"""Orders happen exactly once although the server is killed at random, the database crashes, and clients hang up."""

import asyncio
import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import click
import pytest

from app.domain.unit_of_work import Engine
from tests.conftest import Run
from tests.databases import Cluster, Databases, start
from tests.ports import free_port
from tests.servers import PATIENCE
from tests.torture import rig
from tests.torture.books import balance
from tests.torture.customers import Customer, Ledger, Wish
from tests.torture.faults import POINTS
from tests.torture.nursery import Nursery
from tests.torture.rig import Plan

KILLS = 20
SEED = 1


@pytest.fixture(scope="module")
def own_cluster(engine: Engine) -> Iterator[Cluster | None]:
    """A PostgreSQL that may crash, where that is the engine and there are binaries."""
    with ExitStack() as at_end:
        yield start(at_end) if engine == "postgresql" else None


@pytest.fixture(scope="module")
def own_databases(
    databases: Databases, own_cluster: Cluster | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Makes databases, in the cluster of our own if there is one."""
    if own_cluster is None:
        yield databases
        return
    own = Databases(tmp_path_factory.mktemp("databases"))
    own.server = own_cluster.url
    yield own
    own.close()


@pytest.fixture
def url(own_databases: Databases, engine: Engine) -> Iterator[str]:
    """A database."""
    yield from own_databases.lend(engine)


def test_kills(
    url: str, nursery: Nursery, own_cluster: Cluster | None, run: Run[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """After 20 kills of the server, and two crashes of PostgreSQL, the books balance.

    No key has two orders, no acknowledged order is lost, none is without its record, replays do not differ, stock and
    what was sold come to what there was at first, and nothing was answered that should not be.
    """
    report = run(rig.run(url, nursery, Plan(KILLS, SEED, own_cluster, crash_every=KILLS // 2)))
    with capsys.disabled():
        click.echo(f"\n{rig.line(url.partition(':')[0], report)} (seed {SEED})")
    assert report.books.faults() == {}
    assert report.books.orders > KILLS


@pytest.mark.parametrize("point", POINTS)
def test_named_points(url: str, nursery: Nursery, run: Run[Any], point: str) -> None:
    """A server that dies between claim, effect, record, commit and answer: the retry finds or makes the one order."""
    initial, ledger, port = run(rig.stock_up(url)), Ledger(), free_port()
    customer = Customer(1, port, list(initial), ledger, random.Random(SEED))
    customer.hangs_up = 0
    wish = ledger.wishes["K"] = Wish("K", [(min(initial), 3), (max(initial), 2)])
    server = nursery.start(url, port, "tests.torture.faults:die", point)
    assert not run(until_sent(customer, wish))
    assert nursery.wait(server) == signal.SIGKILL
    assert run(balance(url, ledger, initial)).orders == (point == "committed")
    server = nursery.start(url, port)
    for _ in range(5):
        run(customer.ask(wish))
    run(customer.leave())
    nursery.kill(server)
    books = run(balance(url, ledger, initial))
    assert (books.orders, books.faults()) == (1, {})
    assert ledger.firsts["K"] == (point != "committed")


@pytest.mark.postgresql
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_while_the_database_is_at_it(url: str, nursery: Nursery, run: Run[Any]) -> None:
    """A server that dies while PostgreSQL places an order in one statement: there is one order, and retries find it."""
    initial, ledger, port = run(rig.stock_up(url)), Ledger(), free_port()
    customer = Customer(1, port, list(initial), ledger, random.Random(SEED))
    customer.hangs_up = 0
    plain = [good for good in initial if not good.sku]  # an order of variants takes several statements
    wish = ledger.wishes["K"] = Wish("K", [(plain[0], 3), (plain[-1], 2)])
    server = nursery.start(url, port, "tests.torture.faults:die_sending", "")
    assert not run(until_sent(customer, wish))
    assert nursery.wait(server) == signal.SIGKILL
    server = nursery.start(url, port)
    for _ in range(5):
        run(customer.ask(wish))
    run(customer.leave())
    nursery.kill(server)
    books = run(balance(url, ledger, initial))
    assert (books.orders, books.faults()) == (1, {})


async def until_sent(customer: Customer, wish: Wish) -> bool:
    """Send a wish once the server listens; whether it is answered."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", customer.port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                await writer.wait_closed()
                return await customer.attempt(wish)


@pytest.mark.parametrize("how", ["memory", "afterwards"])
def test_the_test_bites(databases: Databases, nursery: Nursery, run: Run[Any], how: str) -> None:
    """A server that keeps its answers in memory, or stores them after the fact, duplicates orders in the same test."""
    url = databases.create("sqlite")
    plan = Plan(KILLS // 2, SEED, hook="tests.torture.faults:be_naive", argument=how)
    assert run(rig.run(url, nursery, plan)).books.duplicated > 0
