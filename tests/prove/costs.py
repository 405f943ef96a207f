"""Proof: what is quoted is charged, is the contract's price, and is the same over REST and GraphQL.

python -m tests.prove.costs [CASES]     # 10,000 random documents, lists, and questions to both protocols
"""

import asyncio
import io
import sys
from collections.abc import Callable, Coroutine
from contextlib import redirect_stderr
from random import Random
from typing import Any, NamedTuple, TypeAlias

from tests import proofs
from tests.clock import Clock
from tests.contract.test_equal_prices import left, question
from tests.rest.test_costs import asked
from tests.schema.documents import Writer
from tests.schema.oracle import Oracle
from tests.service import Service

CASES, BUDGET = 10_000, 1_000_000


class Charged(NamedTuple):
    """What became of some requests: how many were answered, how many points they took, and which were charged wrong."""

    answered: int
    points: int
    wrong: list[object]


Check: TypeAlias = Callable[[Service, int], Coroutine[Any, Any, tuple[int, bool, object]]]
"""Sends a random request by its number: its points, 0 if it is refused; whether they are right; and the request."""


async def document(service: Service, number: int) -> tuple[int, bool, object]:
    """A document: the cost that it quotes leaves the bucket, and is the contract's; a refused one takes a point."""
    written = Writer(Random(f"costs {number}")).document()
    before = await _level(service)
    answer = await service.graphql(written.query, written.variables, idempotency_key=str(number))
    charged = before - await _level(service)
    if "data" not in answer:
        return 0, charged == 1, written
    return (
        charged,
        charged == answer["extensions"]["cost"] == Oracle(written.query, written.variables).points(),
        written,
    )


async def listed(service: Service, number: int) -> tuple[int, bool, object]:
    """A list over REST: it takes what the contract says."""
    path, query, points = asked(Random(f"lists {number}"))
    before = await _level(service)
    answer = await service.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    charged = before - await _level(service)
    return charged, charged == points, (path, query)


async def both(service: Service, number: int) -> tuple[int, bool, object]:
    """A question over both protocols: they take the same."""
    path, written = question(Random(f"both {number}"))
    before = await _level(service)
    between = left((await service.http.get(path)).headers)
    graphql = await service.http.post("/graphql", json={"query": written})
    charged = between - left(graphql.headers)
    return charged, before - between == charged == graphql.json()["extensions"]["cost"], (path, written)


async def _level(service: Service) -> int:
    return int((await service.send("GET", "/v2/rate-limit")).json()["remaining"])


async def charged(url: str, check: Check, cases: int) -> Charged:
    """Send as many random requests to a service whose budget is full again before each thousand."""
    answered, points, wrong = 0, 0, list[object]()
    for begin in range(0, cases, 1_000):
        service = Service(url, Clock(), checked=False, rate_limit=f"{BUDGET}/day", graphql_max_cost=100_000)
        if not begin:
            await service.send("POST", "/v2/categories", {"name": "Oak"})
            await service.send("POST", "/v2/products", {"name": "Cup", "price": 3, "stock": 5, "categoryIds": [1]})
        for number in range(begin, min(begin + 1_000, cases)):
            cost, right, request = await check(service, number)
            answered, points = answered + bool(cost), points + cost
            wrong += [] if right else [request]
        await service.close()
    return Charged(answered, points, wrong)


def main() -> int:
    """Print what was sent, and how often a price was wrong; whether it ever was."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    checks: dict[str, Check] = {"documents": document, "lists over REST": listed, "questions over both": both}
    nowhere = io.StringIO()  # the access log has a line for every request
    with proofs.databases() as (databases, _), redirect_stderr(nowhere):
        found = {name: asyncio.run(charged(databases.create("sqlite"), check, cases)) for name, check in checks.items()}
    rows = [(name, f"{cases:,}", f"{c.answered:,}", f"{c.points:,}", len(c.wrong)) for name, c in found.items()]
    header = ("requests", "sent", "answered", "points", "charged wrong")
    proofs.table("Random requests: quoted, charged, and the contract's price", header, rows)
    sys.stderr.write("".join(f"{one}\n" for each in found.values() for one in each.wrong[:5]))
    return 1 if any(each.wrong for each in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
