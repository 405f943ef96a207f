"""Proof: callers read what they wrote from two servers of ours over two lagging replicas, and the primary rests.

    python -m tests.prove.scale [PAIRS]

Replicas apply commits 0 to 500 ms late, a new delay each second. Each of 32 callers has a key and a product: it
writes by either protocol to either server, then reads by either protocol from either.
"""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import httpx2

from app.domain.callers import Scope
from app.stores import keys
from app.stores.database import open_database
from app.stores.migrate import migrate
from tests import catalogues, proofs
from tests.databases import Cluster, execute, start
from tests.redis_server import RedisServer
from tests.servers import Server
from tests.standbys import Standby, standby

CALLERS, PAIRS, READS_EACH, PRODUCTS = 32, 100_000, 50, 10_000
CONTROL = 400
_CARELESS = """
from app.stores.replicas import positions


async def _start(*_):
    return positions.START


positions.LastWrites.position_of = _start
"""
_MERGE = {"Content-Type": "application/merge-patch+json"}
_WRITE = "mutation($input: UpdateProductInput!) { it: updateProduct(input: $input) { product { name } } }"
_READ = "query($id: ID!) { it: product(id: $id) { name } }"
_UNAVAILABLE, _NOT_FOUND = 503, 404
_FROM_REPLICAS = 'tandem_replicable_reads_total{to="replica"}'
_FROM_PRIMARY = 'tandem_replicable_reads_total{to="primary"}'
_FROM_CACHE = "tandem_cache_hits_total"
_DOUBTS = "tandem_replica_doubts_total"


class Rig(NamedTuple):
    """A primary, its replicas, servers that read from these, one that does not, and the callers' keys.

    `uncached` servers keep no answers. The `careless` server takes any replica to have everything.
    """

    primary: Cluster
    replicas: list[Standby]
    servers: list[Server]
    uncached: list[Server]
    plain: Server
    careless: Server
    secrets: list[str]


class Shopper:
    """One caller with a product of its own. `stale` counts reads that did not show what it wrote."""

    def __init__(self, rig: Rig, n: int) -> None:
        self._servers, self._product = rig.servers, 0
        self._random = random.Random(n)
        headers = {"Authorization": f"Bearer {rig.secrets[n]}"}
        self._client = httpx2.AsyncClient(headers=headers, timeout=60)
        self.name, self.stale, self.reads = "", 0, 0

    async def write(self) -> None:
        """Give the product another name."""
        self.name = f"Chair {self._random.getrandbits(40)}"
        url = self._url()
        if self._random.random() < 0.5:
            path = f"{url}/v2/products/{self._product}"
            await self._send("PATCH", path, json={"name": self.name}, headers=_MERGE)
            return
        data = await self._ask(url, _WRITE, {"input": {"id": str(self._product), "name": self.name}})
        assert data["product"] == {"name": self.name}

    async def read(self) -> None:
        """Read it, by one of three ways."""
        url, way = self._url(), self._random.randrange(3)
        if way == 0:
            found = (await self._send("GET", f"{url}/v2/products/{self._product}")).json()
        elif way == 1:
            page = await self._send("GET", f"{url}/v2/products", params={"ids": str(self._product)})
            found = next(iter(page.json()["items"]), {})
        else:
            found = await self._ask(url, _READ, {"id": str(self._product)}) or {}
        self.reads += 1
        self.stale += found.get("name") != self.name

    async def shop(self, rounds: int, reads: int) -> None:
        """Write, then read so often; so many rounds of it."""
        async with self._client:
            made = await self._send("POST", f"{self._url()}/v2/products", json={"name": "Chair", "price": 1})
            self._product = made.json()["id"]
            for _ in range(rounds):
                await self.write()
                for _ in range(reads):
                    await self.read()

    def _url(self) -> str:
        return f"http://127.0.0.1:{self._random.choice(self._servers).port}"

    async def _ask(self, url: str, document: str, variables: dict[str, Any]) -> Any:
        answer = await self._send("POST", f"{url}/graphql", json={"query": document, "variables": variables})
        return answer.json()["data"]["it"]

    async def _send(self, method: str, url: str, **how: Any) -> httpx2.Response:
        """Send a request, again where a busy machine made the server refuse it; a stale read may find nothing."""
        while (answer := await self._client.request(method, url, **how)).status_code == _UNAVAILABLE:
            pass
        return answer if answer.status_code == _NOT_FOUND else answer.raise_for_status()


@asynccontextmanager
async def lagging(replicas: list[Standby]) -> AsyncIterator[None]:
    """Replicas that apply commits late, each second by another delay."""

    async def change() -> None:
        while True:
            for replica in replicas:
                await asyncio.to_thread(replica.delay, random.randint(0, 500))
            await asyncio.sleep(1)

    changing = asyncio.create_task(change())
    try:
        yield
    finally:
        changing.cancel()
        await asyncio.gather(changing, return_exceptions=True)


class Shopped(NamedTuple):
    """How many reads there were, how many stale ones, and which shares replicas and the cache answered."""

    reads: int
    stale: int
    replicas: float
    cached: float


async def shopped(rig: Rig, rounds: int, reads: int) -> Shopped:
    """Let each caller write, then read so often, in so many rounds; cached answers are no part of the replicas'."""
    before = _counts(rig)
    shoppers = [Shopper(rig, n) for n in range(CALLERS)]
    async with lagging(rig.replicas):
        await asyncio.gather(*(one.shop(rounds, reads) for one in shoppers))
    replica, primary, cached = (now - then for now, then in zip(_counts(rig), before, strict=True))
    count, stale = sum(one.reads for one in shoppers), sum(one.stale for one in shoppers)
    return Shopped(count, stale, replica / (replica + primary), cached / count)


