"""What lists cost over REST: the contract's weight, charged before anything is read."""

from base64 import b64encode
from collections.abc import AsyncIterator
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from app.rate_limiting import costs
from rest.variants.queries import VariantListQuery
from rest.versions import V1, V2
from tests.clock import Clock
from tests.databases import Databases, sqlite_alone
from tests.service import Service

pytestmark = pytest.mark.anyio
_POINTS = 1_000_000
_NESTED = {
    "categories": (5, 2),
    "image": (1, 5),
    "images": (5, 7),
    "lines": (5 + 25, Fraction(5 * 7 + 25 * 2, 5 + 25)),
    "options": (5 + 25, 1),
    "variants": (20 + 20 + 100, Fraction(20 * 7 + 20 * 2 + 100 * 2, 20 + 20 + 100)),
    "weight": (1, 2),
    "tags": (5, 1),
    "attributes": (5, 2),
}
"""The nodes and the leaves of each member that is a list or an object."""
_PRODUCT_FILTERS: dict[str, tuple[tuple[Any, ...], bool]] = {
    "q": (("oak", "oak chair"), True),
    "currency": (("EUR", "USD"), True),
    "inStock": (("true", "false"), True),
    "minPrice": ((1, 2.5), False),
    "maxPrice": ((100, 7), False),
    "sku": (("S1", "x"), False),
    "category": ((1, 2), False),
}
"""Values of each filter, and whether it has to look at every row."""
_LATER: dict[str, tuple[tuple[Any, ...], bool]] = {
    "ids": (("1,2", 3), False),
    "skus": (("S1", "x"), False),
    "brand": (("Acme", "x"), True),
    "tag": (("new",), True),
    "attributes.seats": (("4",), True),
    "attributes.size.min": ((4, 2.5), True),
}
"""The filters that v1 does not have."""
_LISTS: dict[str, tuple[tuple[str, ...], dict[str, tuple[tuple[Any, ...], bool]]]] = {
    "/v1/products": (V1.shown, _PRODUCT_FILTERS),
    "/v2/products": (V2.shown, _PRODUCT_FILTERS | _LATER),
    "/v2/categories": (("id", "name", "slug", "parentId"), {"q": (("oak",), True), "parentId": (("root", 1), False)}),
    "/v2/orders": (
        ("id", "status", "reference", "currency", "total", "lines", "createdAt"),
        {"status": (("placed", "cancelled"), False), "reference": (("r1",), False)},
    ),
}


engine = sqlite_alone()  # what a list costs does not depend on the engine


@pytest.fixture
async def metered(databases: Databases, anyio_backend: str) -> AsyncIterator[Service]:
    """An application with a limit that nothing here reaches, on a clock that stands: no point comes back by itself."""
    async with Service(databases.create("sqlite"), Clock(), checked=False, rate_limit=f"{_POINTS}/day") as made:
        await made.send("POST", "/v2/categories", {"name": "Oak"})
        await made.send("POST", "/v2/products", {"name": "Cup", "price": 3, "stock": 5, "categoryIds": [1]})
        yield made


