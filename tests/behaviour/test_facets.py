"""Facets: equal to a look at every product, over REST and GraphQL, on both engines."""

import random
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from app.domain.finding import facet_statements
from tests.behaviour.faceting import Product, Shelf, narrowed
from tests.behaviour.surfaces import Refused, Surface, each_surface, surfaces
from tests.service import Service

_BRANDS = ("Aria", "ARIA", "Bölt, Sons", "Cedar", None)
_TAGS = ("new", "New", "sale, summer", "gift", "größe")
_COLOURS = ("red", "Red", "dark blue", "green, light", "7", 7)
_PARENTS = {1: None, 2: 1, 3: 1, 4: 2, 5: 4, 6: None}
"""Categories, and what they stand in."""
_NAMES = ("category", "brand", "price", "tag", "inStock", "attributes.Color", "attributes.SEATS", "attributes.none")
_CATEGORIES = {number: f"C{number}" for number in _PARENTS}


surface_name = each_surface("v2", "graphql")


def _product(rng: random.Random, number: int) -> Product:
    attributes = {"Color": rng.choice(_COLOURS), "Seats": rng.choice([1, 2.5, 8, 0.001, -3, 40, 41])}
    tags = {tag.casefold(): tag for tag in rng.sample(_TAGS, k=rng.randint(0, 3))}
    variants = _variants(rng, number) if rng.random() < 0.2 else {}
    product = {
        "name": f"{rng.choice(['Lamp', 'Chair'])} {number}",
        "price": rng.choice([5, 19.9, 7.25, rng.randint(1, 900)]),
        "stock": rng.choice([None, 0, 3]),
        "brand": rng.choice(_BRANDS),
        "tags": sorted(tags.values()),
        "attributes": {name: value for name, value in attributes.items() if rng.random() < 0.8},
        "categoryIds": rng.sample(sorted(_PARENTS), k=rng.randint(0, 2)),
        "status": rng.choice(["active"] * 5 + ["draft"]),
    }
    first = variants["variants"][0] if variants else {}
    return product | variants | {name: first[name] for name in ("price", "stock") if first}


def _variants(rng: random.Random, number: int) -> Product:
    sizes = ["S", "M", "L"][: rng.choice([2, 3])]
    variants = [
        {"sku": f"V{number}-{n}", "options": {"Size": size}, "price": rng.choice([5, 7.25, 80, 300]), "stock": n % 2}
        for n, size in enumerate(sizes)
    ]
    return {"options": [{"name": "Size", "values": sizes}], "variants": variants}


@pytest.fixture(scope="module")
def products() -> list[Product]:
    """Products whose members repeat, by their ids from 1 on."""
    rng = random.Random(8)
    return [_product(rng, n) | {"id": n + 1} for n in range(120)]


@pytest.fixture(scope="module")
async def shop(shared_url: str, products: list[Product], anyio_backend: str) -> AsyncIterator[Service]:
    """A service with these products."""
    async with Service(shared_url) as service:
        for number, parent in _PARENTS.items():
            await service.send("POST", "/v2/categories", {"name": f"C{number}", "parentId": parent})
        for product in products:
            made = {name: value for name, value in product.items() if name != "id"}
            assert (await service.send("POST", "/v2/products", made)).status_code == 201
        yield service


@pytest.fixture
def reading(shop: Service, surface_name: str) -> Surface:
    """A surface of it."""
    return surfaces(shop)[surface_name]


async def test_equal_to_brute_force(reading: Surface, products: list[Product]) -> None:
    """80 random questions are answered as a look at every product answers them."""
    rng, told, shelf = random.Random(5), 0, Shelf(products, _PARENTS, _CATEGORIES)
    for _ in range(80):
        asked = _asked(rng)
        names, most = rng.sample(_NAMES, k=rng.randint(1, 4)), rng.choice([1, 2, 4, 20, 100])
        found = await reading.facets(names, most, **asked)
        wanted = _looked_up(products, asked)
        assert found == [shelf.facet(name, most, wanted) for name in names], (names, most, asked)
        told += sum(bool(facet["values"]) for facet in found)
    assert told > 60


async def test_equal_to_lists(reading: Surface) -> None:
    """A value narrows the list to as many products as its facet counts."""
    for name in ("category", "brand", "price", "tag", "inStock", "attributes.Color", "attributes.Seats"):
        (facet,) = await reading.facets([name], 100, q="lamp")
        assert facet["values"]
        for one in facet["values"]:
            page = await reading.list(q="lamp", total=True, **narrowed(name, one["value"]))
            assert page.total == one["count"], (name, one)


