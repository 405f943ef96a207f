"""Imports over both protocols: each imports a stored file alike, once for a key, and both tell the same of it."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.domain.callers import Scope
from app.media.blob_storage import Storage
from app.media.import_worker import ImportWorker
from app.stores import keys
from app.stores.open_blobs import open_blobs
from schema.types import nodes
from tests.service import Service

FIELDS = (
    "importId status format dryRun lines created updated unchanged bad notHeld { name count } ahead linesPerSecond"
    " secondsLeft message createdAt startedAt finishedAt"
)
START = f"""mutation($input: StartImportInput!) {{ startImport(input: $input) {{
    import {{ id problemsUrl {FIELDS} }} importEdge {{ cursor node {{ id }} }} userErrors {{ code field }} }} }}"""
CANCEL = """mutation($input: CancelImportInput!) { cancelImport(input: $input) {
    import { status } userErrors { code } } }"""
TABLE = "Artikel;Nummer;Preis;Farbe\nTasse;A1;4,50;rot\nKanne;A2;x;rot\nTopf;A3;1,00;\n"
OPTIONS = {
    "format": "csv",
    "dryRun": False,
    "mapping": {"Artikel": "name", "Nummer": "sku", "Preis": "price"},
    "set": {"stock": "7"},
    "currency": "EUR",
    "decimal": ",",
    "encoding": "utf-8",
}


class Importing:
    """A surface that starts imports of stored files, and its worker."""

    def __init__(self, service: Service, name: str) -> None:
        self.service, self.name = service, name
        self.worker = ImportWorker(Storage(open_blobs(service.files_url), service.database))

    async def store(self, content: bytes, name: str = "a.ndjson") -> str:
        """The id of a file that came by a resumable upload."""
        named = f"filename {b64encode(name.encode()).decode()}"
        headers = {"tus_resumable": "1.0.0", "upload_length": str(len(content)), "upload_metadata": named}
        begun = await self.service.send("POST", "/v2/files/uploads", b"", **headers)
        headers = {"tus_resumable": "1.0.0", "upload_offset": "0", "content_type": "application/offset+octet-stream"}
        sent = await self.service.send("PATCH", begun.headers["location"], content, **headers)
        assert sent.status_code == 204
        return sent.headers["content-location"].rpartition("/")[2]

    async def start(self, file: str, options: dict[str, Any], **headers: str) -> int | list[tuple[str, Any]]:
        """The id of an import that was started, or the codes and fields of its refusal."""
        return await (self._rest if self.name == "v2" else self._graphql)(file, options, **headers)

    async def _rest(self, file: str, options: dict[str, Any], **headers: str) -> int | list[tuple[str, Any]]:
        texts = {name: one if isinstance(one, str) else json.dumps(one) for name, one in options.items()}
        form: Any = {name: (None, text) for name, text in {"fileId": file, **texts}.items()}
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.service.http.post("/v2/imports", files=form, headers=fields)
        told = answer.json()
        if answer.status_code == 202:
            return int(told["id"])
        return [(one["code"], one["field"]) for one in told["details"]]

    async def _graphql(self, file: str, options: dict[str, Any], **headers: str) -> int | list[tuple[str, Any]]:
        given = {"fileId": file, **options}
        if "format" in given:
            given["format"] = given["format"].upper()
        for name, key, value in (("mapping", "column", "member"), ("set", "member", "value")):
            if name in given:
                given[name] = [{key: one, value: other} for one, other in given[name].items()]
        answer = await self.service.graphql(START, {"input": given}, **headers)
        payload = answer["data"]["startImport"]
        if payload["userErrors"]:
            return [(one["code"].lower(), ".".join(one["field"])) for one in payload["userErrors"]]
        assert payload["importEdge"]["node"]["id"] == payload["import"]["id"]
        identity: int = payload["import"]["importId"]
        assert payload["import"]["problemsUrl"] == f"/v2/imports/{identity}/problems"
        return identity

    async def get(self, identity: int) -> dict[str, Any]:
        """An import, in REST's words."""
        path = f"/v2/imports/{identity}"
        rest: dict[str, Any] = (await self.service.send("GET", path)).json()
        answer = await self.service.graphql(f'{{ import(id: "{identity}") {{ {FIELDS} }} }}')
        found = answer["data"]["import"]
        found = {"id": found.pop("importId"), **found, "status": found["status"].lower()}
        assert found | {"format": found["format"].lower()} == rest
        return rest

    async def cancel(self, identity: int) -> str:
        """The status of an import that was cancelled, or the code of the refusal."""
        if self.name == "v2":
            answer = (await self.service.send("POST", f"/v2/imports/{identity}/cancellation")).json()
            told: str = answer.get("code") or answer["status"]
            return told
        given = {"id": nodes.encode("Import", identity)}
        payload = (await self.service.graphql(CANCEL, {"input": given}))["data"]["cancelImport"]
        told = payload["userErrors"][0]["code"] if payload["userErrors"] else payload["import"]["status"]
        return told.lower()


