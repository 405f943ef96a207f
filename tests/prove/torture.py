"""Orders happen exactly once through 1,000 kills of the server an engine, and through crashes of PostgreSQL.

`python -m tests.prove.torture [KILLS [SEED]]`; without a seed it is another one each time, and is told.
"""

import asyncio
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.databases import Databases, start
from tests.torture import rig
from tests.torture.nursery import Nursery
from tests.torture.rig import Plan

_KILLS = 1000
_BETWEEN_CRASHES = 100


def main(kills: int = _KILLS, seed: int = 0) -> None:
    """Prove it on both engines."""
    seed = seed or secrets.randbelow(2**32)
    click.echo(f"seed {seed}")
    with ExitStack() as at_end:
        folder = Path(at_end.enter_context(TemporaryDirectory(prefix="tandem-torture-")))
        cluster, databases = start(at_end), Databases(folder)
        at_end.callback(databases.close)
        plans = {"sqlite": Plan(kills, seed)}
        if cluster:
            databases.server = cluster.url
            plans["postgresql"] = Plan(kills, seed, cluster, _BETWEEN_CRASHES)
        nursery, reports = Nursery(folder), {}
        at_end.callback(nursery.close)
        for engine, plan in plans.items():
            reports[engine] = asyncio.run(rig.run(databases.create(engine), nursery, plan))
            click.echo(rig.line(engine, reports[engine]))
    if any(report.books.faults() for report in reports.values()) or len(reports) < 2:
        sys.exit("not proven")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
