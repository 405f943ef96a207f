"""Filters by ids, skus, brands, tags, attributes and subtrees: equal to brute force over REST and GraphQL."""

import random
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest

from rest.products.queries import ProductListQuery
from rest.versions import V2
from tests.behaviour.surfaces import Page, Refused, Surface, each_surface, surfaces
from tests.service import Service

_BRANDS = ("Aria", "ARIA", "Bölt, Sons", "Cedar", None)
_TAGS = ("new", "New", "sale, summer", "gift", "größe")
_COLOURS = ("red", "Red", "dark blue", "green, light")
_PARENTS = {1: None, 2: 1, 3: 1, 4: 2, 5: 4, 6: None}
"""Categories, and what they stand in."""


surface_name = each_surface("v2", "graphql")


@pytest.fixture(scope="module")
def products() -> list[dict[str, Any]]:
    """Products whose members repeat, by their ids from 1 on."""
    rng = random.Random(11)
    return [
        {
            "name": f"Lamp {n}",
            "price": 5,
            "sku": f"S,{n}",
            "brand": rng.choice(_BRANDS),
            "tags": sorted({tag.casefold(): tag for tag in rng.sample(_TAGS, k=rng.randint(0, 3))}.values()),
            "attributes": _attributes(rng),
            "categoryIds": rng.sample(sorted(_PARENTS), k=rng.randint(0, 2)),
        }
        for n in range(80)
    ]


@pytest.fixture(scope="module")
async def shop(shared_url: str, products: list[dict[str, Any]], anyio_backend: str) -> AsyncIterator[Service]:
    """A service with these products."""
    async with Service(shared_url) as service:
        for number, parent in _PARENTS.items():
            await service.send("POST", "/v2/categories", {"name": f"C{number}", "parentId": parent})
        for product in products:
            assert (await service.send("POST", "/v2/products", product)).status_code == 201
        yield service


@pytest.fixture
def reading(shop: Service, surface_name: str) -> Surface:
    """A surface of it."""
    return surfaces(shop)[surface_name]


async def test_equal_to_brute_force(reading: Surface, products: list[dict[str, Any]]) -> None:
    """60 random filters find what a look at every product finds, in order, counted, and page by page."""
    rng, hits = random.Random(3), 0
    for _ in range(60):
        asked = _asked(rng)
        expected = [n for n, product in enumerate(products, 1) if _matches(n, product, asked)]
        whole = await reading.list(size=100, total=True, **asked)
        assert (whole.ids, whole.total) == (expected, len(expected)), asked
        if len(expected) > 3:
            hits += 1
            first = await reading.list(size=2, **asked)
            assert (await reading.list(size=100, after=first.next, **asked)).ids == expected[2:]
            back: Page = await reading.list(size=100, sort="-name", **asked)
            assert sorted(back.ids) == expected
    assert hits > 12


async def test_cursors_belong_to_a_filter(reading: Surface) -> None:
    """A cursor is refused under another filter, and holds for the same one in another order."""
    first = await reading.list(size=1, tag=["gift", "new"])
    await reading.list(size=1, tag=["new", "gift"], after=first.next)
    with pytest.raises(Refused, match="invalid_cursor"):
        await reading.list(size=1, tag=["gift"], after=first.next)


@pytest.mark.parametrize(
    "asked",
    [
        {"ids": list(range(1, 102))},
        {"skus": ["S"] * 101},
        {"skus": ["s" * 65]},
        {"brand": [""]},
        {"tag": ["nul\0"]},
        {"attributes": {f"A{n}": {"values": ["x"]} for n in range(11)}},
        {"attributes": {"a" * 101: {"values": ["x"]}}},
        {"subtree": True},
    ],
)
async def test_refusals(reading: Surface, asked: dict[str, Any]) -> None:
    """What no filter can be is refused."""
    with pytest.raises(Refused) as refused:
        await reading.list(**asked)
    assert refused.value.code == "validation_failed"


@pytest.mark.parametrize("name", ["ids", "skus", "brand", "tag", "attributes"])
async def test_no_value_matches_nothing(shop: Service, name: str) -> None:
    """Of no values, a product has none; only GraphQL can say so."""
    value: list[Any] = [{"name": "Color", "values": []}] if name == "attributes" else []
    query = {
        "query": "query ($f: ProductFilter) { products(filter: $f) { totalCount } }",
        "variables": {"f": {name: value}},
    }
    answer = (await shop.send("POST", "/graphql", query)).json()
    assert answer["data"] == {"products": {"totalCount": 0}}


async def test_brackets_in_names(service: Service) -> None:
    """`[]` marks a list only behind a name: attributes whose names end in `[]` are found, with the mark and without."""
    for name in ("[]", "Size[]"):
        await service.send("POST", "/v2/products", {"name": "Box", "price": 1, "attributes": {name: "x"}})
    for query, expected in (("[]=x", [1]), ("[][]=x", [1]), ("Size[][]=x", [2]), ("Size[]=x", []), ("[].min=1", [])):
        items = (await service.send("GET", f"/v2/products?attributes.{query}")).json()["items"]
        assert [item["id"] for item in items] == expected, query


async def test_v1_suggests_no_filter_of_v2(shop: Service) -> None:
    """An unknown parameter of v1 is told apart from those of v2 only."""
    for query, hint in (("facetlimit", "; did you mean `limit`?"), ("brands", "."), ("attributes.NAME", ".")):
        (detail,) = (await shop.send("GET", f"/v1/products?{query}=1")).json()["details"]
        assert detail["message"] == f"`{query}` is not a parameter here{hint}"