@pytest.fixture(params=["v2", "graphql"])
async def importing(service: Service, request: pytest.FixtureRequest) -> Importing:
    """Each surface that starts imports."""
    return Importing(service, request.param)


async def test_stored_file(importing: Importing) -> None:
    """A table that came by a resumable upload is read as the options say, and stays; both surfaces tell the same."""
    file = await importing.store(TABLE.encode(), "prices.csv")
    waiting = await importing.start(file, OPTIONS)
    assert isinstance(waiting, int)
    assert (await importing.get(waiting))["status"] == "queued"
    assert await importing.worker.step()
    found = await importing.get(waiting)
    assert (found["status"], found["lines"], found["created"], found["bad"]) == ("done", 3, 2, 1)
    assert found["notHeld"] == [{"name": "Farbe", "count": 2}]
    product = (await importing.service.send("GET", "/v2/products/sku:A1")).json()
    assert (product["name"], product["price"], product["currency"], product["stock"]) == ("Tasse", 4.5, "EUR", 7)
    assert (await importing.service.send("GET", f"/v2/files/{file}")).status_code == 200


@pytest.mark.parametrize("ends", ["done", "failed", "cancelled"])
async def test_remove_file(importing: Importing, ends: str) -> None:
    """A stored file goes with its import if that was asked for, however the import ends; not before."""
    file = await importing.store(b"a;b\n1;2\n" if ends == "failed" else TABLE.encode(), "prices.csv")
    made = await importing.start(file, OPTIONS | {"removeFile": True} if ends != "failed" else {"removeFile": True})
    assert isinstance(made, int)
    assert (await importing.service.send("GET", f"/v2/files/{file}")).status_code == 200
    assert await importing.cancel(made) == "cancelled" if ends == "cancelled" else await importing.worker.step()
    assert (await importing.get(made))["status"] == ends
    assert (await importing.service.send("GET", f"/v2/files/{file}")).status_code == 404
    assert (await importing.service.send("GET", f"/v2/files/uploads/{file}")).status_code in (404, 405)


async def test_refusals(importing: Importing) -> None:
    """Every fault is named at once, and a file that is not the caller's is no file."""
    file = await importing.store(b"{}")
    wrong = {"set": {"sku": "a", "price": "1"}, "mapping": {"a": "nothing"}, "currency": "E", "decimal": ";"}
    found = await importing.start(file, wrong | {"encoding": "klingon"})
    assert isinstance(found, list)
    assert {field for _, field in found} == {"set", "mapping", "decimal", "encoding"}
    assert await importing.start("f" * 32, {}) == [("validation_failed", "fileId")]
    wrong = {"currency": {"currency": "EUR", "set": {"currency": "USD"}}, "set.stock": {"set": {"stock": "x"}}}
    for field, options in wrong.items():
        assert await importing.start(file, options) == [("validation_failed", field)]