def _counts(rig: Rig) -> list[float]:
    samples = (_FROM_REPLICAS, _FROM_PRIMARY, _FROM_CACHE)
    return [sum(server.metric(one) for server in rig.servers) for one in samples]


async def browse(server: Server, reads: int) -> None:
    """Read random products and pages without a key."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client:
        for _ in range(reads // 2):
            product = random.randrange(PRODUCTS) + 1
            (await client.get(f"/v2/products/{product}")).raise_for_status()
            (await client.get(f"/v2/products?limit=20&sort=-price&createdSince=2000-01-01T00:00:00Z&skus=S{product}"))


def browsed(rig: Rig, server: Server, reads: int) -> float:
    """Milliseconds of the primary's CPU for each 1,000 reads."""
    asyncio.run(browse(server, 200))
    before = rig.primary.cpu()
    asyncio.run(browse(server, reads))
    return (rig.primary.cpu() - before) * 1_000_000 / reads


@contextmanager
def rigged(folder: Path) -> Iterator[Rig]:
    """All of it, over a catalogue."""
    with ExitStack() as at_end:
        primary = start(at_end)
        assert primary, "no PostgreSQL binaries (initdb, pg_ctl)"
        migrate(primary.url)
        catalogues.fill(primary.url, PRODUCTS)
        execute(primary.url, f"SELECT setval(pg_get_serial_sequence('product_variant', 'id'), {PRODUCTS})")
        secrets = asyncio.run(_keys(primary.url))
        replicas = [standby(at_end, primary) for _ in range(2)]
        redis = RedisServer()
        at_end.callback(redis.stop)
        chosen = {"TANDEM_AUTH": "keys", "TANDEM_REDIS_URL": redis.url, "TANDEM_FILES_URL": (folder / "files").as_uri()}
        urls = {"TANDEM_DATABASE_REPLICA_URLS": ",".join(one.url for one in replicas)}
        plain = Server(primary.url, folder / "plain.log", **chosen)
        servers = [Server(primary.url, folder / f"{n}.log", **chosen, **urls) for n in range(2)]
        bare = chosen | urls | {"TANDEM_CACHE_BYTES": "0"}
        uncached = [Server(primary.url, folder / f"uncached-{n}.log", **bare) for n in range(2)]
        careless = Server(primary.url, folder / "careless.log", code=_CARELESS, **chosen, **urls)
        for server in (plain, careless, *servers, *uncached):
            at_end.callback(server.stop)
        yield Rig(primary, replicas, servers, uncached, plain, careless, secrets)


async def _keys(url: str) -> list[str]:
    database = open_database(url)
    made = [await keys.create(database, f"caller-{n}", list(Scope)) for n in range(CALLERS)]
    await database.close()
    return made


def prove(rig: Rig, pairs: int) -> bool:
    """Measure, write the table, and say whether all of it holds."""
    begun = time.monotonic()
    first = asyncio.run(shopped(rig, pairs // CALLERS, 1))
    rounds = max(pairs // CALLERS // READS_EACH, 1)
    more = asyncio.run(shopped(rig, rounds, READS_EACH))
    uncached = asyncio.run(shopped(rig._replace(servers=rig.uncached), rounds, READS_EACH))
    doubts = sum(server.metric(_DOUBTS) for server in (*rig.servers, *rig.uncached))
    control = asyncio.run(shopped(rig._replace(servers=[rig.careless]), CONTROL // CALLERS, 1))
    alone, with_replicas = browsed(rig, rig.plain, 2000), browsed(rig, rig.servers[0], 2000)
    rows = [
        ("pairs of a write and a read", f"{first.reads:,}"),
        ("stale reads among them", f"{first.stale:,}"),
        ("answered by the cache", f"{first.cached:.0%}"),
        ("of the others, by replicas", f"{first.replicas:.0%}"),
        (f"reads of callers that write once in {READS_EACH}", f"{more.reads:,}"),
        ("stale reads among them", f"{more.stale:,}"),
        ("answered by the cache", f"{more.cached:.0%}"),
        ("of the others, by replicas", f"{more.replicas:.0%}"),
        ("as many reads where nothing is cached: stale ones", f"{uncached.stale:,}"),
        ("by replicas", f"{uncached.replicas:.0%}"),
        (f"control: stale reads of {CONTROL:,} where positions are ignored", f"{control.stale:,}"),
        ("CPU of the primary for 1,000 catalogue reads, without replicas", f"{alone:.0f} ms"),
        ("the same with two replicas", f"{with_replicas:.0f} ms"),
        ("failures of Redis, after each of which the primary is read from for 15 s", f"{doubts:.0f}"),
        ("seconds in all", f"{time.monotonic() - begun:.0f}"),
    ]
    proofs.write_table("scale", ("measured", "result"), rows)
    held = first.stale + more.stale + uncached.stale == 0 < control.stale
    return held and uncached.replicas >= 0.8 and with_replicas <= 0.2 * alone


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with TemporaryDirectory(prefix="tandem-scale-") as made, rigged(Path(made)) as rig:
        sys.exit(0 if prove(rig, wanted) else "A read was stale, or the primary had too much to do.")
