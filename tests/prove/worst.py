"""Proof: no valid request takes more than 60 ms of CPU a point and 20 ms, holds the loop, or has over 8 MiB.

    python -m tests.prove.worst [SECONDS]     # for each engine and protocol; an hour in all by default

A genetic search breeds GraphQL documents and REST requests for CPU a point, for the longest time between two awaits,
and for bytes a point, on 120,000 products, of which some have the most of everything. CPU is that of the process, its
threads and the database's processes. Time between awaits is CPU of the loop's thread, and of the garbage collector in
any thread, as it stops all of them.
"""

import asyncio
import gc
import json
import os
import pickle
import sys
import time
from asyncio import events
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from starlette.types import Message, Scope

from app import main as application
from app.domain.unit_of_work import Engine
from app.middleware import rate_limit
from app.observability import logs
from app.rate_limiting.budget import Budget
from app.rate_limiting.limits import Rates
from app.settings import Settings
from tests import proofs
from tests.catalogues import fill
from tests.rest.random_requests import Requests, target
from tests.rich_products import enrich
from tests.schema.trees import Breeder, written

T = TypeVar("T")
SEED, PRODUCTS, KEPT = 3, 120_000, 12
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
MILLISECONDS_A_POINT, MILLISECONDS, SLICE, BYTES = 60.0, 20.0, 20.0, 8 * 2**20


class Sent(NamedTuple):
    """A request: its target, and the body of a POST."""

    target: str
    body: bytes | None = None


class Measured(NamedTuple):
    """What a request took, the first time and again; times in milliseconds of CPU.

    `collection` is the longest garbage collection meanwhile, of what earlier requests left, too.
    """

    status: int
    points: int
    cpu: float
    slice: float
    bytes: int
    collection: float

    @property
    def excess(self) -> float:
        """CPU a point, past what every request may take."""
        return (self.cpu - MILLISECONDS) / self.points

    @property
    def density(self) -> float:
        """Bytes a point."""
        return self.bytes / self.points if self.status == 200 else 0.0


GOALS: dict[str, Callable[[Measured], float]] = {
    "CPU": lambda one: one.excess,
    "slice": lambda one: one.slice,
    "bytes": lambda one: one.density,
}


