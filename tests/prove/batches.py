"""Proof: products are upserted by batches of 500 at 15 times the speed of requests for one product, or more.

    python -m tests.prove.batches

One client sends both over one connection to the same server, in turns: it makes products, then changes them.
"""

import json
import sys
import time
from contextlib import ExitStack
from http.client import HTTPConnection
from statistics import median
from typing import Any

from app.domain.bulk.batches import MAX_OPERATIONS
from app.domain.unit_of_work import Engine
from tests import proofs
from tests.servers import Server

_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
_TURNS, _ALONE, _LEAST = 9, 100, 15
_WORDS = "oak lamp brass shade reading table floor warm light switch cable lead".split()


def _products(count: int, turn: int, price: int) -> list[dict[str, Any]]:
    """Operations on products as a partner keeps them."""
    found = []
    for n in range(count):
        words = [_WORDS[(n * 7 + k * 5) % len(_WORDS)] for k in range(12)]
        product = {"name": f"{words[0]} {words[1]} {turn} {n}", "price": price, "description": " ".join(words)}
        found.append({"op": "upsert", "sku": f"{count}-{turn}-{n}", "product": {**product, "stock": n % 50}})
    return found


def _send(http: HTTPConnection, method: str, path: str, value: object) -> Any:
    http.request(method, path, json.dumps(value), {"Content-Type": "application/json"})
    response = http.getresponse()
    answer = json.load(response)
    assert response.status in (200, 201), answer
    return answer


def _alone(http: HTTPConnection, turn: int, price: int) -> float:
    """The seconds of a product, each upserted by a request of its own."""
    products, begun = _products(_ALONE, turn, price), time.perf_counter()
    for one in products:
        _send(http, "PUT", f"/v2/products/sku:{one['sku']}", one["product"])
    return (time.perf_counter() - begun) / _ALONE


def _together(http: HTTPConnection, turn: int, price: int) -> float:
    """The seconds of a product in a batch."""
    products, begun = _products(MAX_OPERATIONS, turn, price), time.perf_counter()
    answer = _send(http, "POST", "/v2/products/batch", {"mode": "each", "operations": products})
    assert answer["failed"] == 0, answer
    return (time.perf_counter() - begun) / MAX_OPERATIONS


def main() -> int:
    """Measure both engines; the exit status says whether the promise holds."""
    rows, worst = [], float("inf")
    for engine in _ENGINES:
        with ExitStack() as stack:
            databases, folder = stack.enter_context(proofs.databases())
            server = Server(databases.create(engine), folder / "log")
            stack.callback(server.stop)
            http = HTTPConnection("127.0.0.1", server.port)
            for what, price in (("made", 10), ("changed", 11)):
                turns = [(_alone(http, turn, price), _together(http, turn, price)) for turn in range(_TURNS)]
                alone, together = (median(seconds) for seconds in zip(*turns, strict=True))
                worst = min(worst, alone / together)
                rows.append((engine, what, f"{1 / alone:,.0f}", f"{1 / together:,.0f}", f"{alone / together:.1f}"))
    header = ("engine", "products are", "alone, a second", "in batches of 500, a second", "ratio")
    proofs.table(f"Upserts by one client over one connection, median of {_TURNS} turns", header, rows)
    return int(worst < _LEAST)


if __name__ == "__main__":
    sys.exit(main())
