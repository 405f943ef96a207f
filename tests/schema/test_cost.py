"""The cost guard: what is quoted is what is charged, and what asks for too much dies before anything is done for it."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from random import Random

import pytest
from graphql import DocumentNode, parse

from app.domain.errors import TandemError
from schema.execution import cost
from schema.execution.documents import Documents
from schema.root import CORE
from tests.clock import Clock
from tests.databases import Databases, sqlite_alone
from tests.schema.bombs import BOMBS, GROWING, calls
from tests.schema.documents import Writer
from tests.schema.oracle import Oracle
from tests.service import Service

_POINTS = 1_000_000


engine = sqlite_alone()  # what a document costs does not depend on the engine


@pytest.fixture(scope="module")
async def metered(databases: Databases, anyio_backend: str) -> AsyncIterator[Service]:
    """An application with a limit that nothing here reaches, on a clock that stands: no point comes back by itself."""
    url = databases.create("sqlite")
    made = Service(url, Clock(), checked=False, rate_limit=f"{_POINTS}/day", graphql_max_cost=100_000)
    await made.send("POST", "/v2/products", {"name": "Cup", "price": 3, "stock": 5})
    yield made
    await made.close()


async def level(service: Service) -> int:
    """The points that are left; asking is free."""
    return int((await service.send("GET", "/v2/rate-limit")).json()["remaining"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
async def test_quoted_is_charged(metered: Service, seed: int) -> None:
    """1,000 random documents, a hundred at a time: the cost that is quoted left the bucket, and is the contract's."""
    answered = 0
    for number in range(100):
        asked = Writer(Random(f"{seed} {number}")).document()
        before = await level(metered)
        answer = await metered.graphql(asked.query, asked.variables, idempotency_key=f"{seed}-{number}")
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert "data" in answer or codes <= {"QUERY_TOO_COMPLEX", "VALIDATION_FAILED", "INVALID_CURSOR"}, answer
        charged = before - await level(metered)
        if "data" not in answer:
            assert charged == 1, asked
            continue
        answered += 1
        assert charged == answer["extensions"]["cost"] == Oracle(asked.query, asked.variables).points(), asked
    assert answered > 60


REFUSED = {
    "syntax": "{",
    "validation": "{ colour }",
    "introspection at fault": "{ __schema { colour } }",
    "a choice": "query A { __typename } query B { __typename }",
    "too costly": "{ products(first: 100) { edges { node { categories(first: 100) { totalCount } } } } }",
}


@pytest.mark.parametrize("case", REFUSED)
async def test_refusals_cost_their_entry(databases: Databases, case: str) -> None:
    """What is refused costs the one point of its entry, and quotes a cost only where that is why."""
    async with Service(databases.create("sqlite"), Clock(), rate_limit="100/day") as service:
        answer = await service.graphql(REFUSED[case])
        assert answer.get("extensions") == ({"cost": 202} if case == "too costly" else None)
        assert await level(service) == 99


@pytest.mark.parametrize("case", BOMBS)
async def test_bombs(metered: Service, case: str) -> None:
    """Refused, with no statement asked of the database, at the price of one point."""
    statements, points = metered.database.statements, await level(metered)
    response = await metered.http.post("/graphql", json={"query": BOMBS[case]})
    assert metered.database.statements == statements
    assert await level(metered) == points - 1
    told = response.json()
    code = told["errors"][0]["extensions"]["code"] if response.status_code == 200 else told["code"].upper()
    assert code in {"QUERY_TOO_COMPLEX", "VALIDATION_FAILED", "PAYLOAD_TOO_LARGE"}


VARIABLES = {
    "a flat list": ("query ($v: [ID!]!) { nodes(ids: $v) { id } }", ["1"] * 10_000),
    "many orders' lines": (
        "mutation ($v: PlaceOrderInput!) { placeOrder(input: $v) { order { id } } }",
        {"items": [{"productId": "1", "quantity": 1}] * 3_500},
    ),
    "members that are none": ("query ($v: ProductFilter) { products(filter: $v) { totalCount } }",
                              {f"minPrice{n}": 1 for n in range(11_000)}),
    "nested": ("query ($v: [ID!]!) { nodes(ids: $v) { id } }", [[["x"] * 100] * 10] * 10),
    "unused": ("{ __typename }", [{}] * 10_000),
}  # fmt: skip


