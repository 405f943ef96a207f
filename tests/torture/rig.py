"""The rig: a server that is killed again and again among its customers, and a database that crashes."""

import asyncio
import json
import random
import time
from typing import Any, NamedTuple

from app.domain.catalogue.product_rows import insert_all, stored
from app.stores.database import open_database
from tests.catalogues import goods
from tests.databases import Cluster
from tests.ports import free_port
from tests.torture.books import Books, balance
from tests.torture.customers import Customer, Good, Ledger
from tests.torture.nursery import Nursery

CUSTOMERS = 12
STOCKS = (10_000_000, 10_000_000, 10_000_000, 500, 50)
"""What products with one variant begin with: some last, some sell out."""
STOCKS_OF_VARIANTS = (10_000_000, 500, 50, 10_000_000)
"""What the variants of one product begin with."""
_ASKED_AGAIN = 200


class Plan(NamedTuple):
    """How often the server is killed, after how many kills the database crashes, and what is done to the server."""

    kills: int
    seed: int
    cluster: Cluster | None = None
    crash_every: int = 0
    hook: str = ""
    argument: str = ""
    answers: int = 40
    """The most answers between two kills."""


class Report(NamedTuple):
    """What a run was, and what its books say."""

    kills: int
    crashes: int
    keys: int
    answers: int
    seconds: float
    books: Books


async def stock_up(url: str) -> dict[Good, int]:
    """Make the products; the stock of all that is sold."""
    database = open_database(url)
    drafts = [goods(f"Tea {n}", 12_3400, stock=stock) for n, stock in enumerate(STOCKS)]
    drafts.append(goods("Cup", 12_3400, options=_sizes(len(STOCKS_OF_VARIANTS)), variants=_variants()))
    ids = await database.write(lambda unit: insert_all(unit, drafts))
    found = await database.read(lambda unit: stored(unit, ids, lock=False))
    await database.close()
    return {
        Good(one.id, product_id, one.sku or ""): one.stock or 0
        for product_id, product in sorted(found.items())
        for one in product.draft.variants
    }


def _sizes(count: int) -> str:
    return json.dumps([{"name": "Size", "values": [f"{n}" for n in range(count)]}])


def _variants() -> list[dict[str, Any]]:
    return [
        {"sku": f"CUP-{n}", "stock": stock, "options": {"Size": f"{n}"}} for n, stock in enumerate(STOCKS_OF_VARIANTS)
    ]


async def run(url: str, nursery: Nursery, plan: Plan) -> Report:
    """Kill the server as planned, then ask for what came of the wishes, and balance the books."""
    begun, rng = time.monotonic(), random.Random(plan.seed)
    initial, ledger, port = await stock_up(url), Ledger(), free_port()
    customers = [Customer(n, port, list(initial), ledger, random.Random(rng.random())) for n in range(CUSTOMERS)]
    crashes = 0
    async with asyncio.TaskGroup() as shopping:
        for customer in customers:
            shopping.create_task(customer.run())
        for kill in range(plan.kills):
            server = nursery.start(url, port, plan.hook, plan.argument)
            await _answers(ledger, rng.randint(1, plan.answers))
            if plan.cluster and plan.crash_every and kill % plan.crash_every == plan.crash_every - 1:
                plan.cluster.crash()
                await asyncio.to_thread(plan.cluster.start)
                await _answers(ledger, plan.answers)
                crashes += 1
            await asyncio.sleep(rng.random() / 200)  # not always just after an answer
            nursery.kill(server)
        server = nursery.start(url, port, plan.hook, plan.argument)
        for customer in customers:
            customer.over = True
    await _ask_again(customers, ledger, rng)
    for customer in customers:
        await customer.leave()
    nursery.kill(server)
    books = await balance(url, ledger, initial)
    return Report(plan.kills, crashes, len(ledger.wishes), ledger.answers, time.monotonic() - begun, books)


async def _answers(ledger: Ledger, more: int, seconds: float = 60) -> None:
    """Wait for so many more answers."""
    goal = ledger.answers + more
    async with asyncio.timeout(seconds), ledger.progress:
        await ledger.progress.wait_for(lambda: ledger.answers >= goal)


async def _ask_again(customers: list[Customer], ledger: Ledger, rng: random.Random) -> None:
    """Ask for what nobody knows the end of, and for some of what is known."""
    unknown = [wish for wish in ledger.wishes.values() if not ledger.outcomes[wish.key]]
    known = [wish for wish in ledger.wishes.values() if ledger.outcomes[wish.key]]
    wishes = unknown + rng.sample(known, min(len(known), _ASKED_AGAIN))

    async def ask(customer: Customer) -> None:
        while wishes:
            await customer.ask(wishes.pop())

    async with asyncio.timeout(600):
        await asyncio.gather(*map(ask, customers))


def line(name: str, report: Report) -> str:
    """A report in a line."""
    kills, crashes, keys, answers, seconds, books = report
    told = f"{name}: {kills} kills, {crashes} database crashes, {keys} keys, {answers} answers, {books.orders} orders"
    end = f"FAULTS {books.faults()}" if books.faults() else "every order exactly once"
    return f"{told} in {seconds:.0f} s; {end}"
