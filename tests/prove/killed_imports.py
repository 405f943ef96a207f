"""Proof: an import whose server is killed 20 times comes to the catalogue of one that nobody disturbs.

    python -m tests.prove.killed_imports

`tests/server/test_imports_killed.py` is the short form.
"""

import random
import sys
import time
from pathlib import Path

from app.domain.unit_of_work import Engine
from tests import killed_imports, proofs
from tests.databases import Databases

LINES, KILLS = 60_000, 20
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


def prove(databases: Databases, folder: Path, engine: Engine) -> tuple[object, ...]:
    """Both imports on one engine; the last cell is the number of things that differ."""
    file = folder / "catalogue.ndjson"
    killed_imports.write(file, LINES)
    begun = time.monotonic()
    whole = killed_imports.undisturbed(databases.create(engine), folder / f"{engine}-quiet", file, 600.0)
    between = time.monotonic()
    resumed, landed = killed_imports.killed(
        databases.create(engine), folder / f"{engine}-killed", file, KILLS, random.Random(21)
    )
    seconds = (between - begun, time.monotonic() - between)
    products = len(set(whole.catalogue) ^ set(resumed.catalogue)) + abs(len(whole.catalogue) - len(resumed.catalogue))
    differ = products + (whole.counts != resumed.counts) + (whole.problems != resumed.problems)
    killed_at = f"{landed[0]:,} to {landed[-1]:,}"
    counts = whole.counts
    return (
        *(engine, f"{LINES:,}", KILLS, killed_at, f"{counts['created']:,}", counts["bad"]),
        *(f"{one:.0f}" for one in seconds),
        differ,
    )


def main() -> int:
    """Print the table; the exit status says whether nothing differs."""
    with proofs.databases() as (databases, folder):
        rows = [prove(databases, folder, engine) for engine in ENGINES]
    header = ("engine", "lines", "kills", "after lines", "products", "bad", "s undisturbed", "s killed", "differences")
    proofs.table("kill -9 during an import over HTTP", header, rows)
    return int(any(row[-1] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
