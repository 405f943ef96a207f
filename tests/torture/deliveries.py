"""Writes to a server that is killed among them, and the webhook that tells of them.

Each acknowledged write stands in the log once, and is delivered, signed, in the order of its subject.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2
import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.domain.webhooks import queue
from app.server import webhook_sender
from tests.ports import free_port
from tests.servers import PATIENCE
from tests.torture.nursery import Nursery

WRITERS = 4
"""Clients that write at the same time."""
_HOOK = "tests.torture.deliveries:hurry"
_HERE = "127.0.0.1"
_REFUSED, _CUT = 0.1, 0.15
"""Of all attempts, so many are refused, and so many more get no answer."""
Write = tuple[str, int, int]
"""The type of a change, the id of its product, and the version afterwards."""


def hurry(_: str) -> None:
    """Have a server deliver to this machine, and wait for milliseconds instead of seconds."""
    os.environ["TANDEM_WEBHOOK_HOSTS"] = _HERE
    webhook_sender._SECONDS_BETWEEN = webhook_sender._SECONDS_WITHOUT = 0.02  # noqa: SLF001 - in a process of its own
    webhook_sender.FIRST_DELAY = 20_000
    queue.LEASE = 1_000_000


class Found(NamedTuple):
    """What a run was, and what is wrong after it; `repeated` messages came more than once."""

    kills: int
    acknowledged: int
    messages: int
    requests: int
    repeated: int
    lost: int
    logged_twice: int
    unasked: int
    undelivered: int
    unsigned: int
    differing: int
    turned: int

    def faults(self) -> dict[str, int]:
        """All that is not zero, and should be."""
        return {name: n for name, n in self._asdict().items() if n and name in Found._fields[5:]}


class Endpoint:
    """Takes messages, verifies them, and answers as the internet does. `bodies` are the first ones, in their order."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.secret, self.port = "", 0
        self.requests = Counter[str]()
        self.bodies: dict[str, bytes] = {}
        self.unsigned = self.differing = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while this lasts."""
        server = await asyncio.start_server(self._serve, _HERE, 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            _, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(fields["content-length"]))
        except (asyncio.IncompleteReadError, ConnectionError):  # the server was killed while it sent
            writer.transport.abort()
            return
        self._take(fields, body)
        chance = self._rng.random()
        if not _REFUSED < chance < _CUT:
            status = "503 Busy" if chance < _REFUSED else "204 No Content"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    def _take(self, fields: dict[str, str], body: bytes) -> None:
        try:
            Webhook(self.secret).verify(body, fields)
        except WebhookVerificationError:
            self.unsigned += 1
            return
        name = fields["webhook-id"]
        self.requests[name] += 1
        self.differing += self.bodies.setdefault(name, body) != body

    def turned(self) -> int:
        """How many messages came first after a later one of their subject."""
        newest = Counter[int]()
        found = 0
        for body in self.bodies.values():
            _, product, version = _write(msgspec.json.decode(body)["data"])
            found += version < newest[product]
            newest[product] = version
        return found


class Writer:
    """Makes and edits products, each by a request that it repeats until it is acknowledged."""

    def __init__(self, number: int, port: int) -> None:
        self._number = number
        self._http = httpx2.AsyncClient(base_url=f"http://{_HERE}:{port}", timeout=PATIENCE)
        self.acknowledged: list[Write] = []
        self.over = False

    async def run(self) -> None:
        """Write until it is over."""
        wish = 0
        while not self.over:
            made = await ask(self._http, "POST", "/v2/products", f"{self._number}-{wish}", {"name": "Tea", "price": 1})
            self.acknowledged.append(("product.created", made["id"], made["version"]))
            for price in (2, 3):
                key = f"{self._number}-{wish}-{price}"
                edited = await ask(self._http, "PATCH", f"/v2/products/{made['id']}", key, {"price": price})
                self.acknowledged.append(("product.updated", made["id"], edited["version"]))
            wish += 1
        await self._http.aclose()


async def ask(http: httpx2.AsyncClient, method: str, path: str, key: str, members: dict[str, Any]) -> Any:
    """What a request is answered, however often it has to be sent."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                answer = await http.request(method, path, json=members, headers={"idempotency-key": key})
            except httpx2.HTTPError:  # the server is gone
                await asyncio.sleep(0.01)
                continue
            if answer.is_success:
                return answer.json()
            assert answer.json()["code"] in ("idempotency_key_in_use", "unavailable"), answer.text


async def run(url: str, nursery: Nursery, kills: int, seed: int) -> Found:
    """Kill the server so often among writes and deliveries, let it deliver the rest, and compare."""
    rng, port = random.Random(seed), free_port()
    endpoint = Endpoint(rng)
    async with endpoint.serving(), httpx2.AsyncClient(base_url=f"http://{_HERE}:{port}", timeout=PATIENCE) as http:
        server = nursery.start(url, port, _HOOK)
        wanted = {"url": f"http://{_HERE}:{endpoint.port}/hook"}
        endpoint.secret = (await ask(http, "POST", "/v2/webhooks", "hook", wanted))["secret"]
        writers = [Writer(number, port) for number in range(1, WRITERS + 1)]
        async with asyncio.TaskGroup() as writing:
            for writer in writers:
                writing.create_task(writer.run())
            for _ in range(kills):
                await _progress(writers, endpoint, rng.randint(1, 40))
                await asyncio.sleep(rng.random() / 200)  # not always just after an answer
                nursery.kill(server)
                server = nursery.start(url, port, _HOOK)
            for writer in writers:
                writer.over = True
        logged = await _logged(http)
        async with asyncio.timeout(2 * PATIENCE):
            while not logged.keys() <= endpoint.bodies.keys():
                await asyncio.sleep(0.05)
        nursery.kill(server)
    acknowledged = Counter(write for writer in writers for write in writer.acknowledged)
    return _compared(kills, acknowledged, logged, endpoint)


async def _progress(writers: list[Writer], endpoint: Endpoint, more: int) -> None:
    """Wait for so many more answers and messages."""

    def done() -> int:
        return sum(len(writer.acknowledged) for writer in writers) + endpoint.requests.total()

    goal = done() + more
    async with asyncio.timeout(PATIENCE):
        while done() < goal:
            await asyncio.sleep(0.002)


async def _logged(http: httpx2.AsyncClient) -> dict[str, Write]:
    """The whole log: what was written, by the ids of its messages."""
    found: dict[str, Write] = {}
    after, more = "", True
    while more:
        page = (await http.get(f"/v2/changes?limit=100{after}")).json()
        found |= {f"change-{one['id'].replace('.', '-')}": _write(one) for one in page["items"]}
        after, more = f"&after={page['nextCursor']}", page["hasMore"]
    return found


def _write(change: dict[str, Any]) -> Write:
    return change["type"], change["subject"]["id"], change["version"]


def _compared(kills: int, acknowledged: Counter[Write], logged: dict[str, Write], endpoint: Endpoint) -> Found:
    written = Counter(logged.values())
    return Found(
        kills=kills,
        acknowledged=acknowledged.total(),
        messages=len(endpoint.bodies),
        requests=endpoint.requests.total(),
        repeated=sum(count > 1 for count in endpoint.requests.values()),
        lost=(acknowledged - written).total(),
        logged_twice=sum(count - 1 for count in written.values()),
        unasked=(written - acknowledged).total(),
        undelivered=len(logged.keys() - endpoint.bodies.keys()),
        unsigned=endpoint.unsigned,
        differing=endpoint.differing,
        turned=endpoint.turned(),
    )
