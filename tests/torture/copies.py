"""The example of a consumer (`openapi/sdks/python/catalogue_copy.py`) beside a server; both are killed among writes."""

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx2

from app.domain.changes.places import Place
from tests.ports import free_port
from tests.servers import PATIENCE
from tests.torture.nursery import Nursery

EXAMPLE = Path(__file__).parent.parent.parent / "openapi" / "sdks" / "python" / "catalogue_copy.py"
_HOOK = "tests.torture.copies:forget_soon"
_LONG_AGO = Place(id=1, at=1).cursor
_LIST = "/v2/products?limit=100&include=attributes,images,options,variants"


def forget_soon(ttl: str) -> None:
    """Have a server keep changes for so many seconds."""
    os.environ["TANDEM_CHANGES_TTL"] = ttl


class Found(NamedTuple):
    """What a run was: in `wrong` rounds the copy did not become equal to the catalogue."""

    rounds: int
    writes: int
    products: int
    server_kills: int
    copy_kills: int
    whole_reads: int
    wrong: int


class Consumer:
    """The example in a process of its own."""

    def __init__(self, port: int, folder: Path) -> None:
        self._address, self._folder = f"http://127.0.0.1:{port}", folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is None:
            command = [sys.executable, str(EXAMPLE), self._address, str(self._folder / "copy.db")]
            with (self._folder / "consumer.log").open("ab") as log:
                self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def products(self) -> list[dict[str, Any]]:
        """What the copy holds."""
        with closing(sqlite3.connect(self._folder / "copy.db")) as copy:
            try:
                return [json.loads(row[0]) for row in copy.execute("SELECT members FROM product ORDER BY id")]
            except sqlite3.OperationalError:  # it has no tables yet
                return []

    def be_late(self) -> None:
        """Have its cursor expire, while it does not run."""
        with closing(sqlite3.connect(self._folder / "copy.db")) as copy, copy:
            copy.execute("UPDATE place SET cursor = ?", (_LONG_AGO,))

    def whole_reads(self) -> int:
        """How often it read everything."""
        return (self._folder / "consumer.log").read_text().count("read the whole catalogue")


class Shop:
    """A server that is killed and comes back, and one who writes to it."""

    def __init__(self, url: str, nursery: Nursery, rng: random.Random, ttl: int) -> None:
        self.port, self._nursery, self._rng = free_port(), nursery, rng
        self._started = (url, self.port, _HOOK, str(ttl))
        self._http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE)
        self._ids: list[int] = []
        self.writes = 0
        self._pid = nursery.start(*self._started)

    async def write_some(self, most: int) -> None:
        """Write as often as chance will have it."""
        await self.write(self._rng.randint(1, most))

    async def write(self, count: int) -> None:
        """Create, edit, sell and delete products."""
        for _ in range(count):
            self.writes += 1
            chance, price = self._rng.random(), self._rng.randint(1, 99)
            if chance < 0.3 or not self._ids:
                members = {"name": f"Tea {self.writes}", "price": price, "stock": 9, "tags": ["green"]}
                self._ids.append((await self.ask("POST", "/v2/products", members))["id"])
                continue
            path = f"/v2/products/{self._rng.choice(self._ids)}"
            if chance < 0.8:
                await self.ask("PATCH", path, {"price": price})
            elif chance < 0.9:
                await self.ask("POST", f"{path}/stock-adjustments", {"delta": 1})
            else:
                await self.ask("DELETE", path)
                self._ids.remove(int(path.rpartition("/")[2]))

    async def ask(self, method: str, path: str, members: Any = None) -> Any:
        """What a request is answered, once the server is there."""
        key = {"idempotency-key": f"{self.writes}"} if method != "GET" else {}
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    answer = await self._http.request(method, path, json=members, headers=key)
                except httpx2.HTTPError:
                    await asyncio.sleep(0.01)
                    continue
                if answer.is_success:
                    return answer.json() if answer.content else None
                assert answer.status_code in (409, 503), answer.text

    def restart(self) -> None:
        """Kill the server, and start it again."""
        self._nursery.kill(self._pid)
        self._pid = self._nursery.start(*self._started)

    async def products(self) -> list[dict[str, Any]]:
        """The whole catalogue."""
        found, path = [], _LIST
        while path:
            page = await self.ask("GET", path)
            found += page["items"]
            path = page["links"]["next"]
        return found

    async def close(self) -> None:
        """End the server."""
        await self._http.aclose()
        self._nursery.kill(self._pid)


class Plan(NamedTuple):
    """How many rounds there are, or for how many seconds; changes are kept for `ttl` seconds.

    `late`: now and then the copy rests for longer, else its cursor is set back.
    """

    rounds: int = 0
    seconds: float = 0
    ttl: int = 604_800
    late: bool = False
    seed: int = 1


async def run(url: str, nursery: Nursery, folder: Path, plan: Plan) -> Found:
    """Write in rounds, and compare the copy after each."""
    rng, begun = random.Random(plan.seed), time.monotonic()
    shop, done, wrong = Shop(url, nursery, rng, plan.ttl), 0, 0
    consumer, kills = Consumer(shop.port, folder), [0, 0]
    try:
        await shop.write(3)
        consumer.start()
        wrong += not await _equal(shop, consumer)
        while done < plan.rounds or time.monotonic() - begun < plan.seconds:
            await _round(done, shop, consumer, kills, plan)
            wrong += not await _equal(shop, consumer)
            done += 1
        return Found(done, shop.writes, len(await shop.products()), *kills, consumer.whole_reads(), wrong)
    finally:
        consumer.kill()
        await shop.close()


async def _round(number: int, shop: Shop, consumer: Consumer, kills: list[int], plan: Plan) -> None:
    """Write, while the server, the copy or both end."""
    await shop.write_some(40)
    if number % 3 != 1:
        consumer.kill()
        kills[1] += 1
        await shop.write_some(20)
    if number % 3 != 0:
        shop.restart()
        kills[0] += 1
    if number % 6 == 2 and plan.late:
        await asyncio.sleep(plan.ttl + 0.5)
    elif number % 6 == 2:
        consumer.be_late()
    consumer.start()
    await shop.write_some(20)


async def _equal(shop: Shop, consumer: Consumer) -> bool:
    """Whether the copy becomes equal to the catalogue, which nobody writes to now."""
    expected, begun = await shop.products(), time.monotonic()
    while consumer.products() != expected:
        if time.monotonic() - begun > PATIENCE:
            return False
        await asyncio.sleep(0.05)
    return True
