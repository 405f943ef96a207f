"""Changes over GraphQL: the same log as REST's, as a connection and as a subscription."""

import json
from base64 import b64encode
from typing import Any

import pytest

from app.domain.changes.feed import Follower
from app.domain.changes.reading import Page
from app.http import event_stream
from tests.images import drawn, encoded
from tests.service import Service
from tests.streams import Stream, streaming

pytestmark = pytest.mark.anyio
CHANGES = """query($first: Int, $after: String, $filter: ChangeFilter) {
  changes(first: $first, after: $after, filter: $filter) {
    edges { cursor node { id cursor type subject { type id } version members at caller requestId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
NEWS = """subscription($after: String, $filter: ChangeFilter) { news: changes(after: $after, filter: $filter) {
  type node { __typename id ... on Product { name stock } ... on Order { total lines { quantity } } }
} }"""


@pytest.fixture
async def shop(service: Service) -> Service:
    """A shop with a category, two products, an order, and one product less."""
    await service.send("POST", "/v2/categories", {"name": "Tea"})
    for name in ("Cup", "Pot"):
        await service.send("POST", "/v2/products", {"name": name, "price": 3, "stock": 5, "categoryIds": [1]})
    items = [{"productId": one, "quantity": 1} for one in (1, 2)]
    await service.send("POST", "/v2/orders", {"items": items}, Idempotency_Key="order-1")
    await service.send("DELETE", "/v2/products/2")
    return service


def global_id(kind: str, identity: int) -> str:
    """A global id."""
    return b64encode(f"{kind}:{identity}".encode()).decode()


async def ask(shop: Service, **variables: Any) -> Any:
    """The connection that variables ask for."""
    answer = await shop.graphql(CHANGES, variables)
    assert "errors" not in answer, answer
    return answer["data"]["changes"]


async def test_the_log(shop: Service) -> None:
    """A page is REST's page, with the same cursors, and an empty one says where to go on, too."""
    after = None
    while True:
        query = f"&after={after}" if after else ""
        page = (await shop.send("GET", f"/v2/changes?limit=3{query}")).json()
        found = await ask(shop, first=3, after=after)
        assert [edge["node"] for edge in found["edges"]] == page["items"]
        assert [edge["cursor"] for edge in found["edges"]] == [one["cursor"] for one in page["items"]]
        assert found["pageInfo"] == {
            "hasNextPage": page["hasMore"],
            "hasPreviousPage": after is not None,
            "startCursor": page["items"][0]["cursor"],
            "endCursor": page["nextCursor"],
        }
        after = page["nextCursor"]
        if not page["hasMore"]:
            break
    empty = await ask(shop, after=after)
    assert empty["edges"] == []
    await shop.send("POST", "/v2/products/1/stock-adjustments", {"delta": 1})
    assert len((await ask(shop, after=empty["pageInfo"]["endCursor"]))["edges"]) == 1


async def test_filters(shop: Service) -> None:
    """By types and by subject; a garbage id matches nothing, and `now` is the end."""

    async def types(**given: Any) -> list[str]:
        return [edge["node"]["type"] for edge in (await ask(shop, **given))["edges"]]

    assert await types(filter={"types": ["order.placed", "category.created"]}) == ["category.created", "order.placed"]
    pot = {"subject": global_id("Product", 2)}
    assert await types(filter=pot) == ["product.created", "product.stock_changed", "product.deleted"]
    assert await types(filter=pot | {"types": ["product.deleted"]}) == ["product.deleted"]
    for garbage in ("", "x", "7", global_id("Colour", 1)):
        assert await types(filter={"subject": garbage}) == []
    assert await types(after="now") == []


@pytest.mark.parametrize(
    ("variables", "code", "field"),
    [
        ({"after": "garbage"}, "INVALID_CURSOR", None),
        ({"after": "Y2hhbmdlc3wwfDF8MHwx"}, "CURSOR_EXPIRED", None),
        ({"filter": {"types": ["product.sold"]}}, "VALIDATION_FAILED", "filter.types.0"),
        ({"filter": {"types": ["order.placed"] * 21}}, "VALIDATION_FAILED", "filter.types"),
        ({"first": 101}, "VALIDATION_FAILED", "first"),
    ],
)
async def test_refusals(shop: Service, variables: dict[str, Any], code: str, field: str | None) -> None:
    """What is refused is null, with REST's code; a subscription is refused before it begins."""
    answer = await shop.graphql(CHANGES, variables)
    (error,) = answer["errors"]
    assert (answer["data"], error["extensions"]["code"]) == ({"changes": None}, code)
    assert [one["field"] for one in error["extensions"]["details"]] == ([field] if field else [])
    if "first" not in variables:
        async with subscribed(shop, variables) as stream:
            assert [await result(stream), await stream.events(9)] == [{"code": code}, []]


async def result(stream: Stream) -> Any:
    """The data of the next result, or the code of its error."""
    (event,) = await stream.events(1)
    assert event.name == "next"
    if "errors" in event.data:
        return {"code": event.data["errors"][0]["extensions"]["code"]}
    return event.data["data"]["news"]


