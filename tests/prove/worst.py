"""Proof: no valid document takes more than 60 ms of CPU a point and 20 ms, holds the loop, or has over 8 MiB.

    python -m tests.prove.worst [SECONDS]     # for each engine; an hour in all by default

A genetic search breeds documents for CPU a point, for the longest time between two awaits, and for bytes a point, on
120,000 products. CPU is that of the process, its threads and the database's processes; time between awaits is that of
the loop's thread.
"""

import asyncio
import gc
import json
import os
import sys
import time
from asyncio import events
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
from starlette.types import Message

from app import main as application
from app.domain.unit_of_work import Engine
from app.observability import logs
from app.observability.metrics import REGISTRY
from app.settings import Settings
from tests import proofs
from tests.catalogues import fill
from tests.schema.trees import Breeder, Field, written

SEED, PRODUCTS, KEPT = 3, 120_000, 12
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
MILLISECONDS_A_POINT, MILLISECONDS, SLICE, BYTES = 60.0, 20.0, 20.0, 8 * 2**20


class Measured(NamedTuple):
    """What a document took; times in milliseconds of CPU."""

    points: int
    cpu: float
    slice: float
    bytes: int
    refused: bool

    @property
    def excess(self) -> float:
        """CPU a point, past what every request may take."""
        return (self.cpu - MILLISECONDS) / self.points

    @property
    def density(self) -> float:
        """Bytes a point."""
        return self.bytes / self.points


GOALS: dict[str, Callable[[Measured], float]] = {
    "CPU": lambda one: one.excess,
    "slice": lambda one: one.slice,
    "bytes": lambda one: one.density,
}


class Watch:
    """The longest that one callback took on the loop's thread, in milliseconds of its CPU."""

    def __init__(self) -> None:
        self.longest = 0.0
        run = events.Handle._run  # noqa: SLF001 - a loop has no hook for it

        def timed(handle: events.Handle) -> None:
            begun = time.thread_time()
            run(handle)
            self.longest = max(self.longest, (time.thread_time() - begun) * 1000)

        events.Handle._run = timed  # type: ignore[method-assign] # noqa: SLF001


def _paid() -> float:
    """The points of all documents so far."""
    return REGISTRY.get_sample_value("tandem_graphql_cost_points_sum") or 0.0


class Server:
    """The application in process, with nothing around it, and the CPU that its database takes."""

    def __init__(self, url: str, folder: Path, database_cpu: Callable[[], float]) -> None:
        files = (folder / "files").as_uri()
        logs.configure("json")  # as the server does: tracebacks of other renderers take 100 ms
        settings = Settings(database_url=url, auth="open", rate_limit="off", files_url=files, cache_bytes=0)
        self._app = application.create_app(settings)
        self._cpu = lambda: time.process_time() + database_cpu()
        self._watch = Watch()
        gc.collect()
        gc.freeze()  # as the server does: a look of the collector through all of it would count as a slice

    async def measure(self, text: str) -> Measured:
        """Send a document twice, and measure the second time: caches of documents are full by then."""
        await self._ask(text)
        await asyncio.sleep(0)  # what goes before is another callback
        paid, begun, self._watch.longest = _paid(), self._cpu(), 0.0
        body = await self._ask(text)
        cpu = (self._cpu() - begun) * 1000
        await asyncio.sleep(0)
        answer = msgspec.json.decode(body)
        points = int(_paid() - paid) or 1  # an answer that came too late does not state its cost
        return Measured(points, cpu, self._watch.longest, len(body), "data" not in answer)

    async def _ask(self, text: str) -> bytes:
        body, parts = json.dumps({"query": text}).encode(), list[bytes]()
        sent = iter([{"type": "http.request", "body": body, "more_body": False}])
        headers = [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip

        async def receive() -> Message:
            return next(sent)

        async def send(message: Message) -> None:
            parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        return b"".join(parts)


@dataclass
class Search:
    """The worst documents so far for each goal."""

    best: dict[str, list[tuple[float, str, Field, Measured]]] = field(
        default_factory=lambda: {goal: [] for goal in GOALS}
    )
    asked: int = 0

    async def run(self, server: Server, breeder: Breeder, enough: Callable[["Search"], bool]) -> None:
        """Breed until it is enough."""
        while not enough(self):
            goal = breeder.chance.choice(list(GOALS))
            parents = self.best[goal]
            fresh = len(parents) < KEPT or breeder.chance.random() < 0.2
            document = breeder.grow() if fresh else breeder.change(breeder.chance.choice(parents)[2])
            text = written(document)
            measured = await server.measure(text)
            self.asked += 1
            for name, worth in GOALS.items():
                if not (measured.refused and name == "bytes"):
                    self.best[name].append((worth(measured), text, document, measured))
                    self.best[name].sort(key=lambda one: -one[0])
                    del self.best[name][KEPT:]

    def worst(self, goal: str) -> Measured:
        """What the worst document for a goal took."""
        return self.best[goal][0][3]


def searched(engine: Engine, seconds: float) -> Search:
    """The search on one engine, for some seconds."""
    search = Search()
    with proofs.databases() as (databases, folder), Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        url = databases.create(engine)
        fill(url, PRODUCTS)
        end = time.monotonic() + seconds
        server = Server(url, folder, databases.cpu)
        asyncio.run(search.run(server, Breeder(Random(SEED)), lambda _: time.monotonic() > end))
    return search


def main() -> int:
    """Search on both engines, print what was found, and the documents that break a promise."""
    seconds, rows, broken = float(sys.argv[1]) if len(sys.argv) > 1 else 1800.0, [], 0
    for engine in ENGINES:
        search = searched(engine, seconds)
        cpu, piece, large = (search.worst(goal) for goal in GOALS)
        spent, held = f"{cpu.cpu:.0f} ms for {cpu.points}", f"{piece.slice:.1f} ms"
        sent = f"{large.bytes / 2**20:.2f} MiB for {large.points}"
        rows.append((engine, f"{search.asked:,}", spent, f"{cpu.excess:.1f} ms", held, sent))
        if cpu.excess > MILLISECONDS_A_POINT or piece.slice > SLICE or large.bytes > BYTES:
            broken = 1
            for goal, found in search.best.items():
                sys.stderr.write(f"{engine}, {goal}: {found[0][3]}\n{found[0][1]}\n")
    header = ("engine", "documents", "most CPU a point", "a point, past 20 ms", "longest slice", "most bytes a point")
    proofs.table(f"The worst documents that a search found on {PRODUCTS:,} products", header, rows)
    return broken


if __name__ == "__main__":
    sys.exit(main())
