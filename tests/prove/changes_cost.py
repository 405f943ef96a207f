"""Proof: with nobody listening, the change log takes at most 5 % of the throughput of writes.

    python -m tests.prove.changes_cost

Orders of two lines and edits of a price, from 16 clients in process, in turns with the log and without it.
"""

import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock

import click
from sqlalchemy import text

from app.domain import commands
from app.domain.callers import EVERYONE
from app.domain.catalogue.product_rows import insert_all
from app.domain.changes import log
from app.domain.idempotency import IdempotentRunner
from app.domain.orders import order_statement, placements
from app.domain.orders.drafts import Draft, Item
from app.domain.unit_of_work import Database, Engine, Row, Statement, Unit
from app.stores.database import open_database
from tests import proofs
from tests.catalogues import goods
from tests.databases import Databases

_CLIENTS, _PRODUCTS, _SECONDS, _TURNS = 16, 500, 2.0, 12
_MOST = 0.05
_LOGGED = "), logged AS ("
_STORED = "), stored AS ("
_DAY = 86_400_000_000
Once = Callable[[], Awaitable[object]]


class Turn(NamedTuple):
    """Writes a second, and the microseconds of CPU, of us and of the database, for each."""

    rate: float
    cpu: float


@contextmanager
def without_log() -> Iterator[None]:
    """Have writes leave nothing in the log."""

    async def effect(unit: Unit, statement: Statement, _: Any, /, **values: Any) -> Sequence[Row]:
        return await unit.all(statement, **values)

    async def effects(unit: Unit, statement: Statement, _: Any, /, by: int = 0, **values: Any) -> Sequence[Row]:
        return await unit.all(statement, **values)

    with mock.patch.multiple(log, effect=effect, effects=effects), mock.patch.object(order_statement, "PLACE", _PLAIN):
        yield


def _plain() -> Statement:
    """The statement of an order without its row of the log."""
    whole = str(order_statement.PLACE.clause)
    before, _, rest = whole.partition(_LOGGED)
    logged, _, after = rest.partition(_STORED)
    assert "INSERT INTO change " in logged
    return Statement(text(before + _STORED + after))


_PLAIN = _plain()


class Work:
    """What is measured, over one database."""

    def __init__(self, database: Database, ids: list[int]) -> None:
        self._database, self._ids = database, ids
        self._runner = IdempotentRunner(database, _DAY)

    async def order(self) -> None:
        """Place an order of two lines."""
        one, other = random.sample(self._ids, 2)
        command = placements.placing(EVERYONE.name, Draft((Item(one, 1), Item(other, 2)), "r"))
        await self._runner.run(EVERYONE, os.urandom(10).hex(), command)

    async def edit(self) -> None:
        """Change a price."""
        edit = {"price": random.randint(1, 10**8) * 100}
        await self._runner.run(EVERYONE, None, commands.change_product(random.choice(self._ids), edit, None))


async def _turn(once: Once, databases: Databases) -> Turn:
    done, end = 0, time.perf_counter() + _SECONDS

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await once()
            done += 1

    before, begun = time.process_time() + databases.cpu(), time.perf_counter()
    await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    spent = time.process_time() + databases.cpu() - before
    return Turn(done / (time.perf_counter() - begun), spent / done * 1e6)


async def _compare(databases: Databases, url: str) -> dict[str, dict[str, list[Turn]]]:
    database = open_database(url)
    drafts = [goods(f"Tea {n}", 123_400, stock=10**9) for n in range(_PRODUCTS)]
    work = Work(database, await database.write(lambda unit: insert_all(unit, drafts)))
    found: dict[str, dict[str, list[Turn]]] = {}
    for name, once in (("order", work.order), ("edit", work.edit)):
        turns = found[name] = {"with": [], "without": []}
        await _turn(once, databases)
        for number in range(_TURNS):
            for kind in (
                ("with", "without") if number % 2 else ("without", "with")
            ):  # neither has always the first place
                with without_log() if kind == "without" else mock.patch.dict({}):
                    turns[kind].append(await _turn(once, databases))
    await database.close()
    return found


def measure(databases: Databases) -> bool:
    """Measure on both engines, print the table, and say whether the log is cheap."""
    rows, held = [], True
    engines: tuple[Engine, ...] = ("sqlite", "postgresql")
    for engine in engines:
        url = databases.create(engine)
        for name, turns in asyncio.run(_compare(databases, url)).items():
            rate = {kind: statistics.median(turn.rate for turn in some) for kind, some in turns.items()}
            cpu = {kind: min(turn.cpu for turn in some) for kind, some in turns.items()}  # others disturbed it least
            pairs = zip(turns["with"], turns["without"], strict=True)
            share = 1 - statistics.median(one.rate / other.rate for one, other in pairs)
            held &= share <= _MOST
            told = [round(one[kind]) for one in (rate, cpu) for kind in ("without", "with")]
            rows.append((engine, name, *told, f"{share:.1%}"))
    head = (
        "engine",
        "write",
        "a second without the log",
        "with it",
        "µs of CPU without",
        "with",
        "throughput it takes",
    )
    proofs.table(f"The log's part of writes: {_CLIENTS} clients in process, {_TURNS} turns of each", head, rows)
    return held


if __name__ == "__main__":
    with proofs.databases() as (made, _):
        held = measure(made)
    if not held:
        click.echo(f"the log takes more than {_MOST:.0%}")
    sys.exit(not held)
