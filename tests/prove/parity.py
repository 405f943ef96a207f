"""Proof: 5,000 random questions, and the pages around each answer, get the same answer from v1, v2 and GraphQL."""

import asyncio
import io
import sys
from contextlib import redirect_stderr

from app.domain.unit_of_work import Engine
from tests import proofs
from tests.contract import parity
from tests.service import Service

CASES, SEED = 5_000, 5
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


async def compared(url: str) -> parity.Compared:
    """What came of the cases that the surfaces of a fresh service answered."""
    async with Service(url, checked=False, request_timeout=600) as service:  # a busy machine is no difference
        await parity.fill(service)
        return await parity.compare(service, CASES, SEED)


def main() -> int:
    """Print what was asked, and how often the answers differed; whether they ever did."""
    nowhere = io.StringIO()  # the access log has a line for every request
    with proofs.databases() as (databases, _), redirect_stderr(nowhere):
        found = {engine: asyncio.run(compared(databases.create(engine))) for engine in ENGINES}
    rows = [
        (engine, f"{CASES:,}", f"{c.questions:,}", f"{c.refused:,}", len(c.differences)) for engine, c in found.items()
    ]
    header = ("engine", "cases", "questions with the pages around", "refused by all", "differences")
    proofs.table("5,000 random questions to v1, v2 and GraphQL: ids, order, cursors, totals, codes", header, rows)
    differences = [one for each in found.values() for one in each.differences]
    sys.stderr.write("".join(f"{one}\n" for one in differences[:5]))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
