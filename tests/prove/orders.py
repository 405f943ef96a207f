"""Proof: one process places at least 10 times as many orders a second, each exactly once, as the tutorial's endpoint.

    python -m tests.prove.orders            # wrk must be installed

Both take the same orders of two lines over HTTP, from 32 connections, in turns. Ours commit with FULL durability and
keep what came of every key; the tutorial's do neither. PostgreSQL's figure is told beside them.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from app.domain.catalogue.product_rows import insert_all
from app.domain.unit_of_work import Statement
from app.stores.database import open_database
from tests import proofs
from tests.catalogues import goods
from tests.databases import Databases
from tests.ports import free_port
from tests.servers import Server, until

_TURNS, _SECONDS, _CONNECTIONS = 3, 5, 32
_PRODUCTS, _LEAST = 1000, 10
_TUTORIAL = "tutorial, SQLite"
_COUNT = Statement(text("SELECT count(*) FROM purchase"))
_WRK = f"""
local turn, n = os.getenv("TURN"), 0
local line = '{{"productId": %d, "quantity": %d}}'
request = function()
    n = n + 1
    local one, other = n * 7919 % {_PRODUCTS} + 1, n * 104729 % {_PRODUCTS} + 1
    local items = line:format(one, n % 3 + 1) .. ", " .. line:format(other, 1)
    local headers = {{["Content-Type"] = "application/json", ["Idempotency-Key"] = turn .. "-" .. n}}
    return wrk.format("POST", "/v2/orders", headers, '{{"reference": "' .. n .. '", "items": [' .. items .. ']}}')
end
"""


class Place(NamedTuple):
    """Where orders are taken: a port, and the process behind it."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU that the process has had."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Turn(NamedTuple):
    """Orders that a server acknowledged: how many, how many a second, and the microseconds of its CPU for each."""

    orders: int
    a_second: float
    cpu: float


def order(place: Place, script: Path, turn: str) -> Turn:
    """Order for some seconds."""
    address, before = f"http://127.0.0.1:{place.port}", place.cpu()
    command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "-s", str(script), address]
    told = subprocess.run(
        command, env=os.environ | {"TURN": turn}, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    answers, refused = re.search(r"(\d+) requests in", told), re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    rate = re.search(r"Requests/sec: +([\d.]+)", told)
    assert answers, told
    assert rate, told
    made = int(answers[1]) - int(refused[1] if refused else 0)
    return Turn(made, float(rate[1]) * made / int(answers[1]), (place.cpu() - before) / made * 1e6)


@contextmanager
def ours(url: str, folder: Path) -> Iterator[Place]:
    """`tandem serve` over a stocked database; where it is."""

    async def stock_up() -> None:
        database, drafts = (
            open_database(url),
            [goods(f"Tea {n}", 123_400, stock=10**9) for n in range(_PRODUCTS)],
        )
        await database.write(lambda unit: insert_all(unit, drafts))
        await database.close()

    asyncio.run(stock_up())
    with Server(url, folder / "tandem.log") as server:
        yield Place(server.port, server.process.pid)


@contextmanager
def the_tutorials(folder: Path) -> Iterator[Place]:
    """The tutorial's server; where it is."""
    port, python = free_port(), sys.executable
    environment = os.environ | {"TUTORIAL_DATABASE_URL": f"sqlite:///{folder / 'tutorial.db'}"}
    subprocess.run([python, "-m", "tests.bench.tutorial", str(_PRODUCTS)], env=environment, check=True)
    command = [python, "-m", "uvicorn", "tests.bench.tutorial:app", "--port", str(port), "--no-access-log"]
    with (folder / "tutorial.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stderr=log)
    until(lambda: "running on" in (folder / "tutorial.log").read_text())
    yield Place(port, server.pid)
    server.terminate()
    server.wait()


def placed(url: str) -> int:
    """How many orders a database holds."""

    async def count() -> int:
        database = open_database(url)
        rows = await database.read(lambda unit: unit.all(_COUNT))
        await database.close()
        return int(rows[0][0])

    return asyncio.run(count())


def prove(databases: Databases, folder: Path) -> bool:
    """Measure in turns, print the table, and say whether it holds."""
    script = folder / "orders.lua"
    script.write_text(_WRK)
    urls = {"Tandem, SQLite": databases.create("sqlite")}
    with suppress(pytest.skip.Exception):
        urls["Tandem, PostgreSQL"] = databases.create("postgresql")
    found: dict[str, list[Turn]] = {name: [] for name in (_TUTORIAL, *urls)}
    with ExitStack() as servers:
        places = {_TUTORIAL: servers.enter_context(the_tutorials(folder))}
        places |= {name: servers.enter_context(ours(url, folder)) for name, url in urls.items()}
        for turn in range(_TURNS):
            for name, place in places.items():
                found[name].append(order(place, script, f"t{turn}"))
    for name, url in urls.items():
        assert placed(url) >= sum(turn.orders for turn in found[name]), "orders were acknowledged and are not there"
    best = {name: max(turn.a_second for turn in turns) for name, turns in found.items()}
    proofs.table(
        f"Orders of two lines, {_CONNECTIONS} connections, one process; the best of {_TURNS} turns of {_SECONDS} s",
        ("what", "orders/s", "times the tutorial", "µs of CPU an order", "turns"),
        [
            (
                name,
                round(best[name]),
                f"{best[name] / best[_TUTORIAL]:.1f}",
                round(min(turn.cpu for turn in turns)),
                ", ".join(f"{turn.a_second:.0f}" for turn in turns),
            )
            for name, turns in found.items()
        ],
    )
    return best["Tandem, SQLite"] >= _LEAST * best[_TUTORIAL]


if __name__ == "__main__":
    with proofs.databases() as (made, folder):
        sys.exit(not prove(made, folder))
