"""Proof: GraphQL bombs die before any SQL, and twice the bomb is at most twice the work.

python -m tests.prove.bombs
"""

import asyncio
import io
import itertools
import statistics
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

from schema.execution.documents import Documents
from schema.root import CORE
from tests import proofs
from tests.schema.bombs import BOMBS, GROWING, calls
from tests.service import Service

_TIMES = 15
_SIZES = (100, 200, 400, 800, 1600)
_numbers = itertools.count()
_documents = Documents(CORE)
_LINEAR = 2.1


def _new(text: str) -> str:
    """The same document, which no cache knows."""
    return f"{text} #{next(_numbers)}"


def _work(text: str) -> int:
    """How many functions are called to read a document, or to refuse it."""
    new = _new(text)
    return calls(lambda: _documents.parse(new))


async def refused(service: Service) -> list[tuple[object, ...]]:
    """A row for each bomb: its characters, the code of its refusal, statements, function calls, and milliseconds."""
    rows: list[tuple[object, ...]] = []
    for name, text in BOMBS.items():
        before, taken = service.database.statements, []
        for _ in range(_TIMES):
            body = {"query": _new(text)}
            begun = time.perf_counter()
            response = await service.http.post("/graphql", json=body)
            taken.append(1000 * (time.perf_counter() - begun))
        told = response.json()
        code = told["code"] if "code" in told else told["errors"][0]["extensions"]["code"].lower()
        statements = service.database.statements - before
        rows.append((name, f"{len(text):,}", code, statements, f"{_work(text):,}", f"{statistics.median(taken):.1f}"))
    return rows


def growing() -> list[tuple[str, str, float]]:
    """A row for each kind: function calls for some sizes of it, each twice the one before, and the worst doubling."""
    rows = []
    for name, make in GROWING.items():
        work = [_work(make(size)) for size in _SIZES]
        worst = max(after / before for before, after in itertools.pairwise(work))
        rows.append((name, ", ".join(f"{count:,}" for count in work), round(worst, 2)))
    return rows


async def main() -> int:
    """Print both tables; 1 where a promise does not hold."""
    logs = io.StringIO()
    with proofs.databases() as (databases, _), redirect_stderr(logs), redirect_stdout(logs):
        service = Service(databases.create("sqlite"), checked=False)
        rows = await refused(service)
        await service.close()
    growth = growing()
    title = f"GraphQL bombs: refused by the whole application, in process, median of {_TIMES}"
    proofs.table(title, ("bomb", "characters", "refused as", "SQL statements", "function calls", "ms"), rows)
    title = f"Function calls to refuse {', '.join(map(str, _SIZES))} of a kind"
    proofs.table(title, ("kind", "function calls", "worst doubling"), growth)
    return any(row[3] for row in rows) or any(row[2] > _LINEAR for row in growth)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
