"""Proof: nobody who follows the change log misses a change, whatever is killed.

    python -m tests.prove.changes [CHANGES [KILLS [SECONDS]]]

Sixteen writers in four processes dawdle before they commit; three readers follow by cursor, and one by the sequence
alone, as a control. Then servers are killed among writes and deliveries of webhooks. Then the example of a consumer
keeps a copy of the catalogue for an hour, while it and the server are killed.
"""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from app.domain.changes.change_log import ChangeLog
from app.domain.changes.log import c
from app.domain.unit_of_work import Engine, Statement
from app.stores.database import open_database
from tests import proofs
from tests.changes import writers
from tests.changes.follower import BySequence, Follower, turned
from tests.databases import Databases
from tests.torture import copies, deliveries
from tests.torture.copies import Plan
from tests.torture.nursery import Nursery

_CHANGES, _KILLS, _SECONDS, _SEED = 100_000, 200, 3_600, 4
_TTL = 10
"""Seconds that changes are kept for the copy, which now and then rests for longer."""
_WRITERS, _PROCESSES = 16, 4
_SIZES = (7, 50, 100)
_DAY = 86_400_000_000
_PAUSE = 0.01
"""Seconds between two looks of the readers, which would take the CPU of the writers."""
_RECORDS = Statement(select(func.count()).select_from(c.id.table))
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


class Order(NamedTuple):
    """What readers saw of so many changes: those missed, seen twice, or turned within a subject, of all readers."""

    changes: int
    missed: int
    twice: int
    turned: int
    missed_by_sequence: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missed or self.twice or self.turned)


def write(url: str, each: int) -> list[subprocess.Popen[bytes]]:
    """Start all writers, each with so many transactions."""
    count = _WRITERS // _PROCESSES
    arguments = [(url, str(first), str(count), str(each)) for first in range(0, _WRITERS, count)]
    return [subprocess.Popen([sys.executable, "-m", "tests.changes.writers", *one]) for one in arguments]


async def follow_writers(url: str, changes: int) -> Order:
    """Write so many changes in other processes, and follow them."""
    database, begun = open_database(url), time.monotonic()
    await writers.stock_up(database)
    readers = [Follower(ChangeLog(database, _DAY), size) for size in _SIZES]
    by_sequence = BySequence(database)
    each = changes // 2 // _WRITERS
    writing = write(url, each)
    while any(process.poll() is None for process in writing):
        await asyncio.gather(*(reader.follow() for reader in (*readers, by_sequence)))
        await asyncio.sleep(_PAUSE)
    assert not any(process.returncode for process in writing)
    await asyncio.gather(*(reader.follow() for reader in (*readers, by_sequence)))
    ((records,),) = await database.read(lambda unit: unit.all(_RECORDS))
    await database.close()
    total = writers.PRODUCTS + 2 * each * _WRITERS
    return Order(
        total,
        sum(total - len({one.id for one in reader.seen}) for reader in readers),
        sum(len(reader.seen) - len({one.id for one in reader.seen}) for reader in readers),
        sum(len(turned(reader.seen)) for reader in readers),
        records - len(set(by_sequence.seen)),
        time.monotonic() - begun,
    )


def _order(databases: Databases, changes: int) -> bool:
    urls = {engine: databases.create(engine) for engine in _ENGINES}
    found = {engine: asyncio.run(follow_writers(url, changes)) for engine, url in urls.items()}
    proofs.table(
        f"{_WRITERS} writers, {len(_SIZES)} readers by cursor, one by sequence",
        ("engine", "changes", "missed", "seen twice", "turned", "missed by sequence", "seconds"),
        [(engine, *one[:-1], round(one.seconds)) for engine, one in found.items()],
    )
    control = [one.missed_by_sequence for engine, one in found.items() if engine == "postgresql"]
    return all(one.holds for one in found.values()) and all(control)


def _kills(databases: Databases, folder: Path, kills: int) -> bool:
    nursery, urls = Nursery(folder), {engine: databases.create(engine) for engine in _ENGINES}
    try:
        found = {engine: asyncio.run(deliveries.run(url, nursery, kills, _SEED)) for engine, url in urls.items()}
    finally:
        nursery.close()
    proofs.table(
        "kill -9 among writes and deliveries",
        ("engine", *(name.replace("_", " ") for name in deliveries.Found._fields)),
        [(engine, *one) for engine, one in found.items()],
    )
    return not any(one.faults() for one in found.values())


def _copy(databases: Databases, folder: Path, seconds: int) -> bool:
    found = {}
    for engine in _ENGINES:
        own = folder / engine
        own.mkdir()
        nursery, url = Nursery(own), databases.create(engine)
        plan = Plan(seconds=seconds / len(_ENGINES), ttl=_TTL, late=True, seed=_SEED)
        found[engine] = asyncio.run(copies.run(url, nursery, own, plan))
        nursery.close()
    head = ("engine", *(name.replace("_", " ") for name in copies.Found._fields))
    proofs.table(f"A copy of the catalogue, {seconds} s", head, [(engine, *one) for engine, one in found.items()])
    return not any(one.wrong for one in found.values())


def main(changes: int = _CHANGES, kills: int = _KILLS, seconds: int = _SECONDS) -> None:
    """Prove it on both engines."""
    with proofs.databases() as (databases, folder):
        held = [_order(databases, changes), _kills(databases, folder, kills), _copy(databases, folder, seconds)]
    if not all(held):
        sys.exit("not proven")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