def asked(chance: Random) -> tuple[str, dict[str, Any], int]:
    """A list, its parameters, and the points that the contract asks for it."""
    path = chance.choice(list(_LISTS))
    members, filters = _LISTS[path]
    size, counted = chance.choice([1, 5, 20, 50, 99, 100]), chance.random() < 0.3
    shown = members if chance.random() < 0.4 else tuple(chance.sample(members, chance.randint(1, len(members))))
    chosen = chance.sample(list(filters), chance.randint(0, min(3, len(filters))))
    query = {name: chance.choice(filters[name][0]) for name in chosen} | {"limit": size, "fields": ",".join(shown)}
    query |= {"count": "exact"} if counted else {}
    nodes = size * (1 + sum(_NESTED[member][0] for member in shown if member in _NESTED))
    leaves = sum(_NESTED[member][0] * _NESTED[member][1] if member in _NESTED else 1 for member in shown)
    values = size * leaves + 2 + counted
    weight = nodes + values // 20 + 100 * (counted + sum(filters[name][1] for name in chosen))
    return path, query, max(1, -(-weight // 100))


async def left(service: Service) -> int:
    """The points that are left; asking is free."""
    return int((await service.send("GET", "/v2/rate-limit")).json()["remaining"])


async def test_quoted_is_charged(metered: Service) -> None:
    """3,000 random lists: each takes from the bucket what the contract says."""
    chance, before, dearest = Random(14), await left(metered), 0
    for _ in range(3_000):
        path, query, points = asked(chance)
        response = await metered.http.get(path, params=query)
        assert response.status_code == 200, response.text
        after = int(response.headers["ratelimit"].partition("r=")[2].partition(";")[0])
        assert before - after == points, (path, query)
        before, dearest = after, max(dearest, points)
    assert dearest > 8


async def test_a_list_below_a_category(metered: Service) -> None:
    """The products of a category cost the category too."""
    before = await left(metered)
    for size, points in ((95, 1), (96, 2)):  # 97 nodes and 98 values are the first weight above 100
        await metered.http.get("/v2/categories/1/products", params={"limit": size, "fields": "id"})
        after = await left(metered)
        assert before - after == points
        before = after


@pytest.mark.parametrize(("condition", "points"), [("{tag}", 1), ("*", 2), ('"other", {tag}', 1), (" * ", 2)])
async def test_work_is_never_given_back(metered: Service, condition: str, points: int) -> None:
    """A 304 gives its entry back, not what was read to find it out; to `*` it gives nothing back."""
    response = await metered.send("GET", "/v2/products?count=exact&limit=1")
    before = await left(metered)
    again = await metered.send(
        "GET", "/v2/products?count=exact&limit=1", if_none_match=condition.format(tag=response.headers["etag"])
    )
    assert again.status_code == 304
    assert before - await left(metered) == points


async def test_charged_before_it_is_read(databases: Databases) -> None:
    """What the bucket does not hold is refused before any statement; what none ever holds is too complex."""
    async with Service(databases.create("sqlite"), Clock(), rate_limit="5/day") as service:
        statements = service.database.statements
        for _ in range(2):
            assert (await service.send("GET", "/v2/categories")).status_code == 200
        statements = service.database.statements
        refused = await service.send("GET", "/v2/products?count=exact&q=oak&limit=100&fields=id")
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        refused = await service.send("GET", "/v2/products?count=exact&q=oak&limit=100")
        assert (refused.status_code, refused.json()["code"]) == (422, "query_too_complex")
        assert service.database.statements == statements


async def test_price_of_a_deletion(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleting a category costs its products, the same over REST and GraphQL."""
    monkeypatch.setattr(costs, "PRODUCTS_OF_POINT", 2)
    async with Service(database_url, Clock(), rate_limit="100/day") as service:
        for name in ("One", "Other"):
            await service.send("POST", "/v2/categories", {"name": name})
        for number in range(5):
            await service.send("POST", "/v2/products", {"name": f"P{number}", "price": 1, "categoryIds": [1, 2]})

        async def left() -> int:
            answer: int = (await service.send("GET", "/v2/rate-limit")).json()["remaining"]
            return answer

        before = await left()
        assert (await service.send("DELETE", "/v2/categories/1")).status_code == 204
        assert before - await left() == 3
        document = "mutation($id: ID!) { deleteCategory(input: {id: $id}) { deletedId } }"
        before = await left()
        answer = await service.graphql(document, {"id": b64encode(b"Category:2").decode()})
        assert answer["data"]["deleteCategory"]["deletedId"], answer
        assert before - await left() == 3


@pytest.mark.parametrize(
    ("members", "selected"),
    [
        ("options", "options { name value }"),
        ("id,options,weight", "variantId options { name value } weight { value unit }"),
    ],
)
async def test_variants_cost_the_same(metered: Service, members: str, selected: str) -> None:
    """The variants of a product cost as much as in GraphQL."""
    document = f"{{ product(id: 1) {{ variants(first: 100) {{ edges {{ node {{ {selected} }} }} }} }} }}"
    quoted = (await metered.graphql(document))["extensions"]["cost"]
    assert VariantListQuery.parse(f"limit=100&fields={members}".encode(), V2).points == quoted
