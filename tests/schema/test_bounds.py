"""Answers are bounded: documents of few points that select many megabytes are refused, and so are many errors."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest

from app.domain.errors import TandemError
from app.domain.unit_of_work import Engine
from schema.execution import objects, references
from schema.execution.rows import Request, Table
from schema.types.nodes import encode
from tests.databases import Databases
from tests.service import Service

pytestmark = pytest.mark.anyio
PRODUCTS, LETTERS = 45, 10_000
ALL = "edges { node { description } }"


@pytest.fixture(scope="module")
def wordy_url(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a database for long descriptions."""
    yield from databases.lend(engine)


@pytest.fixture(scope="module")
async def wordy(wordy_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A category of 45 products, each with the longest description there may be."""
    async with Service(wordy_url, checked=False) as service:
        await service.send("POST", "/v2/categories", {"name": "Books"})
        for n in range(PRODUCTS):
            members = {"name": f"Book {n}", "price": 1, "description": "x" * LETTERS, "categoryIds": [1]}
            await service.send("POST", "/v2/products", members)
        yield service


ALIASES = " ".join(f"d{n}: description" for n in range(20))
BELOW = f"categories(first: 1) {{ edges {{ node {{ products(first: 45) {{ {ALL} }} }} }} }}"
ALIAS = "x" * 80_000
EDGES = BELOW.replace(ALL, f"edges {{ {ALIAS}: cursor }}")
ON_CONNECTIONS = f"fragment c on CategoryConnection {{ {ALIAS}: __typename }}"
ON_PAGES = " ".join(f"c{n}: categories(first: 0) {{ ...c }}" for n in range(3))
LONG = {
    "an alias on edges": f"{{ products(first: 45) {{ edges {{ node {{ {EDGES} }} }} }} }}",
    "an alias on connections": f"{{ products(first: 45) {{ edges {{ node {{ {ON_PAGES} }} }} }} }} {ON_CONNECTIONS}",
    "aliases": f"{{ products(first: 45) {{ edges {{ node {{ {ALIASES} }} }} }} }}",
    "nested": f"{{ products(first: 40) {{ edges {{ node {{ {BELOW} }} }} }} }}",
    "one value": f"{{ category(id: 1) {{ products(first: 45) {{ edges {{ node {{ {BELOW} }} }} }} }} }}",
}


def _many(count: int, field: str) -> str:
    return " ".join(f"f{n}: {field}" for n in range(count))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (f"{{ {_many(61, 'products(first: 1) { totalCount }')} }}", "it reads more than 60 lists and references"),
        (
            f"{{ product(id: 1) {{ {_many(21, 'categories(first: 1) { edges { cursor } }')} }} }}",
            "it reads more than 20 lists and references below others",
        ),
    ],
)
async def test_many_lists(wordy: Service, document: str, message: str) -> None:
    """A document of many lists is refused before anything is read: the statement of each costs something."""
    (error,) = (await wordy.graphql(document))["errors"]
    assert (error["extensions"]["code"], message in error["message"]) == ("QUERY_TOO_COMPLEX", True)


@pytest.mark.parametrize("case", LONG)
async def test_long_answers_are_refused(wordy: Service, case: str) -> None:
    """An answer of more than 8 MiB is refused, with its code, whatever makes it long."""
    (error,) = (await wordy.graphql(LONG[case]))["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_answers_below_the_bound(wordy: Service) -> None:
    """An answer of 4 MiB is given."""
    aliases = " ".join(f"d{n}: description" for n in range(9))
    answer = await wordy.graphql(f"{{ products(first: 45) {{ edges {{ node {{ {aliases} }} }} }} }}")
    assert len(answer["data"]["products"]["edges"][44]["node"]) == 9


async def test_errors_are_bounded(wordy: Service) -> None:
    """Where more than 100 fields are at fault, the document is, once."""
    await wordy.send("POST", "/v2/categories", {"name": "Empty"})
    cursor = (await wordy.graphql("{ category(id: 2) { products { pageInfo { endCursor } } } }"))["data"]
    assert cursor["category"]["products"]["pageInfo"]["endCursor"] is None
    own = await wordy.graphql("{ product(id: 1) { categories { edges { cursor } } } }")
    after = own["data"]["product"]["categories"]["edges"][0]["cursor"]
    below = " ".join(f'c{n}: categories(first: 1, after: "{after}") {{ totalCount }}' for n in range(3))
    (error,) = (await wordy.graphql(f"{{ products(first: 45) {{ edges {{ node {{ {below} }} }} }} }}"))["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_bytes_are_those_of_json(service: Service) -> None:
    """Letters of several bytes and control characters count as JSON writes them."""
    for n, letter in enumerate(("\N{TEAPOT}\N{VARIATION SELECTOR-16}", "\x01\x02")):
        members = {"name": f"Book {n}", "price": 1, "description": letter * (LETTERS // 2)}
        await service.send("POST", "/v2/products", members)
    ids = ", ".join(f'"{encode("Product", n % 2 + 1)}"' for n in range(100))
    aliases = " ".join(f"d{n}: description" for n in range(3))
    (error,) = (await service.graphql(f"{{ nodes(ids: [{ids}]) {{ ... on Product {{ {aliases} }} }} }}"))["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_no_answer_is_longer(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer whose length shows only once it is encoded is refused too."""
    monkeypatch.setattr("app.rate_limiting.costs.MAX_BYTES", 60)
    document = json.dumps({"query": "{ products { totalCount } __typename }"}).encode()
    accept = "application/graphql-response+json"
    assert (await service.send("POST", "/graphql", document, accept=accept)).status_code == 422
    monkeypatch.setattr("app.rate_limiting.costs.MAX_BYTES", 600)
    assert (await service.send("POST", "/graphql", document, accept=accept)).status_code == 200


def test_lists_end_with_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists of 10,000 rows are not all made where those of the first rows are too long."""
    monkeypatch.setattr("app.rate_limiting.costs.MAX_BYTES", 600)
    columns, read = objects.EmbeddedColumns(), list[int]()
    plan = objects.ObjectPlan("Attribute", ["name"], [objects.leaf([columns.column("name")], None)])

    def attributes(row: int) -> list[dict[str, str]]:
        read.append(row)
        return [{"name": "Colour"}] * 3

    request = Request(cast(Any, None), cast(Any, None), "sqlite", most_bytes=601)
    with pytest.raises(TandemError, match="bytes"):
        objects.embedded_list([0], attributes, columns, plan)(Table(range(10_000), [range(10_000)]), request)
    assert len(read) < 100


async def test_products_of_lines_are_read_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders with many lines of few products read each product once, by one statement; a long answer is refused."""
    for n in range(2):
        await service.send("POST", "/v2/products", {"name": f"Book {n}", "price": 1, "description": "x" * LETTERS})
    items = [{"productId": n % 2 + 1, "quantity": 1} for n in range(100)]
    for key in ("a", "b"):
        assert (await service.send("POST", "/v2/orders", {"items": items}, Idempotency_Key=key)).status_code == 201
    read = list[int]()
    bounded = references._bounded  # noqa: SLF001 - the rows that are asked for

    async def counted(request: Any, unit: Any, statement: Any, ids: Any, values: Any) -> Any:
        rows = await bounded(request, unit, statement, ids, values)
        read.append(len(rows))
        return rows

    monkeypatch.setattr(references, "_bounded", counted)
    before = service.database.statements
    document = "{ orders { edges { node { lines { product { name PAD } } } } } }"
    lines = (await service.graphql(document.replace("PAD", "")))["data"]["orders"]["edges"][1]["node"]["lines"]
    assert [line["product"]["name"] for line in lines[:3]] == ["Book 0", "Book 1", "Book 0"]
    assert (read, service.database.statements - before) == ([2], 2)
    aliases = " ".join(f"d{n}: description" for n in range(9))
    (error,) = (await service.graphql(document.replace("PAD", aliases)))["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert read == [2, 2]
