"""Proof: idle streams of changes cost little memory and no polling each, and changes arrive soon at many subscribers.

    python -m tests.prove.streams [SECONDS]

The server is one process without a rate limit. Streams are read by another process, which notes when events arrive;
the time of a change is that of its transaction, before its commit.
"""

import json
import statistics
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from app.domain.unit_of_work import Engine
from tests import proofs
from tests.changes import crowd
from tests.databases import Databases
from tests.servers import Server

_IDLE, _SUBSCRIBERS, _WRITES_A_SECOND = 1_000, 500, 50
_SECONDS, _RESTING, _WARM = 60, 10, 50
_MOST_MIB, _MOST_MS = 20.0, 150.0
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


class Idle(NamedTuple):
    """What idle streams cost: MiB, and milliseconds of the server's CPU a second with one of them and with all."""

    memory: float
    alone: float
    together: float


def rest(server: Server) -> Idle:
    """Hold idle streams."""
    with crowd.streams(server.port, _WARM):
        pass
    with crowd.streams(server.port, 1):
        alone, before = _resting(server), server.memory()
        with crowd.streams(server.port, _IDLE):
            together = _resting(server)
            return Idle((server.memory() - before) / 2**20, alone, together)


def _resting(server: Server) -> float:
    before = server.cpu()
    time.sleep(_RESTING)
    return (server.cpu() - before) / _RESTING * 1_000


class Delivered(NamedTuple):
    """The milliseconds from changes to arrivals, those that the writes took, and the server's CPU for an event, in µs.

    The CPU of the writes is part of it.
    """

    arrivals: list[float]
    writes: list[float]
    cpu: float


def deliver(server: Server, protocol: str, seconds: int) -> Delivered:
    """Have many subscribers of a protocol follow writes."""
    count = seconds * _WRITES_A_SECOND
    command = [sys.executable, "-m", "tests.changes.crowd", protocol, str(server.port), str(_SUBSCRIBERS), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reading, ThreadPoolExecutor(8) as pool:
        assert reading.stdout
        assert reading.stdout.readline() == "begun\n"
        begun, before, writes = time.monotonic(), server.cpu(), []
        for number in range(count):
            time.sleep(max(0.0, begun + number / _WRITES_A_SECOND - time.monotonic()))
            writes.append(pool.submit(_write, server, "POST", "/v2/products/1/stock-adjustments", {"delta": 1}))
        took = [one.result() for one in writes]
        told = json.loads(reading.stdout.read())
        cpu = server.cpu() - before
    assert len(told) > 0.99 * count * _SUBSCRIBERS, f"{len(told)} of {count * _SUBSCRIBERS} arrived"
    return Delivered(told, took, cpu / len(told) * 1e6)


def _write(server: Server, method: str, path: str, members: dict[str, object]) -> float:
    begun, body = time.monotonic(), json.dumps(members).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", body, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=60):
        return (time.monotonic() - begun) * 1_000


def prove(databases: Databases, folder: Path, seconds: int) -> bool:
    """Measure on both engines, print the tables, and say whether they hold."""
    held = True
    for engine in _ENGINES:
        with Server(databases.create(engine), folder / f"{engine}.log") as server:
            held &= _idle(engine, server)
            held &= _arrivals(engine, server, seconds)
    return held


def _idle(engine: Engine, server: Server) -> bool:
    cost = rest(server)
    head = (f"MiB of {_IDLE:,} streams", "ms of CPU a second with one", "with all")
    proofs.table(f"{_IDLE:,} idle streams, {engine}", head, [[f"{figure:.1f}" for figure in cost]])
    return cost.memory <= _MOST_MIB


def _arrivals(engine: Engine, server: Server, seconds: int) -> bool:
    _write(server, "POST", "/v2/products", {"name": "Tea", "price": 1, "stock": 1})
    found = {protocol: deliver(server, protocol, seconds) for protocol in crowd.REQUESTS}
    head = (
        "protocol",
        "events",
        "p50 ms to arrival",
        "p99 ms to arrival",
        "p99 ms of the writes",
        "µs of CPU an event",
    )
    rows = [(name, len(one.arrivals), *_figures(one), f"{one.cpu:.1f}") for name, one in found.items()]
    title = f"{_SUBSCRIBERS} subscribers, {_WRITES_A_SECOND} writes a second, {seconds} s, {engine}"
    proofs.table(title, head, rows)
    return all(_percentile(one.arrivals, 99) <= _MOST_MS for one in found.values())


def _figures(found: Delivered) -> tuple[int, int, int]:
    arrivals, writes = found.arrivals, found.writes
    return round(_percentile(arrivals, 50)), round(_percentile(arrivals, 99)), round(_percentile(writes, 99))


def _percentile(values: list[float], n: int) -> float:
    return statistics.quantiles(values, n=100)[n - 1]


if __name__ == "__main__":
    with proofs.databases() as (made, where):
        sys.exit(not prove(made, where, int(sys.argv[1]) if len(sys.argv) > 1 else _SECONDS))
