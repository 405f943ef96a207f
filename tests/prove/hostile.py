"""Proof: what one address asks, a hundred times at once, leaves the others alone, on both engines.

python -m tests.prove.hostile [SECONDS [LIMIT]]

One address sends documents and lists that cost all that a budget allows; others read a product, search, order and ask
for health meanwhile. Their 99th percentiles alone and beside it stand in the table, with the growth of memory.
"""

import asyncio
import itertools
import json
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.domain.unit_of_work import Engine
from schema.execution.plan import PARTS_OF_POINT
from tests import proofs
from tests.catalogues import fill
from tests.databases import Databases
from tests.servers import Answer, Server, Wire

_PRODUCTS, _AT_ONCE, _FACTOR, _MOST_MEMORY = 120_000, 100, 5.0, 64 * 2**20
_LEAST_MS = 5.0
"""Below this nobody tells a percentile from the machine's own noise."""
_EACH_ADDRESS = 20
"""Requests that an honest address sends: fewer points than its budget has."""
_JSON = "Content-Type: application/json\r\n"
_WHOLE = "id name price currency sku stock version createdAt updatedAt"
_PAGE = f"edges {{ cursor node {{ {_WHOLE} categories(first: 3) {{ edges {{ node {{ id name slug }} }} }} }} }}"
_DOCUMENTS = (
    f"{{ products(first: 100) {{ {_PAGE} }} }}",
    '{ products(first: 1, filter: {q: "o", inStock: true, currency: "CLF"}, sort: {by: NAME}) { totalCount } }',
    "{ " + " ".join(f'a{n}: products(filter: {{q: "made", minPrice: {n}}}) {{ totalCount }}' for n in range(20)) + " }",
    "{ categories(first: 50) { edges { node { products(first: 20, sort: {by: PRICE}) { edges { node { id } } } } } } }",
    "{ " + " ".join(f"a{n}: product(id: {n + 1}) {{ {_WHOLE} }}" for n in range(40)) + " }",
)
_LISTS = (
    "/v2/products?q=o&count=exact&inStock=true&sort=name&limit=100",
    "/v2/products?currency=CLF&sort=-updatedAt",
    "/v2/products?maxPrice=0.5&sort=name",
    "/v2/products?limit=100&category=1&category=2&sort=name",
    "/v2/products/export",
)


@asynccontextmanager
async def _from(address: str, port: int) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0), limit=2**24)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


async def _attack(port: int, seconds: float) -> None:
    """A hundred clients of one address; each sends the next costly request after an answer, and minds Retry-After."""
    end, chance = time.monotonic() + seconds, random.Random(14)

    async def client() -> None:
        while time.monotonic() < end:
            try:
                async with _from("127.0.0.2", port) as wire:
                    wire.writer.write(_expensive(chance))
                    answer = await asyncio.wait_for(wire.rest(), 60)
            except (OSError, TimeoutError):  # cut, as it may be
                continue
            if answer.startswith(b"HTTP/1.1 429 "):
                await asyncio.sleep(int(answer.lower().partition(b"retry-after: ")[2].partition(b"\r\n")[0]))

    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))


def _expensive(chance: random.Random) -> bytes:
    """An expensive request, after whose answer the connection ends."""
    end = "Host: localhost\r\nConnection: close\r\n"
    if chance.random() < 0.5:
        document = _new(chance) if chance.random() < 0.5 else chance.choice(_DOCUMENTS)
        body = json.dumps({"query": f"query q{chance.randrange(10**9)} {document}"})  # no cache knows it
        return f"POST /graphql HTTP/1.1\r\n{end}{_JSON}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    return f"GET {chance.choice(_LISTS)} HTTP/1.1\r\n{end}\r\n".encode()


