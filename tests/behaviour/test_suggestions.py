"""Suggestions while typing, over REST and GraphQL, on both engines."""

from typing import Any

import pytest

from app.domain.finding import suggestions
from tests.service import Service

_PRODUCTS: tuple[dict[str, Any], ...] = (
    {"name": "Wireless headphones", "brand": "Norden", "sku": "WH-30"},
    {"name": "Wireless head torch", "brand": "NORDEN"},
    {"name": "Headband", "brand": "Northern Light"},
    {"name": "Copper kettle", "brand": "Aurelia", "tags": ["kitchen"]},
    {"name": "Kettle", "description": "Wireless"},
    {"name": "Kettlebell"},
    {"name": "Kettle stand", "status": "draft", "brand": "Nordic secret", "tags": ["kettledrum"]},
    {"name": "Kettle mat", "status": "archived", "brand": "Norden"},
    {"name": "東京タワー"},
)
_CATEGORIES = ("Kettles", "Tea and kettles", "Headphones", "Garden")


@pytest.fixture(scope="module")
async def shop(shared_service: Service) -> Service:
    """A service with these products and categories."""
    for name in _CATEGORIES:
        await shared_service.send("POST", "/v2/categories", {"name": name})
    for product in _PRODUCTS:
        made = await shared_service.send("POST", "/v2/products", {"price": 5, **product})
        assert made.status_code == 201
    return shared_service


async def suggested(service: Service, q: str, most: int = 20) -> dict[str, list[str]]:
    """The suggestions by their kinds, which both protocols give alike."""
    rest = await service.http.get("/v2/products/suggestions", params={"q": q, "limit": most})
    items = rest.json()["items"]
    document = "query($q: String!, $most: Int!) { suggestions(q: $q, first: $most) { kind text id plainId } }"
    answer = await service.graphql(document, {"q": q, "most": most})
    found = answer["data"]["suggestions"]
    assert [(one["kind"].lower(), one["text"], one["plainId"]) for one in found] == [
        (one["kind"], one["text"], one.get("id")) for one in items
    ]
    for one in found:
        assert (one["id"] is None) is (one["plainId"] is None)
    kinds: dict[str, list[str]] = {}
    for one in items:
        kinds.setdefault(one["kind"], []).append(one["text"])
    return kinds


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        (
            "kettl",
            {
                "query": ["kettle", "kettlebell"],
                "category": ["Kettles", "Tea and kettles"],
                "product": ["Kettle", "Kettlebell", "Copper kettle"],
            },
        ),
        (
            "Wireless HEAD",
            {
                "query": ["Wireless headphones"],
                "product": ["Wireless head torch", "Wireless headphones"],
            },
        ),
        (
            "head",
            {
                "query": ["headband", "headphones"],
                "category": ["Headphones"],
                "product": ["Headband", "Wireless headphones", "Wireless head torch"],
            },
        ),
        ("nord", {"query": ["norden"], "brand": ["NORDEN"], "product": ["Wireless headphones", "Wireless head torch"]}),
        (
            "nor",
            {
                "query": ["norden", "northern"],
                "brand": ["NORDEN", "Northern Light"],
                "product": ["Wireless headphones", "Wireless head torch", "Headband"],
            },
        ),
        ("WH-30", {"product": ["Wireless headphones"]}),
        ("wh30", {}),
        ("東京", {"product": ["東京タワー"]}),
        ("kettle drums", {}),
        ("nothing", {}),
        ("!?", {}),
    ],
)
async def test_what_is_suggested(shop: Service, q: str, expected: dict[str, list[str]]) -> None:
    """Words that go on, names that begin or have the words; nothing of products that are not active."""
    assert await suggested(shop, q) == expected


async def test_limit(shop: Service) -> None:
    """Each kind has its share; what one leaves the others take."""
    assert await suggested(shop, "kettl", 1) == {"query": ["kettle"]}
    four = await suggested(shop, "kettl", 4)
    assert {kind: len(texts) for kind, texts in four.items()} == {"query": 2, "category": 1, "product": 1}


async def test_common_words(shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all words are common, only names that begin with the search are suggested, and words that go together."""
    monkeypatch.setattr(suggestions, "MAX_HITS", 1)
    assert (await suggested(shop, "kettl"))["product"] == ["Kettle", "Kettlebell"]
    assert await suggested(shop, "wireless head") == {
        "query": ["wireless headphones"],
        "product": ["Wireless head torch", "Wireless headphones"],
    }
    monkeypatch.setattr(suggestions, "_MAX_PAIRED", 0)
    assert (await suggested(shop, "wireless head"))["query"] == ["wireless headband", "wireless headphones"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "q"), ("q=", "q"), (f"q={'x' * 201}", "q"), ("q=a&limit=21", "limit"), ("q=a&limit=0", "limit")],
)
async def test_refusals(shop: Service, query: str, field: str) -> None:
    """A search must be there, and the number within its bounds."""
    refused = await shop.send("GET", f"/v2/products/suggestions?{query}")
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (422, field)
    assert (await shop.send("GET", "/v1/products/suggestions")).status_code == 404


@pytest.mark.parametrize("arguments", ['q: ""', 'q: "a", first: 21', 'q: "a", first: 0', 'q: "nul\\u0000"'])
async def test_refusals_of_graphql(shop: Service, arguments: str) -> None:
    """The same over GraphQL."""
    answer = await shop.graphql(f"{{ suggestions({arguments}) {{ text }} }}")
    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION_FAILED"


async def test_what_it_costs(shop: Service) -> None:
    """One point over both protocols."""
    answer = await shop.graphql('{ suggestions(q: "a", first: 20) { kind text id plainId } }')
    assert answer["extensions"]["cost"] == 1
