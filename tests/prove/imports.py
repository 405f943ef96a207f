"""Proof: 100,000 lines land in less than 64 MiB of growth; their speed beside the engines' own ways, and back out."""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from app.bulk import export_files, import_files, import_runner
from app.domain.bulk import exports
from app.domain.bulk.exports import LeftOut
from app.domain.unit_of_work import Engine
from app.stores.database import open_database
from tests import lines, processes, proofs
from tests.databases import Databases

LINES, MOST = 100_000, 64 * 2**20
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


async def there_and_back(url: str, file: Path) -> tuple[Spent, Spent, Spent]:
    """What an import takes, the same again when nothing differs, and an export."""
    database = open_database(url)
    times = [now()]
    for _ in range(2):
        with file.open("rb") as stream:
            await import_runner.run(database, import_files.read(stream), lambda *_: None)
        times.append(now())
    size = 0
    async with database.snapshot() as snapshot:
        async for items in exports.batches(snapshot, LeftOut()):
            size += len(export_files.lines("ndjson", items))
    times.append(now())
    await database.close()
    assert size
    return times[1] - times[0], times[2] - times[1], times[3] - times[2]


def peak(databases: Databases, engine: Engine, file: Path) -> int:
    """The most memory that the import of a file takes, into an empty database."""
    url = databases.create(engine)
    found = processes.peak(url, "import", str(file))
    databases.drop(url)
    return found


def prove(databases: Databases, folder: Path) -> bool:
    """Measure both engines, print the table, and say whether it holds."""
    few, many = lines.write(folder / "few.ndjson", 100), lines.write(folder / "many.ndjson", LINES)
    given, told, growths = rows(), [], []
    for engine in ENGINES:
        url = databases.create(engine)
        bare = executemany(folder / "bare.db", given) if engine == "sqlite" else asyncio.run(copy(url, given))
        created, unchanged, exported = asyncio.run(there_and_back(url, many))
        databases.drop(url)
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
    return all(growth < MOST for growth in growths)


if __name__ == "__main__":
    with proofs.databases() as (made, folder):
        sys.exit(0 if prove(made, folder) else f"The import's memory grew by {MOST} bytes or more.")