class Watch:
    """The longest that one callback took on the loop's thread, or one collection on any, in milliseconds of its CPU."""

    def __init__(self) -> None:
        self.longest = self.collection = 0.0
        self._collecting = 0.0
        gc.callbacks.append(self._collected)
        run = events.Handle._run  # noqa: SLF001 - a loop has no hook for it

        def timed(handle: events.Handle) -> None:
            begun = time.thread_time()
            run(handle)
            self.longest = max(self.longest, (time.thread_time() - begun) * 1000)

        events.Handle._run = timed  # type: ignore[method-assign] # noqa: SLF001

    def _collected(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.thread_time()
            return
        taken = (time.thread_time() - self._collecting) * 1000
        self.longest, self.collection = max(self.longest, taken), max(self.collection, taken)


class _Budget(Budget):
    """Remembers the budget of the last request; without a limit it adds up what is charged beyond the entry."""

    last: ClassVar[Budget]

    def __init__(self, rates: Rates | None, scope: Scope, metered: bool) -> None:
        super().__init__(rates, scope, metered)
        _Budget.last = self


class Server:
    """The application in process, with nothing around it, and the CPU that its database takes."""

    def __init__(self, url: str, folder: Path, database_cpu: Callable[[], float]) -> None:
        files = (folder / "files").as_uri()
        rate_limit.Budget = _Budget  # type: ignore[misc]
        logs.configure("json")  # as the server does: tracebacks of other renderers take 100 ms
        settings = Settings(database_url=url, auth="open", rate_limit="off", files_url=files, cache_bytes=0)
        self._app = application.create_app(settings)
        self._cpu = lambda: time.process_time() + database_cpu()
        self.watch = Watch()
        gc.collect()
        gc.freeze()  # as the server does: a look of the collector through all of it would count as a slice
        gc.collect()

    async def measure(self, sent: Sent) -> Measured:
        """Send a request, and measure."""
        await asyncio.sleep(0)  # what goes before is another callback
        begun, self.watch.longest, self.watch.collection = self._cpu(), 0.0, 0.0
        status, points, size = await self._ask(sent)
        cpu = (self._cpu() - begun) * 1000
        await asyncio.sleep(0)
        return Measured(status, points, cpu, self.watch.longest, size, self.watch.collection)

    async def _ask(self, asked: Sent) -> tuple[int, int, int]:
        body, sizes = asked.body or b"", list[int]()
        sent = iter([{"type": "http.request", "body": body, "more_body": False}])
        status = 0
        headers = [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        path, _, query = asked.target.partition("?")
        scope: Scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
            "method": "GET" if asked.body is None else "POST", "scheme": "http", "path": path,
            "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip

        async def receive() -> Message:
            return next(sent)

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            sizes.append(len(message.get("body", b"")))

        await self._app(scope, receive, send)
        return status, _Budget.last.cost + 1, sum(sizes)


class Kind(Protocol[T]):
    """A kind of requests that can be bred."""

    chance: Random

    def grow(self) -> T:
        """A new one."""

    def change(self, one: T, /) -> T:
        """One that differs a little."""


class Found(NamedTuple):
    """A request, what it was made of, and what it took.

    What it was made of is kept as bytes: each full garbage collection visits thousands of objects of a search, too.
    """

    sent: Sent
    made: bytes
    measured: Measured


@dataclass
class Search(Generic[T]):
    """The worst requests so far for each goal."""

    kind: Kind[T]
    send: Callable[[T], Sent]
    best: dict[str, list[Found]] = field(default_factory=lambda: {goal: [] for goal in GOALS})
    asked: int = 0

    async def run(self, server: Server, enough: Callable[["Search[T]"], bool]) -> None:
        """Breed until it is enough."""
        chance = self.kind.chance
        while not enough(self):
            parents = self.best[chance.choice(list(GOALS))]
            fresh = len(parents) < KEPT or chance.random() < 0.2
            made = self.kind.grow() if fresh else self.kind.change(pickle.loads(chance.choice(parents).made))
            sent, kept = self.send(made), pickle.dumps(made)
            del made
            for _ in range(2):  # caches are full the second time
                self._keep(Found(sent, kept, await server.measure(sent)))
            self.asked += 1

    def _keep(self, found: Found) -> None:
        for goal, worth in GOALS.items():
            best = self.best[goal]
            others = [one for one in best if one.sent != found.sent]
            same = [one for one in best if one.sent == found.sent]
            worst = max((*same, found), key=lambda one: worth(one.measured))
            self.best[goal] = sorted([*others, worst], key=lambda one: -worth(one.measured))[:KEPT]

    def worst(self, goal: str) -> Found:
        """The worst request for a goal."""
        return self.best[goal][0]


def kinds() -> dict[str, Search[Any]]:
    """The searches, by protocol."""

    def posted(document: Any) -> Sent:
        return Sent("/graphql", json.dumps({"query": written(document)}).encode())

    return {
        "GraphQL": Search(Breeder(Random(SEED)), posted),
        "REST": Search(Requests(Random(SEED)), lambda asked: Sent(target(asked))),
    }


def searched(engine: Engine, seconds: float) -> dict[str, Search[Any]]:
    """The searches on one engine, each for some seconds."""
    searches = kinds()
    with proofs.databases() as (databases, folder), Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        url = databases.create(engine)
        fill(url, PRODUCTS)
        enrich(url, PRODUCTS)
        server = Server(url, folder, databases.cpu)

        async def run() -> None:
            for search in searches.values():
                end = time.monotonic() + seconds
                await search.run(server, lambda _: time.monotonic() > end)  # noqa: B023 - it runs to its end here

        asyncio.run(run())
    return searches


def main() -> int:
    """Search on both engines, print what was found, and the requests that break a promise."""
    seconds, rows, broken = float(sys.argv[1]) if len(sys.argv) > 1 else 900.0, [], 0
    for engine in ENGINES:
        for protocol, search in searched(engine, seconds).items():
            cpu, piece, large = (search.worst(goal).measured for goal in GOALS)
            spent, held = f"{cpu.cpu:.0f} ms for {cpu.points}", f"{piece.slice:.1f} ms ({piece.collection:.1f} ms)"
            sent = f"{large.bytes / 2**20:.2f} MiB for {large.points}"
            rows.append((engine, protocol, f"{search.asked:,}", spent, f"{cpu.excess:.1f} ms", held, sent))
            if cpu.excess > MILLISECONDS_A_POINT or piece.slice > SLICE or large.bytes > BYTES:
                broken = 1
                for goal, found in search.best.items():
                    for one in found[:3]:
                        text = one.sent.target if one.sent.body is None else json.loads(one.sent.body)["query"]
                        sys.stderr.write(f"{engine}, {protocol}, {goal}: {one.measured}\n{text}\n")
    header = (
        "engine",
        "protocol",
        "requests",
        "most CPU a point",
        "a point, past 20 ms",
        "longest slice (of it a collection)",
        "most bytes",
    )
    proofs.table(f"The worst requests that a search found on {PRODUCTS:,} products", header, rows)
    return broken


if __name__ == "__main__":
    sys.exit(main())