async def test_within_a_category(reading: Surface, products: list[Product]) -> None:
    """The facets of a category's own list count its products alone, with those below it where they are asked for."""
    shelf = Shelf(products, _PARENTS, _CATEGORIES)
    for category in _PARENTS:
        for more in ({}, {"subtree": True}, {"brand": ["aria"], "subtree": True}):
            found = await reading.facets(_NAMES, 4, within=category, **more)
            asked = {"category": [category], **more}
            expected = [shelf.facet(name, 4, asked, placed=True) for name in _NAMES]
            assert found == expected, (category, more)
            ids = (await reading.list_in_category(category, size=100, **more)).ids
            assert ids == (await reading.list(size=100, **asked)).ids


@pytest.mark.parametrize(
    ("names", "most"),
    [
        (["colour"], 20),
        (["attributes."], 20),
        ([f"attributes.a{n}" for n in range(11)], 20),
        (["brand"], 101),
        (["brand"], 0),
    ],
)
async def test_refusals(reading: Surface, names: list[str], most: int) -> None:
    """What no facet can be is refused."""
    with pytest.raises(Refused, match="validation_failed"):
        await reading.facets(names, most)


async def test_too_many(reading: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of more products than facets count is refused, one that is narrowed is not."""
    monkeypatch.setattr(facet_statements, "MAX_PRODUCTS", 40)
    facet_statements.size.cache_clear()
    try:
        with pytest.raises(Refused, match="query_too_complex"):
            await reading.facets(["brand"], 20)
        assert await reading.facets(["brand"], 20, category=[4])
    finally:
        facet_statements.size.cache_clear()


async def test_v1_has_none(shop: Service) -> None:
    """v1 knows no facets."""
    refused = await shop.send("GET", "/v1/products?facets=brand")
    assert refused.json()["code"] == "unknown_parameter"


async def test_many_lists(shop: Service) -> None:
    """Facets below several categories are those of each one's list, and of each alias."""
    facets = 'facets(of: ["brand"]) { name values { value count } }'
    below = f'products(first: 1) {{ {facets} prices: facets(of: ["price"], first: 1) {{ min max }} }}'
    answer = await shop.graphql(f"{{ categories {{ edges {{ node {{ categoryId {below} }} }} }} }}")
    nodes = [edge["node"] for edge in answer["data"]["categories"]["edges"]]
    assert len(nodes) == len(_PARENTS)
    for node in nodes:
        path = f"/v2/categories/{node['categoryId']}/products?facets=brand,price&facetLimit=20"
        brand, price = (await shop.send("GET", path)).json()["facets"]
        for value in brand["values"]:
            del value["label"]
        assert node["products"]["facets"] == [brand]
        assert node["products"]["prices"] == [{"min": price["min"], "max": price["max"]}]


def _asked(rng: random.Random) -> dict[str, Any]:
    attributes = {
        "color": {"values": rng.sample(["red", "DARK BLUE", "7"], k=rng.randint(1, 2))},
        "Seats": {"min": Decimal(rng.randint(-4, 4)), "max": Decimal(8)},
    }
    given = {
        "q": rng.choice(["lamp", "chai", "lamp chair"]),
        "brand": rng.sample(["aria", "BÖLT, SONS", "cedar", "none"], k=rng.randint(1, 2)),
        "tag": rng.sample([tag.upper() for tag in _TAGS[1:]], k=rng.randint(1, 2)),
        "attributes": {name: wanted for name, wanted in attributes.items() if rng.random() < 0.5},
        "category": rng.sample(sorted(_PARENTS), k=rng.randint(1, 2)),
        "inStock": rng.random() < 0.5,
        "minPrice": Decimal(rng.randint(1, 20)),
        "maxPrice": Decimal(rng.randint(10, 500)),
        "status": ["draft", "active"],
    }
    asked = {name: value for name, value in given.items() if rng.random() < 0.25 and value != {}}
    return asked | ({"subtree": True} if "category" in asked and rng.random() < 0.5 else {})


def _looked_up(products: Sequence[Product], asked: dict[str, Any]) -> dict[str, Any]:
    """What is asked, with the ids that its search finds."""
    if "q" not in asked:
        return asked
    words = asked["q"].split()
    found = {one["id"] for one in products if all(one["name"].casefold().startswith(word) for word in words)}
    return {name: value for name, value in asked.items() if name != "q"} | {"found": found}