@pytest.mark.parametrize("case", VARIABLES)
async def test_variables(metered: Service, case: str) -> None:
    """Variables that hold more than any operation takes are refused before they are looked at one by one."""
    query, value = VARIABLES[case]
    statements = metered.database.statements
    work = calls(lambda: suppressed(lambda: cost.guard_variables({"v": value})))
    assert work < 4 * cost.MAX_VALUES
    (error,) = (await metered.graphql(query, {"v": value}))["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert metered.database.statements == statements


def suppressed(work: Callable[[], None]) -> None:
    """Do work that may be refused."""
    with suppress(TandemError):
        work()


async def test_errors_of_variables_are_bounded(metered: Service) -> None:
    """However many values are at fault, some twenty are told."""
    query = "query ($v: [ID!]!) { nodes(ids: $v) { id } }"
    assert len((await metered.graphql(query, {"v": [{}] * 9_000}))["errors"]) <= 21


async def test_categories_of_a_filter_are_bounded(metered: Service) -> None:
    """A filter names as many categories as a query string of REST can, and no more."""
    query = "query ($v: ProductFilter) { products(filter: $v) { totalCount } }"
    told = [await metered.graphql(query, {"v": {"categories": ["1"] * count}}) for count in (200, 201)]
    assert told[0]["data"] == {"products": {"totalCount": 0}}
    assert told[1]["errors"][0]["extensions"]["code"] == "VALIDATION_FAILED"


@pytest.mark.parametrize("case", GROWING)
def test_the_walk_is_linear(case: str) -> None:
    """Twice the document is at most twice the work of the walk, whatever it would stand for when written out."""
    small, large = (parse(GROWING[case](count)) for count in (200, 400))

    def walk(document: DocumentNode) -> None:
        with suppress(TandemError):
            cost.check_limits(document)

    assert calls(lambda: walk(large)) <= 2.1 * calls(lambda: walk(small))


@pytest.mark.parametrize("case", GROWING)
def test_refusing_is_linear(case: str) -> None:
    """What is too large takes at most twice the work at twice the size, and past a thousand tokens no more at all."""
    refused = [GROWING[case](count) for count in (400, 800, 1600)]
    work = [calls(lambda text=text: Documents(CORE).parse(text)) for text in refused]
    assert work[1] <= 2.1 * work[0]
    assert work[2] <= 1.1 * work[1]


@pytest.mark.parametrize("asked", ["{ __schema { queryType { name } } }", '{ __type(name: "Product") { name } }'])
async def test_introspection_off(databases: Databases, asked: str) -> None:
    """Turned off, what asks for the schema is a fault of the document; nothing is read for it."""
    async with Service(databases.create("sqlite"), graphql_introspection=False) as service:
        (error, *_) = (await service.graphql(asked))["errors"]
        assert error["extensions"]["code"] == "VALIDATION_FAILED"
        assert "introspection" in error["message"]
        assert service.database.statements == 0
        response = await service.send("POST", "/graphql", {"query": asked}, accept="application/graphql-response+json")
        assert response.status_code == 422


async def test_introspection_off_tells_no_names(databases: Databases) -> None:
    """Turned off, `__typename` still works, and what is misspelt is not set right with a name of the schema."""
    service = Service(databases.create("sqlite"), graphql_introspection=False)
    asked = "{ __typename product(id: 1) { __typename } }"
    assert (await service.graphql(asked))["data"] == {"__typename": "Query", "product": None}
    by_variable = "query ($s: ProductSort) { products(sort: $s) { totalCount } }"
    for query, variables in (("{ produts { totalCount } }", None), (by_variable, {"s": {"by": "NAMES"}})):
        told = str((await service.graphql(query, variables))["errors"])
        assert "Did you mean" not in told
    async with Service(databases.create("sqlite")) as open_service:
        assert "Did you mean" in str((await open_service.graphql("{ produts { totalCount } }"))["errors"])
        await service.close()
