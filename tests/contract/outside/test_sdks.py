"""The clients that partners generate from the contracts travel through a live server, unruly on the way to it.

`openapi/sdks/build` makes and compiles them; `openapi/sdks/README.md` tells partners the same.
"""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from tests import cut_answers
from tests.contract.outside.conftest import ROOT
from tests.contract.outside.stocked import stock
from tests.contract.outside.unruly import LOST, REFUSALS, RETRY_AFTER, Attempt, unruly
from tests.databases import Databases
from tests.servers import PATIENCE, Server

BUILT = ROOT / "build" / "sdks"
PYTHON = ROOT / ".tools" / "python" / "bin" / "python"
CLIENTS: dict[str, tuple[object, ...]] = {
    "python-rest": (PYTHON, BUILT / "python" / "rest_journey.py"),
    "python-rest-3.0": (PYTHON, BUILT / "python-3.0" / "rest_journey.py"),
    "python-graphql": (PYTHON, BUILT / "python" / "graphql_journey.py"),
    "typescript-rest": ("node", BUILT / "typescript" / "js" / "rest_journey.js"),
    "typescript-graphql": ("node", BUILT / "typescript" / "js" / "graphql_journey.js"),
}


SYNCS: dict[str, tuple[object, ...]] = {
    "python-sync": (PYTHON, BUILT / "python" / "sync.py"),
    "typescript-sync": ("node", BUILT / "typescript" / "js" / "sync.js"),
}


class Journey(NamedTuple):
    """How a client travelled: its exit status, what it told, what it said besides, and its attempts to order."""

    status: int
    told: Any
    said: str
    attempts: list[Attempt]


@pytest.fixture(scope="module")
def place(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A seeded server that asks for keys, and a key for each client."""
    url, log = databases.create("sqlite"), tmp_path_factory.mktemp("sdks") / "log"
    keys = stock(url, log, [*CLIENTS, *SYNCS])
    with Server(url, log, TANDEM_AUTH="keys") as server:
        yield server, keys


@pytest.fixture(scope="module")
def journeys(place: tuple[Server, dict[str, str]]) -> dict[str, Journey]:
    """All clients' journeys, made at the same time: most of it is waiting to try again."""
    server, keys = place
    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        running = {name: pool.submit(_travel, CLIENTS[name], server.port, keys[name]) for name in CLIENTS}
        return {name: one.result() for name, one in running.items()}


def _travel(command: tuple[object, ...], port: int, key: str) -> Journey:
    with ExitStack() as stack:
        stand, url = stack.enter_context(unruly(port))
        ended = subprocess.run([*map(str, command), url, key], capture_output=True, text=True, timeout=300, check=False)
    told = json.loads(ended.stdout) if ended.returncode == 0 else None
    return Journey(ended.returncode, told, ended.stderr, stand.attempts)


@pytest.mark.parametrize("client", CLIENTS)
def test_journey(journeys: dict[str, Journey], client: str) -> None:
    """A client makes a product, meets it once on its walk, edits it over another's, and orders it and a variant."""
    journey = journeys[client]
    assert journey.status == 0, journey.said
    told = journey.told
    assert len(told["walked"]) == len(set(told["walked"])) > 150
    assert told["product"] in told["walked"]
    assert (told["name"], told["stale"]) == ("Brass bookend, pair", "precondition_failed")
    assert told["total"] == 73
    assert (told["prices"], told["options"]) == ([19, 21], {"Size": "M"})
    assert len(set(told["orders"])) == 1
    assert (told["status"], told["twice"]) == ("cancelled", "conflict")


@pytest.mark.parametrize("client", CLIENTS)
def test_retries_follow_the_table(journeys: dict[str, Journey], client: str) -> None:
    """Each attempt waits at least as long as it was told, and sends the same under the same key; then it ends."""
    attempts = journeys[client].attempts
    assert [attempt.fate for attempt in attempts] == [LOST, *REFUSALS, "", ""]
    assert len({(attempt.key, attempt.body) for attempt in attempts}) == 1
    assert attempts[0].key
    for before, after in pairwise(attempts[:-1]):
        assert after.at - before.at >= RETRY_AFTER


@pytest.mark.parametrize("client", CLIENTS)
def test_one_order_came_of_it(place: tuple[Server, dict[str, str]], journeys: dict[str, Journey], client: str) -> None:
    """Six attempts made one order, which is cancelled, and the stock is what it was."""
    server, keys = place
    told = journeys[client].told
    orders = _get(server, "/v2/orders?count=exact", keys[client])
    assert (orders["totalCount"], orders["items"][0]["status"]) == (1, "cancelled")
    product = orders["items"][0]["lines"][0]["productId"]
    assert told["orders"][0] == orders["items"][0]["id"]
    assert _get(server, f"/v2/products/{product}", keys[client])["stock"] == 8


def _get(server: Server, path: str, key: str) -> Any:
    url = f"http://127.0.0.1:{server.port}{path}"
    return httpx2.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE).raise_for_status().json()


