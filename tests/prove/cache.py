"""Proof: while one process writes, another one that keeps answers never shows less than what was acknowledged before.

    python -m tests.prove.cache

A reader notes what was acknowledged of a product, asks the other process for it, and compares.
"""

import asyncio
import json
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.unit_of_work import Engine
from tests import proofs
from tests.servers import Server, wire

_READS, _READERS, _PRODUCTS, _SEED = 100_000, 16, 20, 11
_JSON = "Content-Type: application/json\r\n"
_QUERY = "query ($id: ID!) { product(id: $id) { stock } }"
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


@dataclass
class Run:
    """What was acknowledged of each product, and what came of the reads."""

    reads: int
    chance: random.Random
    acknowledged: list[int] = field(default_factory=lambda: [0] * (_PRODUCTS + 1))
    asked: int = 0
    writes: int = 0
    stale: int = 0
    hits: int = 0

    async def write(self, server: Server) -> None:
        """Raise the stock of a product at random, until all reads are done."""
        async with wire(server) as client:
            while self.asked < self.reads:
                product = self.chance.randint(1, _PRODUCTS)
                stock = self.acknowledged[product] + 1
                body = json.dumps({"stock": stock}).encode()
                answer = await client.ask(f"/v2/products/{product}", "PATCH", body, _JSON)
                assert answer.status == 200, answer
                self.acknowledged[product] = stock
                self.writes += 1
                await asyncio.sleep(self.chance.random() / 20)

    async def read(self, server: Server) -> None:
        """Read products over both protocols, and compare."""
        async with wire(server) as client:
            while self.asked < self.reads:
                self.asked += 1
                product = self.chance.randint(1, _PRODUCTS)
                known = self.acknowledged[product]
                if self.asked % 2:
                    body = (await client.ask(f"/v2/products/{product}?fields=stock")).body
                    stock = json.loads(body)["stock"]
                else:
                    question = json.dumps({"query": _QUERY, "variables": {"id": str(product)}}).encode()
                    body = (await client.ask("/graphql", "POST", question, _JSON)).body
                    stock = json.loads(body)["data"]["product"]["stock"]
                self.stale += stock < known


async def run(url: str, folder: Path, reads: int = _READS) -> Run:
    """Write in one server and read in another."""
    done = Run(reads, random.Random(_SEED))
    writer, reader = Server(url, folder / "writer.log"), Server(url, folder / "reader.log")
    try:
        async with wire(writer) as client:
            for number in range(_PRODUCTS):
                body = json.dumps({"name": f"Tea {number}", "price": 5, "stock": 0}).encode()
                assert (await client.ask("/v2/products", "POST", body, _JSON)).status == 201
        await asyncio.gather(done.write(writer), *(done.read(reader) for _ in range(_READERS)))
        done.hits = int(reader.metric("tandem_cache_hits_total"))
    finally:
        writer.stop()
        reader.stop()
    return done


def main() -> int:
    """Print a line for each engine; whether an answer was stale."""
    rows = []
    with proofs.databases() as (databases, folder):
        for engine in ENGINES:
            done = asyncio.run(run(databases.create(engine), folder))
            rows.append((engine, f"{done.asked:,}", f"{done.hits:,}", f"{done.writes:,}", done.stale))
    header = ("engine", "reads in one process", "from its cache", "writes in another", "stale")
    proofs.table("Kept answers while another process writes", header, rows)
    return int(any(row[-1] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
