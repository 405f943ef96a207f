"""Imports over HTTP: dry runs, lines that are bad, cancellation, the line of those that wait, and leases."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.domain.bulk import import_jobs
from app.media.blob_storage import Storage
from app.media.import_worker import ImportWorker
from app.rate_limiting import costs
from app.stores.open_blobs import open_blobs
from tests.clock import Clock
from tests.service import Service

BAD = b'{"sku": "T-1", "name": "Twice", "price": 2}\n{"sku": "N", "name": "", "price": 1}\nnot json\n'


def lines(count: int, price: int = 5) -> bytes:
    """So many products, in 7 categories."""
    return b"".join(
        b'{"sku": "T-%d", "name": "Thing %d", "price": %d, "categories": ["All > Shelf %d"]}\n' % (n, n, price, n % 7)
        for n in range(count)
    )


@pytest.fixture
async def service(database_url: str, anyio_backend: str, clock: Clock) -> AsyncIterator[Service]:
    """An application over an empty catalogue."""
    async with Service(database_url, clock) as made:
        yield made


@pytest.fixture
def worker(service: Service) -> Callable[[], ImportWorker]:
    """Makes workers, as processes have them."""
    return lambda: ImportWorker(Storage(open_blobs(service.files_url), service.database))


async def start(service: Service, file: bytes | None, name: str = "a.ndjson", **fields: str) -> dict[str, Any]:
    """The answer to the start of an import."""
    parts: dict[str, Any] = {field: (None, text) for field, text in fields.items()}
    parts |= {} if file is None else {"file": (name, file)}
    answer = await service.http.post("/v2/imports", files=parts)
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v2/imports/{made['id']}"
    assert made["status"] == "queued"
    return made


async def get(service: Service, made: dict[str, Any]) -> dict[str, Any]:
    """An import as it is now."""
    found: dict[str, Any] = (await service.send("GET", f"/v2/imports/{made['id']}")).json()
    return found


async def total(service: Service) -> int:
    """The products of the catalogue."""
    counted: int = (await service.send("GET", "/v2/products?count=exact&limit=1")).json()["totalCount"]
    return counted


DAY = 86_400_000_000
COUNTS = ("lines", "created", "updated", "unchanged", "bad")


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    """What became of the lines."""
    return tuple(found[name] for name in COUNTS)


async def test_runs(service: Service, worker: Callable[[], ImportWorker]) -> None:
    """A dry run tells what the import does, and writes nothing; then it does that; a repetition changes nothing."""
    file = lines(2_500) + BAD
    rehearsed = await start(service, file, dryRun="true")
    before = await service.database.version()
    assert await worker().step()
    found = await get(service, rehearsed)
    assert (found["status"], found["dryRun"], found["message"]) == ("done", True, None)
    assert counts(found) == (2_503, 2_500, 0, 0, 3)
    assert before is not None
    assert await total(service) == 0
    assert (await service.send("GET", "/v2/categories")).json()["items"] == []
    assert (await service.send("GET", "/v2/changes")).json()["items"] == []
    real = await start(service, file)
    assert await worker().step()
    assert counts(await get(service, real)) == counts(found)
    assert await total(service) == 2_500
    faults = [await service.send("GET", f"/v2/imports/{one['id']}/problems") for one in (rehearsed, real)]
    assert faults[0].text == faults[1].text
    told = [json.loads(line) for line in faults[1].text.splitlines()]
    assert [(one["line"], one["field"]) for one in told] == [(2501, "sku"), (2502, "name"), (2503, "")]
    again = await start(service, lines(2_500))
    assert await worker().step()
    assert counts(await get(service, again)) == (2_500, 0, 0, 2_500, 0)
    assert not await worker().step()
    page = (await service.send("GET", "/v2/imports?sort=-id&limit=2")).json()
    assert [one["id"] for one in page["items"]] == [again["id"], real["id"]]


async def test_options(service: Service, worker: Callable[[], ImportWorker]) -> None:
    """Columns of other names, presets and formats are those of the command; faults are told at once."""
    table = b"Artikel;Nummer;Preis\nTasse;A1;4,50\n"
    mapping = json.dumps({"Artikel": "name", "Nummer": "sku", "Preis": "price"})
    made = await start(service, table, "a.csv", format="csv", mapping=mapping, currency="EUR", decimal=",")
    assert await worker().step()
    found = await get(service, made)
    assert counts(found) == (1, 1, 0, 0, 0), found
    product = (await service.send("GET", "/v2/products/sku:A1")).json()
    assert (product["name"], product["price"], product["currency"]) == ("Tasse", 4.5, "EUR")
    wrong = {"format": "xml", "dryRun": "perhaps", "mapping": "[]", "set": '{"sku": "a"}', "decimal": "x"}
    refused = await service.http.post("/v2/imports", data=wrong, files={"file": ("a.csv", table)})
    assert refused.status_code == 422
    assert {one["field"] for one in refused.json()["details"]} == set(wrong)
    neither = await service.http.post("/v2/imports", data={"fileId": "f" * 32}, files={"file": ("a.csv", table)})
    assert (neither.status_code, neither.json()["details"][0]["field"]) == (422, "file")
    unreadable = await start(service, b"a;b\n1;2\n", "a.csv")
    assert await worker().step()
    failed = await get(service, unreadable)
    assert (failed["status"], failed["lines"]) == ("failed", 0)
    assert failed["message"]


async def test_unknown_fields(service: Service) -> None:
    """A field that an import does not have is refused, so that a misspelt `dryRun` imports nothing."""
    for name in ("dryrun", "dry_run", "files", "cut"):
        parts: Any = {"file": ("a.ndjson", lines(1)), name: (None, "true")}
        answer = await service.http.post("/v2/imports", files=parts)
        assert (answer.status_code, [one["field"] for one in answer.json()["details"]]) == (422, [name])
        assert answer.json()["details"][0]["message"] == f"`{name}` is not a known member."
    assert (await service.send("GET", "/v2/imports")).json()["items"] == []


async def test_messages(service: Service, worker: Callable[[], ImportWorker]) -> None:
    """Messages name members of the request, not options of the command."""
    unreadable = await start(service, b"Artikel;Preis\nTasse;1\n", "a.csv")
    ambiguous = await start(service, "sku;name;price\nA;Tasse;1,299\nB;Größe;2\n".encode("cp1252"), "a.csv")
    assert await worker().step()
    assert await worker().step()
    assert (await get(service, unreadable))["message"].endswith('Did you mean mapping {"Artikel": "sku"}?')
    told = (await service.send("GET", f"/v2/imports/{ambiguous['id']}/problems")).text
    assert "import the file with `decimal ,` or `decimal .`" in told
    assert "import it with encoding windows-1252" in told


async def test_stored_file(service: Service, worker: Callable[[], ImportWorker]) -> None:
    """A file that is stored already is imported by its id, and stays; one that came with the import goes."""
    stored = (await service.http.post("/v2/files", files={"file": ("a.ndjson", lines(3))})).json()["id"]
    made = await start(service, None, fileId=stored)
    assert await worker().step()
    assert counts(await get(service, made)) == (3, 3, 0, 0, 0)
    assert (await service.send("GET", f"/v2/files/{stored}")).status_code == 200
    unknown = await service.http.post("/v2/imports", files={"fileId": (None, "f" * 32)})
    assert (unknown.status_code, unknown.json()["details"][0]["field"]) == (422, "fileId")


@pytest.mark.parametrize("dry_run", ["false", "true"])
async def test_cancellation(service: Service, worker: Callable[[], ImportWorker], dry_run: str) -> None:
    """It stops within 1,000 lines, none lands after the answer, and what has ended cannot be cancelled."""
    made = await start(service, lines(20_000), dryRun=dry_run)
    running = asyncio.create_task(worker().step())
    while (before := (await get(service, made))["lines"]) < 1_000:  # noqa: ASYNC110 - the answers tell
        await asyncio.sleep(0)
    answer = await service.send("POST", f"/v2/imports/{made['id']}/cancellation")
    cancelled = answer.json()
    assert (answer.status_code, cancelled["status"]) == (200, "cancelled")
    assert cancelled["lines"] - before <= 1_000
    assert await running
    assert counts(await get(service, made)) == counts(cancelled)
    assert await total(service) == (0 if dry_run == "true" else cancelled["created"])
    assert (await service.send("POST", f"/v2/imports/{made['id']}/cancellation")).status_code == 409
    waiting = await start(service, lines(1))
    await service.send("POST", f"/v2/imports/{waiting['id']}/cancellation")
    assert not await worker().step()


async def test_line(service: Service, worker: Callable[[], ImportWorker], clock: Clock) -> None:
    """One import runs at a time; the next one waits and says so. A worker that is dead gives way after its lease."""
    first, second = await start(service, lines(10)), await start(service, lines(20))
    claimed = await service.database.write(lambda unit: import_jobs.claim(unit, "dead"))
    assert claimed is not None
    assert claimed.id == first["id"]
    assert not await worker().step()
    found = [await get(service, one) for one in (first, second)]
    assert [(one["status"], one["ahead"]) for one in found] == [("running", 0), ("queued", 1)]
    clock.now += import_jobs.LEASE + 1
    assert await worker().step()
    found = [await get(service, one) for one in (first, second)]
    assert [(one["status"], one["ahead"]) for one in found] == [("done", 0), ("queued", 0)]
    with pytest.raises(import_jobs.Stopped):
        await service.database.write(lambda unit: import_jobs.finish(unit, claimed.id, "dead", "done", None, ()))
    assert await worker().step()
    assert (await get(service, second))["created"] == 10


async def test_old_ones(service: Service, worker: Callable[[], ImportWorker], clock: Clock) -> None:
    """What ended too long ago is forgotten with its problems, a thousand at a time; what waits stays."""
    bad = await start(service, b'{"sku": "A"}\n' * 2_500)
    assert await worker().step()
    assert (await get(service, bad))["bad"] == 2_500
    clock.now += DAY
    done, waiting = await start(service, lines(1)), await start(service, lines(2))
    assert await worker().step()
    assert not await worker().sweep(2 * DAY)
    clock.now += 2 * DAY - 1
    assert [await worker().sweep(2 * DAY) for _ in range(4)] == [True, True, True, False]
    assert (await service.send("GET", f"/v2/imports/{bad['id']}")).status_code == 404
    assert (await service.send("GET", f"/v2/imports/{bad['id']}/problems")).status_code == 404
    assert [(await get(service, one))["status"] for one in (done, waiting)] == ["done", "queued"]
    clock.now += 2
    assert await worker().sweep(2 * DAY)
    assert not await worker().sweep(2 * DAY)
    assert (await get(service, waiting))["status"] == "queued"
    again = await start(service, lines(1))
    assert again["id"] > waiting["id"]


async def test_exactly_once(service: Service) -> None:
    """A retry with the same key starts nothing, another file with it is refused."""
    both = [
        await service.http.post("/v2/imports", files={"file": ("a", lines(n))}, headers={"idempotency-key": "k"})
        for n in (1, 1, 2)
    ]
    assert both[0].content == both[1].content
    assert both[1].headers["idempotent-replayed"] == "true"
    assert both[2].json()["code"] == "idempotency_key_reused"


async def test_problems_are_bounded(
    service: Service, worker: Callable[[], ImportWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All bad lines are counted, the first ones are kept; each 512 KiB of them costs a point."""
    monkeypatch.setattr(import_jobs, "MAX_PROBLEMS", 1_003)
    made = await start(service, b"1\n" * 2_500)
    assert await worker().step()
    assert (await get(service, made))["bad"] == 2_500
    problems = (await service.send("GET", f"/v2/imports/{made['id']}/problems")).text.splitlines()
    assert [json.loads(one)["line"] for one in problems] == [*range(1, 1_004)]