def _line(name: str, number: int) -> dict[str, Any]:
    """A line of a catalogue; one of them has no price that a product can have."""
    price = 0 if number == 7 else 1 + number / 4
    path = f"{name} > Shelf {number % 3}" if number % 5 else f"{name}"
    return {"sku": f"{name}/{number}", "name": f"Cup {number}", "price": price, "stock": number, "categories": [path]}


@pytest.mark.parametrize("client", SYNCS)
def test_sync(place: tuple[Server, dict[str, str]], tmp_path: Path, client: str) -> None:
    """A file is kept in step by batches though one answer in three is cut: each product is as the file has it."""
    server, keys = place
    lines = [_line(client, number) for number in range(600)]
    file = tmp_path / "catalogue.ndjson"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    counts = []
    for _ in range(2):
        with cut_answers.cutting(server.port, one_in=3) as proxy:
            command = [*map(str, SYNCS[client]), f"http://127.0.0.1:{proxy.port}", str(file), keys[client]]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert ended.returncode == 0, ended.stderr
        assert proxy.cuts > 0
        told = json.loads(ended.stdout)
        assert told["failed"].keys() == {lines[7]["sku"]}
        counts.append((told["created"], told["updated"]))
    assert counts == [(599, 0), (0, 599)]
    exported = _get_lines(server, keys[client])
    for line in lines[:7] + lines[8:]:
        assert {name: exported[line["sku"]][name] for name in line} == line


@pytest.mark.parametrize("client", SYNCS)
def test_sync_of_an_export(databases: Databases, tmp_path: Path, client: str) -> None:
    """Without a key, an export lands in another catalogue as it is, with its variants; again, it changes nothing."""
    with Server(databases.create("sqlite"), tmp_path / "log", TANDEM_AUTH="open") as server:
        sizes = [{"name": "Size", "values": ["S", "M"]}]
        sold = [{"sku": "T/S", "stock": 3, "options": {"Size": "S"}}, {"sku": "T/M", "options": {"Size": "M"}}]
        lines = [_line(client, number) for number in range(8, 20)]
        lines.append({"sku": "T/S", "name": "Tee", "price": 9, "options": sizes, "variants": sold, "tags": ["a"]})
        file = tmp_path / "catalogue.ndjson"
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        told, exports = [], []
        for _ in range(3):
            command = [*map(str, SYNCS[client]), f"http://127.0.0.1:{server.port}", str(file)]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
            assert ended.returncode == 0, ended.stderr
            told.append(json.loads(ended.stdout))
            exports.append(server.get("/v2/products/export")[1])
            file.write_text(exports[-1])
    assert [(one["created"], one["updated"], one["failed"]) for one in told] == [(13, 0, {}), (0, 13, {}), (0, 13, {})]
    assert exports[0] == exports[1] == exports[2]
    assert len(json.loads(exports[0].splitlines()[-1])["variants"]) == 2


def _get_lines(server: Server, key: str) -> dict[str, Any]:
    url = f"http://127.0.0.1:{server.port}/v2/products/export"
    answer = httpx2.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE).raise_for_status()
    return {line["sku"]: line for line in map(json.loads, answer.text.splitlines())}
