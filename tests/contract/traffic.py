"""Recorded traffic of v1: requests as clients sent them, and what they were answered, in the order of one day.

`v1-traffic.ndjson` has a line for each exchange. `python -m tests.contract.traffic` answers the lines without one;
an answer is never written again: it is what v1 has promised. Problems may gain members, and what was refused may be
accepted one day, as an empty cursor was.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from tests.databases import Databases
from tests.service import Service

FILE = Path(__file__).parent / "v1-traffic.ndjson"
_BEGAN = 1_772_000_000_000_000
_SECOND = 1_000_000
_KEPT = frozenset(
    "accept-patch allow content-type deprecation idempotent-replayed link location sunset x-request-id".split()
)
"""Headers whose values are promised; an entity tag, say, may look otherwise tomorrow."""

_CURSOR = re.compile(r"""((?:cursor|before)=|"(?:next|prev)Cursor":")[\w-]+""")
_WHOLE = re.compile(r"(T\d\d:\d\d:\d\d)Z")
_PROBLEM = "application/problem+json"

Exchange = dict[str, Any]


def exchanges() -> list[Exchange]:
    """What was recorded: `request` and, mostly, `answer`; bodies are texts."""
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


async def replayed(url: str, recorded: Iterable[Exchange]) -> AsyncIterator[Exchange]:
    """Each exchange as it goes today, over an empty catalogue; a second passes between one and the next."""
    now = _BEGAN
    async with Service(url, lambda: now) as service:
        for number, one in enumerate(recorded):
            now = _BEGAN + number * _SECOND
            yield {"request": one["request"], "answer": await _answer(service, number, one["request"])}


async def _answer(service: Service, number: int, asked: Exchange) -> Exchange:
    headers = {"x-request-id": f"recorded-{number}"} | asked.get("headers", {})
    body = asked.get("body", "").encode()
    response = await service.http.request(asked["method"], asked["path"], headers=headers, content=body)
    shown = {name: value for name, value in sorted(response.headers.items()) if name in _KEPT}
    return {"status": response.status_code, "headers": shown, "body": response.text}


def promised(exchange: Exchange) -> Exchange:
    """What v1 keeps of an exchange: all but the text of cursors, the words of a problem, and members it may gain.

    Times have six decimals since the third edition, where whole seconds had none.
    """
    answer = exchange["answer"]
    headers = {name: _CURSOR.sub(r"\1", value) for name, value in answer["headers"].items()}
    answer = answer | {"headers": headers, "body": _WHOLE.sub(r"\1.000000Z", _CURSOR.sub(r"\1", answer["body"]))}
    exchange = exchange | {"answer": answer}
    if answer["headers"].get("content-type") != _PROBLEM or not answer["body"]:
        return exchange
    problem = json.loads(answer["body"])
    details = [(detail["field"], detail["code"]) for detail in problem["details"]]
    kept = {name: problem[name] for name in ("type", "status", "code", "requestId")} | {"details": details}
    return exchange | {"answer": answer | {"body": kept}}


async def _fill() -> None:
    recorded = exchanges()
    with tempfile.TemporaryDirectory() as folder:
        today = replayed(Databases(Path(folder)).create("sqlite"), recorded)
        filled = [now | one async for one, now in _beside(recorded, today)]
    FILE.write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in filled), encoding="utf-8")


async def _beside(recorded: list[Exchange], today: AsyncIterator[Exchange]) -> AsyncIterator[tuple[Exchange, Exchange]]:
    position = iter(recorded)
    async for now in today:
        yield next(position), now


if __name__ == "__main__":
    asyncio.run(_fill())