async def test_a_column_twice(service: Service) -> None:
    """A column of a file is one member; in a list of pairs it could be two."""
    file = await Importing(service, "graphql").store(TABLE.encode(), "prices.csv")
    pairs = [{"column": "Preis", "member": name} for name in ("price", "stock")]
    answer = await service.graphql(START, {"input": {"fileId": file, "mapping": pairs}})
    (refused,) = answer["data"]["startImport"]["userErrors"]
    assert (refused["code"], refused["field"]) == ("VALIDATION_FAILED", ["mapping"])


async def test_cancellation(importing: Importing) -> None:
    """An import that waits is cancelled, once, and never runs."""
    identity = await importing.start(await importing.store(b'{"sku": "A", "name": "A", "price": 1}\n'), {})
    assert isinstance(identity, int)
    assert await importing.cancel(identity) == "cancelled"
    assert await importing.cancel(identity) == "conflict"
    assert await importing.cancel(identity + 1) == "not_found"
    assert not await importing.worker.step()
    assert (await importing.get(identity))["created"] == 0


@pytest.mark.parametrize(("first", "second"), [("v2", "graphql"), ("graphql", "v2")])
async def test_exactly_once(service: Service, first: str, second: str) -> None:
    """A key starts one import, whichever surface it comes through first; with other options it is refused."""
    one, other = Importing(service, first), Importing(service, second)
    file = await one.store(TABLE.encode(), "prices.csv")
    started = [await each.start(file, OPTIONS, idempotency_key="k") for each in (one, other)]
    assert started[0] == started[1]
    query = "{ imports(filter: {status: QUEUED}) { totalCount edges { cursor node { importId } } } }"
    found = (await service.graphql(query))["data"]["imports"]
    assert (found["totalCount"], found["edges"][0]["node"]["importId"]) == (1, started[0])
    answer = await service.graphql(START, {"input": {"fileId": file}}, idempotency_key="k")
    assert answer["data"]["startImport"]["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_pages(service: Service) -> None:
    """A cursor of one surface continues the list of the other."""
    surface = Importing(service, "v2")
    file = await surface.store(b"{}")
    ids = [await surface.start(file, {}) for _ in range(5)]
    query = "query($after: String) { imports(first: 2, after: $after, sort: {by: ID, direction: DESC}) {"
    query += " edges { node { importId } } pageInfo { endCursor } } }"
    page = (await service.send("GET", "/v2/imports?limit=2&sort=-id")).json()
    assert [one["id"] for one in page["items"]] == ids[:2:-1]
    found = (await service.graphql(query, {"after": page["nextCursor"]}))["data"]["imports"]
    assert [edge["node"]["importId"] for edge in found["edges"]] == ids[2:0:-1]
    rest = (await service.send("GET", f"/v2/imports?sort=-id&cursor={found['pageInfo']['endCursor']}")).json()
    assert [one["id"] for one in rest["items"]] == ids[:1]


@pytest.fixture
async def locked(database_url: str, anyio_backend: str) -> AsyncIterator[tuple[Service, dict[str, str]]]:
    """A service that asks for keys, and a caller who may read all but write no products."""
    async with Service(database_url, auth="keys") as service:
        scopes = sorted(set(Scope) - {Scope.CATALOG_WRITE})
        secret = await keys.create(service.database, "caller", scopes)
        yield service, {"authorization": f"Bearer {secret}"}


async def test_scope(locked: tuple[Service, dict[str, str]]) -> None:
    """Who may write no products sees no import and starts none."""
    service, caller = locked
    node = nodes.encode("Import", 1)
    query = f'{{ import(id: "1") {{ id }} imports {{ edges {{ cursor }} }} node(id: "{node}") {{ id }} }}'
    for headers, code in ((caller, "FORBIDDEN"), ({}, "UNAUTHENTICATED")):
        answer = await service.graphql(query, **headers)
        assert answer["data"] == {"import": None, "imports": None, "node": None}
        assert {one["extensions"]["code"] for one in answer["errors"]} == {code}
        for document, given in ((START, {"fileId": "f" * 32}), (CANCEL, {"id": "1"})):
            answer = await service.graphql(document, {"input": given}, **headers)
            assert [one["extensions"]["code"] for one in answer["errors"]] == [code]
