"""Proof: 100,000 lines land in less than 64 MiB of growth; their speed, what others wait for, and the way back out.

The speed is flat: the last tenth of the lines goes at 0.8 of the first one, or faster.
"""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from app.bulk import import_files, import_runner
from app.bulk.export_files import ExportFile
from app.commands import imports
from app.domain.bulk import exports
from app.domain.bulk.exports import LeftOut
from app.domain.bulk.imports import Report
from app.domain.catalogue import product_edits, products
from app.domain.unit_of_work import Engine
from app.stores.database import open_database
from tests import lines, processes, proofs
from tests.databases import Databases

LINES, MOST = 100_000, 64 * 2**20
_FLAT = 0.8
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
_COLUMNS = ("sku", "name", "description", "price", "currency", "stock", "categories")
_BARE = f"CREATE TABLE bare (id {{id}}, {', '.join(f'{name} text' for name in _COLUMNS)})"
Rows = Sequence[tuple[str | None, ...]]


class Spent(NamedTuple):
    """Seconds: on the clock, and of the processor, by this process."""

    clock: float
    processor: float

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.clock - other.clock, self.processor - other.processor)


def now() -> Spent:
    """What has been spent so far."""
    return Spent(time.perf_counter(), time.process_time())


def rows() -> Rows:
    """The lines as the engines' own ways take them."""
    made = (lines.line(number) for number in range(LINES))
    return [tuple(None if line[name] is None else str(line[name]) for name in _COLUMNS) for line in made]


def executemany(path: Path, given: Rows) -> Spent:
    """What SQLite takes for the lines in one transaction into a bare table."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(_BARE.format(id="integer PRIMARY KEY"))
        begun = now()
        connection.execute("BEGIN")
        insert = f"INSERT INTO bare ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
        connection.executemany(insert, given)
        connection.execute("COMMIT")
        return now() - begun


async def copy(url: str, given: Rows) -> Spent:
    """What PostgreSQL takes for a COPY of the lines into a bare table."""
    connection: Any = await asyncpg.connect(url)
    await connection.execute(_BARE.format(id="bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"))
    begun = now()
    await connection.copy_records_to_table("bare", records=given, columns=_COLUMNS)
    taken = now() - begun
    await connection.close()
    return taken


class Pace:
    """How many lines had landed, and when."""

    def __init__(self) -> None:
        self._begun, self._landed = time.perf_counter(), [(0, 0.0)]

    def __call__(self, report: Report, _size: int) -> None:
        """Take in a batch."""
        lines_ = self._landed[-1][0] + report.created + report.updated + report.unchanged + len(report.bad)
        self._landed.append((lines_, time.perf_counter() - self._begun))

    def speeds(self) -> tuple[float, float]:
        """Lines a second of the first tenth and of the last one, each with the rest of its batch."""
        first = next(one for one in self._landed if one[0] >= LINES / 10)
        before, end = next(one for one in reversed(self._landed) if one[0] <= LINES * 9 / 10), self._landed[-1]
        return first[0] / first[1], (end[0] - before[0]) / (end[1] - before[1])


async def waits(url: str, file: Path) -> list[float]:
    """The seconds of another client's writes, one after the other, while `tandem import` runs."""
    database, found = open_database(url), list[float]()
    edit: product_edits.Edit = {"name": "Kettle", "price": 10_000, "stock": 0}
    kettle = await database.write(lambda unit: products.create(unit, edit))
    process = processes.start(url, "import", str(file))
    while process.poll() is None:
        begun = time.perf_counter()
        await database.write(lambda unit: products.adjust_stock(unit, kettle, 1))
        found.append(time.perf_counter() - begun)
    process.communicate()
    await database.close()
    return sorted(found)


async def there_and_back(url: str, file: Path) -> tuple[Pace, Spent, Spent, Spent]:
    """What an import takes, the same again when nothing differs, and an export."""
    database = open_database(url)
    times, paces = [now()], list[Pace]()
    imports.settle()
    for _ in range(2):
        paces.append(Pace())
        with file.open("rb") as stream:
            await import_runner.run(database, import_files.read(stream), paces[-1])
        times.append(now())
    size, file = 0, ExportFile("ndjson")
    async with database.snapshot() as snapshot:
        async for items in exports.batches(snapshot, LeftOut()):
            size += len(file.lines(items))
    times.append(now())
    await database.close()
    assert size
    return paces[0], times[1] - times[0], times[2] - times[1], times[3] - times[2]


def peak(databases: Databases, engine: Engine, file: Path) -> int:
    """The most memory that the import of a file takes, into an empty database."""
    url = databases.create(engine)
    found = processes.peak(url, "import", str(file))
    databases.drop(url)
    return found


def prove(databases: Databases, folder: Path) -> bool:
    """Measure both engines, print the table, and say whether it holds."""
    few, many = lines.write(folder / "few.ndjson", 100), lines.write(folder / "many.ndjson", LINES)
    given, told, spread, growths, flat = rows(), [], [], [], True
    for engine in ENGINES:
        url = databases.create(engine)
        bare = executemany(folder / "bare.db", given) if engine == "sqlite" else asyncio.run(copy(url, given))
        pace, created, unchanged, exported = asyncio.run(there_and_back(url, many))
        databases.drop(url)
        first, last = pace.speeds()
        flat = flat and last >= _FLAT * first
        url = databases.create(engine)
        waited = asyncio.run(waits(url, many))
        databases.drop(url)
        shares = [f"{waited[int(len(waited) * share)] * 1000:.0f} ms" for share in (0.5, 0.99)]
        spread.append((engine, f"{first:,.0f}", f"{last:,.0f}", f"{last / first:.2f}", len(waited), *shares))
        small, large = (peak(databases, engine, file) for file in (few, many))
        growths.append(growth := large - small)
        speeds = [f"{LINES / spent.clock:,.0f}" for spent in (created, unchanged, exported, bare)]
        ratios = [f"1 : {one / other:.1f}" for one, other in zip(created, bare, strict=True)]
        if engine == "postgresql":  # most is spent by the server's processes
            ratios[1] = "-"
        told.append((engine, *speeds, *ratios, f"{growth / 2**20:.1f} MiB"))
    proofs.table(
        f"{LINES:,} lines, a second: imported, imported again, exported, and the engine's own way",
        (
            *("engine", "import", "unchanged", "export", "COPY / executemany"),
            *("import : own way", "by processor time", "growth of memory"),
        ),
        told,
    )
    proofs.table(
        "Lines a second of the first and of the last tenth, and writes of another client meanwhile",
        ("engine", "first tenth", "last tenth", "ratio", "writes", "p50", "p99"),
        spread,
    )
    return flat and all(growth < MOST for growth in growths)


if __name__ == "__main__":
    with proofs.databases() as (made, folder):
        sys.exit(0 if prove(made, folder) else f"The import slowed down, or its memory grew by {MOST} bytes or more.")