def _new(chance: random.Random) -> str:
    """A document whose statement nobody has asked for, with as many lists as one point pays for."""
    below = []
    for number in range(PARTS_OF_POINT - 1):
        leaves = " ".join(chance.sample(("id", "name", "slug", "etag", "categoryId"), 3))
        below.append(f"c{number}: categories(first: 1) {{ edges {{ node {{ {leaves} }} }} }}")
    return f"{{ products(first: 1) {{ edges {{ node {{ {' '.join(below)} }} }} }} }}"


async def _honest(port: int, seconds: float, first: int) -> dict[str, list[float]]:
    """Milliseconds of each answer of those who want little, from ever other addresses."""
    end, taken = time.monotonic() + seconds, {name: [] for name in ("product", "search", "order", "livez")}  # type: ignore[var-annotated]
    for number in itertools.count(first):
        async with _from(f"127.1.{number // 250}.{number % 250 + 1}", port) as wire:
            for turn in range(_EACH_ADDRESS):
                name = tuple(taken)[turn % len(taken)]
                begun = time.perf_counter()
                answer = await _ask(wire, name, f"{number}-{turn}")
                taken[name].append(1000 * (time.perf_counter() - begun))
                assert answer.status in (200, 201), (name, answer)
                if time.monotonic() > end:
                    return taken
                await asyncio.sleep(0.005)
    return taken


async def _ask(wire: Wire, name: str, key: str) -> Answer:
    if name == "order":
        body = b'{"items": [{"productId": 3, "quantity": 1}]}'
        return await wire.ask("/v2/orders", "POST", body, f"{_JSON}Idempotency-Key: {key}\r\n")
    paths = {"product": "/v2/products/77", "search": "/v2/products?q=chair+7&limit=5", "livez": "/livez"}
    return await wire.ask(paths[name])


def _percentile(taken: list[float]) -> float:
    return sorted(taken)[int(0.99 * (len(taken) - 1))]


def prove(databases: Databases, folder: Path, engine: Engine, seconds: float, limit: str) -> list[tuple[object, ...]]:
    """A row for each question: 99th percentiles alone and beside the attack, how often that is, growth of memory."""
    url = databases.create(engine)
    fill(url, _PRODUCTS)
    with Server(url, folder / f"{engine}.log", TANDEM_RATE_LIMIT=limit) as server:
        asyncio.run(_honest(server.port, 2, 0))
        alone = asyncio.run(_honest(server.port, seconds, 500))
        before = server.memory()
        command = [sys.executable, "-m", "tests.prove.hostile", "attack", str(server.port), str(seconds + 2)]
        with subprocess.Popen(command) as attack:
            time.sleep(1)
            beside = asyncio.run(_honest(server.port, seconds, 5_000))
            grown = max(0, server.memory() - before)
            assert attack.wait() == 0
    rows: list[tuple[object, ...]] = []
    for name, taken in alone.items():
        one, other = _percentile(taken), _percentile(beside[name])
        times = other / max(one, _LEAST_MS)
        rows.append((engine, name, f"{one:.1f}", f"{other:.1f}", f"{times:.1f}", f"{grown / 2**20:.0f}"))
    return rows


def main() -> int:
    """Print the table; 1 where a promise does not hold."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    limit = sys.argv[2] if len(sys.argv) > 2 else "100/minute"
    with proofs.databases() as (databases, folder):
        rows = [row for engine in ("sqlite", "postgresql") for row in prove(databases, folder, engine, seconds, limit)]
    title = f"{_AT_ONCE} costly requests at once from one address ({limit}), {_PRODUCTS:,} products: p99 of the others"
    proofs.table(
        title, ("engine", "question", "alone, ms", "beside, ms", f"times ({_LEAST_MS:g} ms at least)", "MiB more"), rows
    )
    return any(float(str(row[4])) > _FACTOR or int(str(row[5])) * 2**20 > _MOST_MEMORY for row in rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["attack"]:
        asyncio.run(_attack(int(sys.argv[2]), float(sys.argv[3])))
    else:
        sys.exit(main())