def subscribed(shop: Service, variables: dict[str, Any], *fields: str) -> Any:
    """A subscription to the news."""
    body = json.dumps({"query": NEWS, "variables": variables}).encode()
    return streaming(shop.app, "/graphql", *fields, body=body)


async def test_subscription(shop: Service) -> None:
    """Each change comes with its subject as it is now, under the caller's selection; what is gone is null."""
    cup = {"__typename": "Product", "id": global_id("Product", 1), "name": "Cup", "stock": 4}
    order = {"__typename": "Order", "id": global_id("Order", 1), "total": "6.00", "lines": [{"quantity": 1}] * 2}
    async with subscribed(shop, {}) as stream:
        found = [await result(stream) for _ in range(7)]
        assert found[0]["node"] == {"__typename": "Category", "id": global_id("Category", 1)}
        assert found[1:] == [
            {"type": "product.created", "node": cup},
            {"type": "product.created", "node": None},
            {"type": "order.placed", "node": order},
            {"type": "product.stock_changed", "node": cup},
            {"type": "product.stock_changed", "node": None},
            {"type": "product.deleted", "node": None},
        ]
        await shop.send("POST", "/v2/products/1/stock-adjustments", {"delta": 2})
        assert await result(stream) == {"type": "product.stock_changed", "node": cup | {"stock": 6}}
        last = stream.last_id
    await shop.send("PATCH", "/v2/products/1", {"name": "Mug"})
    async with subscribed(shop, {"after": "now"}, f"Last-Event-ID: {last}") as stream:
        assert await result(stream) == {"type": "product.updated", "node": cup | {"stock": 6, "name": "Mug"}}
    async with subscribed(shop, {"after": last}) as stream:
        assert (await result(stream))["type"] == "product.updated"


async def test_nothing_is_selected(shop: Service) -> None:
    """A subscription whose only field may be skipped is refused before it begins."""
    for selected in ("changes @skip(if: true) { type }", "... @skip(if: true) { changes { type } }"):
        body = json.dumps({"query": f"subscription {{ {selected} }}"}).encode()
        async with streaming(shop.app, "/graphql", body=body) as stream:
            (event,) = await stream.events(1)
        assert "must not use `@skip`" in event.data["errors"][0]["message"]


async def test_the_end(shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subscription keeps its connection awake, and ends by an event."""
    monkeypatch.setattr(event_stream, "SECONDS", 0.2)
    monkeypatch.setattr(event_stream, "SECONDS_BETWEEN", 0.02)
    async with subscribed(shop, {"after": "now"}) as stream:
        blocks = [block async for block in stream.blocks]
    assert {block.name for block in blocks[:-1]} == {""}
    assert (blocks[-1].name, len(blocks) > 3) == ("complete", True)


async def test_errors_of_events(shop: Service) -> None:
    """An error of a field stands beside the data of its event."""
    document = "subscription { changes { node { ... on Product { image { url(width: 7) } } } } }"
    await shop.illustrate(1, encoded(drawn(), "PNG"))
    async with streaming(shop.app, "/graphql", body=json.dumps({"query": document}).encode()) as stream:
        events = await stream.events(2)
    assert events[0].data == {"data": {"changes": {"node": {}}}}
    assert events[1].data["data"] == {"changes": {"node": {"image": None}}}
    assert events[1].data["errors"][0]["path"] == ["changes", "node", "image", "url"]


async def test_long_events(shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that may be large are made one by one; one that is too long is an error, and the next one follows."""
    monkeypatch.setattr("app.rate_limiting.costs.MAX_BYTES", 20_000)
    sizes, read = set[int](), Follower.next

    async def noted(self: Follower, size: int, seconds: float) -> Page:
        sizes.add(size)
        return await read(self, size, seconds)

    monkeypatch.setattr(Follower, "next", noted)
    for letters in (600, 6):
        await shop.send("POST", "/v2/products", {"name": "Mug", "price": 1, "description": "d" * letters})
    for aliases, failing in ((40, [True, False]), (1, [False, False])):
        leaves = " ".join(f"a{n}: description" for n in range(aliases))
        document = f"""subscription {{
            changes(filter: {{types: ["product.created"]}}) {{ node {{ ... on Product {{ {leaves} }} }} }}
        }}"""
        async with streaming(shop.app, "/graphql", body=json.dumps({"query": document}).encode()) as stream:
            events = await stream.events(4)
        assert ["errors" in one.data for one in events[2:]] == failing
    assert sizes == {1, 20}


async def test_other_operations(shop: Service) -> None:
    """A query over events has one result; a subscription over JSON is not acceptable."""
    body = json.dumps({"query": "{ product(id: 1) { name } }"}).encode()
    async with streaming(shop.app, "/graphql", body=body) as stream:
        assert stream.status == 200
        raw = await stream.events(9)
        assert [(one.name, one.data["data"]) for one in raw] == [("next", {"product": {"name": "Cup"}})]
    answer = await shop.send("POST", "/graphql", {"query": NEWS})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


async def test_over_get(shop: Service) -> None:
    """EventSource sends a GET."""
    async with streaming(shop.app, "/graphql?query=subscription%7Bnews%3Achanges%7Btype%7D%7D") as stream:
        assert await result(stream) == {"type": "category.created"}