async def test_problems_are_charged(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each 512 KiB of them costs a point, of which the first is the entry."""
    monkeypatch.setattr(costs, "BYTES_OF_POINT", 10_000)
    async with Service(database_url, Clock(), rate_limit="100/minute") as service:
        made = await start(service, b"1\n" * 600)
        assert await ImportWorker(Storage(open_blobs(service.files_url), service.database)).step()
        before = (await service.send("GET", "/v2/rate-limit")).json()["remaining"]
        answer = await service.send("GET", f"/v2/imports/{made['id']}/problems")
        after = (await service.send("GET", "/v2/rate-limit")).json()["remaining"]
        assert before - after == len(answer.content) // 10_000 > 2


async def test_its_price(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each import of a stored file costs as much as if it were sent, over REST and GraphQL."""
    async with Service(database_url, Clock(), rate_limit="100/minute") as service:
        monkeypatch.setattr(costs, "IMPORT_BYTES_OF_POINT", 100)
        file = lines(5)
        stored = (await service.http.post("/v2/files", files={"file": ("a.ndjson", file)})).json()["id"]

        async def left() -> int:
            answer: int = (await service.send("GET", "/v2/rate-limit")).json()["remaining"]
            return answer

        before = await left()
        await start(service, None, fileId=stored, dryRun="true")
        assert before - await left() == 1 + len(file) // 100
        before = await left()
        document = "mutation($id: ID!) { startImport(input: {fileId: $id, dryRun: true}) { import { id } } }"
        assert (await service.graphql(document, {"id": stored}))["data"]["startImport"]["import"]
        assert before - await left() == 1 + len(file) // 100
