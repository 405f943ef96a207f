"""Proof: an import takes at most 10 % longer than one that does not count words for corrections.

    python -m tests.prove.word_counts [TURNS]     # 14 by default

3,291 real products (`TANDEM_TEST_DATA`) go into empty databases, with and without the counts in turns.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any, get_args

from app.bulk import import_files, import_runner
from app.domain.search import vocabulary
from app.domain.unit_of_work import Engine
from app.stores.database import open_database
from tests import proofs
from tests.databases import Databases
from tests.prove.finding import DATA

TURNS, MOST = 14, 1.10
_count = vocabulary.count


async def _count_nothing(*_: Any) -> None:
    """In place of counting words."""


async def _seconds(url: str) -> float:
    database, begun = open_database(url), time.perf_counter()
    with DATA.open("rb") as file:
        await import_runner.run(database, import_files.read(file), lambda *_: None)
    taken = time.perf_counter() - begun
    await database.close()
    return taken


def _median(databases: Databases, engine: Engine, turns: int) -> tuple[float, float]:
    """The seconds of an import with the counts, and without."""
    kinds: dict[Callable[..., Any], list[float]] = {_count: [], _count_nothing: []}
    for _ in range(turns + 1):
        for kind, seconds in kinds.items():
            vocabulary.count = kind
            url = databases.create(engine)
            seconds.append(asyncio.run(_seconds(url)))
            databases.drop(url)
    counted, uncounted = (median(seconds[1:]) for seconds in kinds.values())  # the first turn fills caches
    return counted, uncounted


def main(turns: int) -> int:
    """Measure both engines; the exit status says whether the promise holds."""
    rows, worst = [], 0.0
    gc.collect()
    gc.freeze()  # as the command does
    gc.set_threshold(50_000)
    with proofs.databases() as (databases, _):
        for engine in get_args(Engine):
            counted, uncounted = _median(databases, engine, turns)
            worst = max(worst, counted / uncounted)
            rows.append((engine, f"{counted:.3f} s", f"{uncounted:.3f} s", f"{counted / uncounted - 1:.1%}"))
    header = ("engine", "words are counted", "they are not", "longer")
    proofs.table(f"An import of 3,291 real products, median of {turns} turns", header, rows)
    return int(worst > MOST)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else TURNS))
