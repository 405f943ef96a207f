"""Proof: 5,000 random questions, and the pages around each answer, get the same answer from v1, v2 and GraphQL."""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from app.domain.unit import Engine
from tests.contract import parity
from tests.databases import Databases
from tests.service import Service

CASES, SEED = 5_000, 5
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


async def differing(url: str) -> list[parity.Difference]:
    """The cases that the surfaces of a fresh service answer differently."""
    service = Service(url, checked=False)
    logging.disable()
    try:
        await parity.fill(service)
        return await parity.differences(service, CASES, SEED)
    finally:
        await service.close()


def main() -> int:
    """Print what was asked, and how often the answers differed; whether they ever did."""
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        databases = Databases(Path(folder))
        for engine in ENGINES:
            found = asyncio.run(differing(databases.create(engine)))
            sys.stderr.write("".join(f"{one}\n" for one in found[:5]))
            sys.stdout.write(f"{engine}: {CASES} cases, {len(found)} differences\n")
            worst = max(worst, len(found))
        databases.close()
    return min(worst, 1)


if __name__ == "__main__":
    sys.exit(main())