async def test_how_rest_takes_them(shop: Service) -> None:
    """Repeated, or with `[]`; ids with commas, too; faults bear the name that was sent; v1 knows none of them."""
    for query, expected in (
        ("ids=3,4&ids=9", [3, 4, 9]),
        ("ids[]=3&ids[]=4", [3, 4]),
        ("skus=S,7&skus[]=s,8", [8, 9]),
        ("skus=S,7,S,8", []),
    ):
        items = (await shop.send("GET", f"/v2/products?{query}")).json()["items"]
        assert [item["id"] for item in items] == expected
    many = (await shop.send("GET", "/v2/products?attributes.Color=red&attributes.Color[]=dark blue&limit=100")).json()
    assert len(many["items"]) > len(
        (await shop.send("GET", "/v2/products?attributes.Color=red&limit=100")).json()["items"]
    )
    for query, field in (
        ("attributes.Seats.min=many", "attributes.Seats.min"),
        ("attributes.Seats.min=1&attributes.Seats.min=2", "attributes.Seats.min"),
        ("attributes.Color=", "attributes.Color"),
        ("attributes.=x", "attributes."),
        ("ids=x", "ids"),
    ):
        refused = (await shop.send("GET", f"/v2/products?{query}")).json()
        assert [one["field"] for one in refused["details"]] == [field]
    for query in ("brand=Aria", "attributes.Color=red", "ids=3", "subtree=true&category=1"):
        refused = (await shop.send("GET", f"/v1/products?{query}")).json()
        assert refused["details"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize(
    ("query", "scans"),
    [
        ("ids=1", 0),
        ("skus=a", 0),
        ("brand=Aria", 1),
        ("tag=new&attributes.Seats.min=1", 2),
        ("category=1&subtree=true", 1),
    ],
)
def test_what_it_costs(query: str, scans: int) -> None:
    """Ids and skus lead to their rows; each of the others may look at every product."""
    assert ProductListQuery.parse(query.encode(), V2).scans == scans


def _attributes(rng: random.Random) -> dict[str, Any]:
    given = {
        "Color": rng.choice([*_COLOURS, ["red", "dark blue"]]),
        "Seats": rng.choice([1, 2, 2.5, 8]),
        "Folds": rng.choice([True, False]),
    }
    return {name: value for name, value in given.items() if rng.random() < 0.7}


def _asked(rng: random.Random) -> dict[str, Any]:
    bounds = {"min": Decimal(rng.randint(0, 4)), "max": Decimal(rng.choice(["2", "2.5", "9"]))}
    attributes = {
        "color": {"values": rng.sample([one.upper() for one in _COLOURS], k=rng.randint(1, 2))},
        "SEATS": {name: bound for name, bound in bounds.items() if rng.random() < 0.7} or {"values": ["2.5"]},
        "Folds": {"values": ["true"]},
    }
    given = {
        "ids": rng.sample(range(1, 100), k=60),
        "skus": [f"s,{n}" for n in rng.sample(range(100), k=60)],
        "brand": rng.sample(["aria", "BÖLT, SONS", "cedar", "none"], k=rng.randint(1, 2)),
        "tag": rng.sample([tag.upper() for tag in _TAGS[1:]], k=rng.randint(1, 2)),
        "attributes": {name: wanted for name, wanted in attributes.items() if rng.random() < 0.5},
        "category": rng.sample(sorted(_PARENTS), k=rng.randint(1, 2)),
    }
    asked = {name: value for name, value in given.items() if rng.random() < 0.3 and value}
    return asked | ({"subtree": True} if "category" in asked and rng.random() < 0.7 else {})


def _matches(number: int, product: dict[str, Any], asked: dict[str, Any]) -> bool:
    return all(_CHECKS[name](number, product, asked) for name in asked)


def _above(category: int) -> Iterator[int]:
    while category:
        yield category
        category = _PARENTS[category] or 0


def _in_categories(product: dict[str, Any], asked: dict[str, Any]) -> bool:
    held = {above for one in product["categoryIds"] for above in (_above(one) if asked.get("subtree") else [one])}
    return bool(held.intersection(asked["category"]))


def _has(product: dict[str, Any], name: str, wanted: dict[str, Any]) -> bool:
    values = next((value for key, value in product["attributes"].items() if key.casefold() == name.casefold()), [])
    values = values if isinstance(values, list) else [values]
    texts = {str(value).casefold() for value in values}
    if "values" in wanted and not texts.intersection(one.casefold() for one in wanted["values"]):
        return False
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    low, high = wanted.get("min", Decimal("-inf")), wanted.get("max", Decimal("inf"))
    return "values" in wanted or any(low <= Decimal(str(number)) <= high for number in numbers)


_CHECKS: dict[str, Any] = {
    "ids": lambda number, _, asked: number in asked["ids"],
    "skus": lambda _, product, asked: product["sku"].casefold() in asked["skus"],
    "brand": lambda _, product, asked: (
        (product["brand"] or "").casefold() in {one.casefold() for one in asked["brand"]}
    ),
    "tag": lambda _, product, asked: {t.casefold() for t in product["tags"]} & {t.casefold() for t in asked["tag"]},
    "attributes": lambda _, product, asked: all(_has(product, *one) for one in asked["attributes"].items()),
    "category": lambda _, product, asked: _in_categories(product, asked),
    "subtree": lambda *_: True,
}
