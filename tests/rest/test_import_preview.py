"""Previews of imports: the columns that are understood, and the first lines as they would land."""

import json
from typing import Any

import httpx2
import pytest

from app.bulk import import_preview
from tests.service import Service

TABLE = """Artikel;Artikelnummer;Preis;Kategorie;Farbe
Tasse;A1;4,50;Küche > Geschirr;rot
Kanne;A2;;Küche;blau
Topf;A3;19,00;;
Pfanne;A4;21,00;;
Tasse;a1;5,00;;
"""
LINE = b'{"sku": "%d", "name": "N", "price": 1}'


async def preview(service: Service, file: bytes, name: str = "a.csv", **fields: str) -> httpx2.Response:
    """The answer to a preview."""
    return await service.http.post("/v2/imports/preview", data=fields, files={"file": (name, file)})


async def test_reads_little(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of lines that say nothing a preview reads no more than of a long file: those after them are not reached."""
    monkeypatch.setattr(import_preview, "MOST_ROWS", 5)
    told = (await preview(service, b"sku,name,price\na,A,1\n\n\n\nb,B,1\n", currency="EUR")).json()
    assert [one["line"] for one in told["lines"]] == [2]
    told = (await preview(service, b"\n".join([LINE % 1, *4 * [b""], LINE % 2]), "a.ndjson")).json()
    assert [one["line"] for one in told["lines"]] == [1]
    item = b"<item><id>A%d</id><title>T</title><price>1 EUR</price></item>"
    feed = b"<rss><channel>" + b"".join(item % number for number in range(9)) + b"</channel></rss>"
    told = (await preview(service, feed, "a.xml")).json()
    assert [one["product"]["sku"] for one in told["lines"]] == [f"A{number}" for number in range(5)]


async def test_table(service: Service) -> None:
    """Columns are told with their members, lines with what they would do after those before them; none is stored."""
    for sku, price in (("A3", 19), ("A4", 20)):
        stored = {"name": {"A3": "Topf", "A4": "Pfanne"}[sku], "price": price, "currency": "EUR", "stock": 3}
        await service.send("PUT", f"/v2/products/sku:{sku}", stored)
    before = (await service.send("GET", "/v2/products")).content
    answer = await preview(service, TABLE.encode(), currency="EUR")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {one["name"]: one["member"] for one in told["columns"]} == {
        "Artikel": "name",
        "Artikelnummer": "sku",
        "Preis": "price",
        "Kategorie": "categories",
    }
    assert told["notHeld"] == [{"name": "Farbe", "count": 2}]
    outcomes = [(one["line"], one["outcome"]) for one in told["lines"]]
    assert outcomes == [(2, "created"), (3, "bad"), (4, "unchanged"), (5, "updated"), (6, "bad")]
    assert told["lines"][0]["product"] == {
        "sku": "A1",
        "name": "Tasse",
        "price": 4.5,
        "currency": "EUR",
        "stock": None,
        "brand": None,
        "description": "",
        "categories": ["Küche > Geschirr"],
    }
    assert told["lines"][3]["product"]["stock"] == 3
    assert [one["problems"][0]["field"] for one in told["lines"] if one["problems"]] == ["price", "sku"]
    assert "line 2" in told["lines"][4]["problems"][0]["message"]
    again = (await preview(service, TABLE.encode(), currency="EUR", lastWins="true")).json()
    assert [one["outcome"] for one in again["lines"]] == ["created", "bad", "unchanged", "updated", "updated"]
    assert (await service.send("GET", "/v2/products")).content == before
    assert (await service.send("GET", "/v2/categories")).json()["items"] == []
    assert (await service.send("GET", "/v2/imports")).json()["items"] == []


@pytest.mark.parametrize(("name", "begin", "between"), [("a.ndjson", b"", b"\n"), ("a.json", b"[", b",")])
async def test_beginning(service: Service, name: str, begin: bytes, between: bytes) -> None:
    """Of a beginning, whose last line may be cut off, ten whole lines are shown, or as many as it has."""
    for count, shown in ((20, 10), (5, 4)):
        file = begin + between.join(LINE % n for n in range(count))
        told = (await preview(service, file[:-10], name, cut="true")).json()
        assert [one["outcome"] for one in told["lines"]] == ["created"] * shown
    whole = begin + between.join(LINE % n for n in range(3)) + b"]" * bool(begin)
    assert len((await preview(service, whole, name)).json()["lines"]) == 3


@pytest.mark.parametrize(
    ("file", "fields", "faults"),
    [
        (b"a;b\n1;2\n", {}, {"file"}),
        (b"%PDF-1.7 \x00\xff", {}, {"file"}),
        (b"sku\n", {"cut": "perhaps"}, {"cut"}),
        (b"sku\n", {"mapping": "[]", "decimal": "x"}, {"mapping", "decimal"}),
        (b"a,b\n1,2\n", {"mapping": json.dumps({"c": "sku"})}, {"file"}),
        (b"sku\n", {"Mapping": "{}"}, {"Mapping"}),
        ("Größe;sku\n1;A".encode("cp1252"), {}, {"file"}),
        ("sku,name\nA,Tea\n".encode("utf-16-le"), {}, {"file"}),
        (b"sku,attribute_set_code,product_type,name\nA,Top,simple,B\n", {}, {"file"}),
    ],
)
async def test_refusals(service: Service, file: bytes, fields: dict[str, str], faults: set[str]) -> None:
    """What is not understood is said, with the field that it is about."""
    answer = await preview(service, file, **fields)
    assert answer.status_code == 422, answer.text
    found: list[dict[str, Any]] = answer.json()["details"]
    assert {one["field"] for one in found} == faults
    assert "FILE" not in answer.text
    assert "--" not in answer.text


async def test_without_a_file(service: Service) -> None:
    """A file is required."""
    answer = await service.http.post("/v2/imports/preview", files={"cut": (None, "true")})
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, "file")
