"""Proof: two workers spend no more CPU on a read than one does.

    python -m tests.prove.workers [ROUNDS]

Reads of random products arrive at fixed rates, on 16 connections; no answer is cached. In each round, both servers get
each rate once, in turn. The more a worker has to do, the less each read costs, since it is woken more rarely. So the
load is the same in all, or the same for each worker.
"""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from app.stores.migrate import migrate
from tests import catalogues, proofs
from tests.databases import start
from tests.servers import Server, wire

ROUNDS, SECONDS, CONNECTIONS, PRODUCTS = 7, 4, 16, 10_000
RATES = (200, 400)
MOST = 1.1
"""The most that two workers may spend, as a multiple of what one does."""


async def _read(server: Server, rate: int) -> int:
    """Read random products at a rate; how many answers there were."""
    begun = time.monotonic()

    async def visit(n: int) -> int:
        async with wire(server) as visitor:
            for turn in range(n, rate * SECONDS, CONNECTIONS):
                await asyncio.sleep(begun + turn / rate - time.monotonic())
                answer = await visitor.ask(f"/v2/products/{random.randint(1, PRODUCTS)}")
                assert answer.status == 200, answer
            return len(range(n, rate * SECONDS, CONNECTIONS))

    return sum(await asyncio.gather(*map(visit, range(CONNECTIONS))))


def cost(server: Server, rate: int) -> float:
    """Milliseconds of the server's CPU a read."""
    before = server.cpu()
    answers = asyncio.run(_read(server, rate))
    return (server.cpu() - before) / answers * 1000


def prove(servers: Sequence[Server], rounds: int) -> bool:
    """Measure, write the table, and say whether it holds."""
    one, two = servers
    pairs = [*((rate, rate) for rate in RATES), (RATES[0], 2 * RATES[0])]
    costs = [[(cost(one, alone), cost(two, both)) for alone, both in pairs] for _ in range(rounds)]
    rows: list[tuple[str, ...]] = []
    ratios: list[float] = []
    for (alone, both), measured in zip(pairs, zip(*costs, strict=True), strict=True):
        ratios.append(median(second / first for first, second in measured))
        first, second = (median(figures) for figures in zip(*measured, strict=True))
        rows.append((f"{alone}, {both}", f"{first:.2f} ms", f"{second:.2f} ms", f"{ratios[-1]:.2f}"))
    header = ("reads a second: one worker, two", "CPU of one worker a read", "of two workers", "median of the ratios")
    proofs.write_table("scale", header, rows, proof="workers")
    return max(ratios) <= MOST


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with TemporaryDirectory(prefix="tandem-workers-") as made, ExitStack() as at_end:
        folder = Path(made)
        primary = start(at_end)
        assert primary, "no PostgreSQL binaries (initdb, pg_ctl)"
        migrate(primary.url)
        catalogues.fill(primary.url, PRODUCTS)
        servers = [
            Server(primary.url, folder / f"{n}.log", "--workers", str(n), TANDEM_CACHE_BYTES="0") for n in (1, 2)
        ]
        for server in servers:
            at_end.callback(server.stop)
        sys.exit(0 if prove(servers, wanted) else "Two workers spend more on a read than one.")
