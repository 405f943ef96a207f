"""Proof: with nobody listening, the change log takes at most 5 % of the throughput of writes.

    python -m tests.prove.changes_cost [SECONDS]

Orders of two lines and edits of a price over HTTP, from 16 connections, in short turns on a server with the log and on
one without it, each with a database of its own. A turn takes so many seconds. What counts is the ratio of the CPU for a
write, as the median over all pairs of neighbouring turns: a busy server writes as often as its CPU allows, and whatever
else the machine does disturbs both turns of a pair alike. The ratio of their rates is told beside it.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import click
from sqlalchemy import text

from app.domain.catalogue.product_rows import insert_all
from app.domain.changes import log
from app.domain.orders import order_statement
from app.domain.unit_of_work import Engine, Row, Statement, Unit
from app.stores.database import open_database
from tests import proofs
from tests.catalogues import goods
from tests.databases import Databases
from tests.servers import Server, Wire, wire

_CLIENTS, _PRODUCTS, _SECONDS, _TURNS = 16, 500, 0.5, 40
_MOST = 0.05
_LOGGED = "), logged AS ("
_STORED = "), stored AS ("
_JSON = "Content-Type: application/json\r\n"
_WITHOUT = "from tests.prove import changes_cost; changes_cost.without_log().__enter__()"
_KINDS = {"with": "", "without": _WITHOUT}


class Turn(NamedTuple):
    """Writes a second, and the microseconds of CPU, of the server and of the database, for each."""

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


async def _order(client: Wire) -> None:
    items = [{"productId": one, "quantity": 1} for one in random.sample(range(1, _PRODUCTS + 1), 2)]
    body = json.dumps({"items": items, "reference": "r"}).encode()
    answer = await client.ask("/v2/orders", "POST", body, f"{_JSON}Idempotency-Key: {os.urandom(10).hex()}\r\n")
    assert answer.status == 201, answer


async def _edit(client: Wire) -> None:
    body = json.dumps({"price": random.randint(1, 10**8) / 100}).encode()
    answer = await client.ask(f"/v2/products/{random.randint(1, _PRODUCTS)}", "PATCH", body, _JSON)
    assert answer.status == 200, answer


_WRITES = {"order": _order, "edit": _edit}


class Sides:
    """A server with the log and one without it, and connections to both."""

    def __init__(self, servers: Mapping[str, Server], databases: Databases) -> None:
        self._servers, self._databases = servers, databases
        self._clients: dict[str, list[Wire]] = {}

    async def connect(self, stack: AsyncExitStack) -> None:
        """Open the connections."""
        for kind, server in self._servers.items():
            opened = [await stack.enter_async_context(wire(server)) for _ in range(_CLIENTS)]
            self._clients[kind] = opened

    async def turn(self, kind: str, write: Callable[[Wire], Any], seconds: float) -> Turn:
        """Have all clients of a side write for so long."""
        done, begun = 0, time.perf_counter()

        async def work(client: Wire) -> None:
            nonlocal done
            while time.perf_counter() < begun + seconds:
                await write(client)
                done += 1

        before = self._cpu(kind)
        await asyncio.gather(*map(work, self._clients[kind]))
        return Turn(done / (time.perf_counter() - begun), (self._cpu(kind) - before) / done * 1e6)

    def _cpu(self, kind: str) -> float:
        return self._servers[kind].cpu() + self._databases.cpu()


async def _compare(sides: Sides, seconds: float) -> dict[str, dict[str, list[Turn]]]:
    found: dict[str, dict[str, list[Turn]]] = {}
    async with AsyncExitStack() as stack:
        await sides.connect(stack)
        for name, write in _WRITES.items():
            turns = found[name] = {kind: [] for kind in _KINDS}
            for kind in _KINDS:
                await sides.turn(kind, write, seconds)
            for number in range(_TURNS):
                for kind in list(_KINDS)[:: 1 if number % 2 else -1]:  # neither has always the first place
                    turns[kind].append(await sides.turn(kind, write, seconds))
    return found


def _serve(databases: Databases, engine: Engine, folder: Path, kind: str, code: str) -> Server:
    url = databases.create(engine)

    async def fill() -> None:
        database = open_database(url)
        drafts = [goods(f"Tea {n}", 123_400, stock=10**9) for n in range(_PRODUCTS)]
        await database.write(lambda unit: insert_all(unit, drafts))
        await database.close()

    asyncio.run(fill())
    return Server(url, folder / f"{engine}-{kind}.log", code=code)


def measure(databases: Databases, folder: Path, seconds: float) -> bool:
    """Measure on both engines, print the table, and say whether the log is cheap."""
    rows, held = [], True
    engines: tuple[Engine, ...] = ("sqlite", "postgresql")
    for engine in engines:
        servers = {kind: _serve(databases, engine, folder, kind, code) for kind, code in _KINDS.items()}
        for name, turns in asyncio.run(_compare(Sides(servers, databases), seconds)).items():
            rate = {kind: statistics.median(turn.rate for turn in some) for kind, some in turns.items()}
            cpu = {kind: statistics.median(turn.cpu for turn in some) for kind, some in turns.items()}
            pairs = list(zip(turns["with"], turns["without"], strict=True))
            of_rate = 1 - statistics.median(one.rate / other.rate for one, other in pairs)
            of_cpu = 1 - statistics.median(other.cpu / one.cpu for one, other in pairs)
            held &= of_cpu <= _MOST
            told = [round(one[kind]) for one in (rate, cpu) for kind in ("without", "with")]
            rows.append((engine, name, *told, f"{of_rate:.1%}", f"{of_cpu:.1%}"))
        for server in servers.values():
            server.stop()
    head = (
        "engine",
        "write",
        "a second without the log",
        "with it",
        "µs of CPU without",
        "with",
        "of the rate",
        "of the CPU",
    )
    proofs.table(f"The log's part of writes over HTTP: {_CLIENTS} connections, {_TURNS} turns of each", head, rows)
    return held


if __name__ == "__main__":
    with proofs.databases() as (made, where):
        held = measure(made, where, float(sys.argv[1]) if len(sys.argv) > 1 else _SECONDS)
    if not held:
        click.echo(f"the log takes more than {_MOST:.0%}")
    sys.exit(not held)
