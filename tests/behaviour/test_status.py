"""The status of products: what lists show of it, who may ask, what may be ordered, and what caches may keep."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from app.domain.callers import Scope
from app.stores import keys
from tests.behaviour.surfaces import Refused, Surface, Thing, each_surface, surfaces
from tests.behaviour.tills import Till
from tests.images import drawn, encoded
from tests.service import Service

STATUSES = ("active", "draft", "archived")
SHARED, PRIVATE = "no-cache", "private, no-cache"


surface_name = each_surface("v2", "graphql")


async def one_of_each(surface: Surface, **members: Any) -> dict[str, Thing]:
    """A product of each status."""
    return {
        status: await surface.create(**{"name": f"{status} kettle", "price": 5, "status": status, **members})
        for status in STATUSES
    }


async def test_lists(service: Service, surface: Surface) -> None:
    """Lists, searches, counts and categories show active products, unless others are asked for."""
    category = (await surface.create_category(name="All")).id
    made = await one_of_each(surface, categoryIds=[category], tags=["new"])
    assert {status: thing.members["status"] for status, thing in made.items()} == {one: one for one in STATUSES}
    ids = {status: thing.id for status, thing in made.items()}
    narrowings: list[dict[str, Any]] = [{}, {"q": "kettle new"}, {"category": category}, {"minPrice": 5}]
    for narrowing in [*narrowings, {"sort": "-name"}]:
        for asked, expected in (
            ({}, {"active"}),
            ({"status": ["active"]}, {"active"}),
            ({"status": ["draft"]}, {"draft"}),
            ({"status": ["archived"]}, {"archived"}),
            ({"status": ["archived", "active"]}, {"active", "archived"}),
            ({"status": ["any"]}, set(STATUSES)),
        ):
            found = await surface.list(**narrowing, **asked, total=True)
            assert set(found.ids) == {ids[status] for status in expected}, (narrowing, asked)
            assert found.total == len(expected)
    inside = await surface.list_in_category(category, status=["draft"], total=True)
    assert (inside.ids, inside.total) == ([ids["draft"]], 1)


async def test_changes_of_status(service: Service, surface: Surface) -> None:
    """A product leaves lists and categories with its status, and comes back with it; null is active."""
    category = (await surface.create_category(name="All")).id
    made = await surface.create(name="Kettle", price=5, categoryIds=[category])
    for status in ("draft", "active", "archived", None):
        await surface.update(made.id, status=status)
        expected = [made.id] if status in ("active", None) else []
        assert (await surface.list()).ids == expected
        assert (await surface.list_in_category(category, total=True)).total == len(expected)
    assert (await surface.get(made.id)).members["status"] == "active"
    with pytest.raises(Refused, match="validation_failed"):
        await surface.update(made.id, status="sold")


async def test_cursors(service: Service, surface: Surface) -> None:
    """To ask for active products is to ask for nothing: the cursors are those of the plain list, and only those."""
    for _ in range(3):
        await one_of_each(surface)
    page = await surface.list(size=1)
    assert (await surface.list(size=2, after=page.next, status=["active"])).ids == (await surface.list()).ids[1:]
    whole = (await surface.list(status=["any"], sort="-name")).ids
    walked, after = [], None
    while after is not None or not walked:
        part = await surface.list(status=["draft", "active", "archived"], sort="-name", size=2, after=after)
        walked, after = walked + part.ids, part.next
    assert walked == whole
    assert len(whole) == 9
    with pytest.raises(Refused, match="invalid_cursor"):
        await surface.list(size=2, after=page.next, status=["any"])


class Shop(NamedTuple):
    """A service that asks for keys: those of an operator, and of one who orders."""

    service: Service
    operator: dict[str, str]
    buyer: dict[str, str]
    ids: dict[str, int]

    def till(self, surface: str, who: dict[str, str]) -> Till:
        """A till of one of them."""
        return Till(self.service, surface, who["authorization"].removeprefix("Bearer "))


@pytest.fixture
async def shop(database_url: str, anyio_backend: str) -> AsyncIterator[Shop]:
    """A shop of a product of each status."""
    async with Service(database_url, auth="keys") as service:
        callers = {"operator": sorted(Scope), "buyer": [Scope.ORDERS_WRITE, Scope.ORDERS_READ, Scope.CATALOG_READ]}
        secrets = {name: await keys.create(service.database, name, scopes) for name, scopes in callers.items()}
        operator, buyer = ({"authorization": f"Bearer {secret}"} for secret in secrets.values())
        ids = {}
        for status in STATUSES:
            members = {"name": f"{status} kettle", "price": 5, "sku": status, "status": status}
            ids[status] = (await service.send("POST", "/v2/products", members, **operator)).json()["id"]
        yield Shop(service, operator, buyer, ids)


@pytest.mark.parametrize("status", ["draft", "archived", "any", "active,draft"])
async def test_who_may_ask(shop: Shop, status: str) -> None:
    """To ask for what is not active takes `catalog:write`, in any list, and a key at all."""
    lists = [f"/v2/{path}?status={status}" for path in ("products", "categories/1/products")]
    for path in lists:
        assert (await shop.service.send("GET", path)).json()["code"] == "unauthenticated"
        assert (await shop.service.send("GET", path, **shop.buyer)).json()["code"] == "forbidden"
    assert (await shop.service.send("GET", lists[0], **shop.operator)).status_code == 200
    words = ", ".join(status.upper().split(","))
    for field in ("products", "categories { edges { node { products"):
        nested = field.count("{")
        document = f"{{ {field}(filter: {{status: [{words}]}}) {{ totalCount }} {'} ' * nested} }}"
        for caller, code in ((shop.buyer, "FORBIDDEN"), ({}, "UNAUTHENTICATED")):
            answer = await shop.service.graphql(document, **caller)
            assert answer["errors"][0]["extensions"]["code"] == code
        assert "errors" not in await shop.service.graphql(document, **shop.operator)


async def test_what_caches_may_keep(shop: Shop) -> None:
    """What others are not shown is private; what everyone is shown is not, whoever asks."""
    paths = {f"/{version}/products/{shop.ids['active']}": SHARED for version in ("v1", "v2")}
    paths |= {f"/{version}/products/{shop.ids['draft']}": PRIVATE for version in ("v1", "v2")}
    paths |= {f"/v2/products/{shop.ids['archived']}?fields=id": PRIVATE, "/v2/products/sku:draft": PRIVATE}
    paths |= {"/v2/products": SHARED, "/v2/products?status=active": SHARED, "/v2/products?status=any": PRIVATE}
    for path, expected in paths.items():
        answer = await shop.service.send("GET", path, **shop.operator)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, expected), path
        assert "Authorization" in answer.headers["vary"]
        known = await shop.service.send("GET", path, if_none_match=answer.headers["etag"], **shop.operator)
        assert (known.status_code, known.headers["cache-control"]) == (304, expected), path
        others = await shop.service.send("GET", path, **shop.buyer)
        assert others.status_code == (200 if expected == SHARED else 403 if "any" in path else 404), path
    absent = await shop.service.send("GET", "/v2/products/4711")
    hidden = await shop.service.send("GET", f"/v2/products/{shop.ids['draft']}")
    assert {**absent.json(), "requestId": ""} == {**hidden.json(), "requestId": ""}


async def test_orders(shop: Shop, surface_name: str) -> None:
    """What is not active cannot be ordered, by anyone; an order that has it shows the product to those who see it."""
    till = shop.till(surface_name, shop.operator)
    for status in ("draft", "archived"):
        refused = await till.place((shop.ids["active"], 1), (shop.ids[status], 1), key=status)
        assert refused.code == "validation_failed"
    placed = await till.place((shop.ids["active"], 1), key="K")
    assert placed.order is not None
    patch = {"status": "archived"}
    await shop.service.send("PATCH", f"/v2/products/{shop.ids['active']}", patch, **shop.operator)
    assert (await till.place((shop.ids["active"], 1), key="L")).code == "validation_failed"
    document = "{ orders { edges { node { lines { name product { name } } } } } }"
    answer = await shop.service.graphql(document, **shop.operator)
    line = {"name": "active kettle", "product": {"name": "active kettle"}}
    assert answer["data"]["orders"]["edges"][0]["node"]["lines"] == [line]
    assert (await till.cancel(placed.order["id"], key="M")).code is None


async def test_order_lines_of_others(shop: Shop) -> None:
    """Whoever does not see the product has the line as it was ordered, without the product."""
    till = shop.till("v2", shop.buyer)
    assert (await till.place((shop.ids["active"], 1), key="K")).order is not None
    await shop.service.send("PATCH", f"/v2/products/{shop.ids['active']}", {"status": "draft"}, **shop.operator)
    answer = await shop.service.graphql("{ orders { edges { node { lines { name product { id } } } } } }", **shop.buyer)
    lines = [{"name": "active kettle", "product": None}]
    assert answer["data"]["orders"]["edges"][0]["node"]["lines"] == lines


async def test_images(shop: Shop) -> None:
    """The image of a draft is there for those who see the draft, and for whoever knows its content."""
    path = f"/v2/products/{shop.ids['draft']}/image"
    await shop.service.illustrate(shop.ids["draft"], encoded(drawn(), "PNG"), **shop.operator)
    shown = (await shop.service.send("GET", path.removesuffix("/image"), **shop.operator)).json()["image"]
    own = await shop.service.send("GET", path, **shop.operator)
    assert (own.status_code, own.headers["cache-control"]) == (200, PRIVATE)
    assert (await shop.service.send("GET", path, **shop.buyer)).status_code == 404
    assert (await shop.service.send("GET", f"{path}?v=0123456789abcdef")).status_code == 404
    for listed in (f"{path}s", f"{path}s/1"):
        assert (await shop.service.send("GET", listed, **shop.buyer)).json()["message"] == "There is no such product."
    assert len((await shop.service.send("GET", f"{path}s", **shop.operator)).json()["images"]) == 1
    known = await shop.service.send("GET", shown["url"])
    assert (known.status_code, known.content) == (200, own.content)
    assert "immutable" in known.headers["cache-control"]


async def test_exports(shop: Shop) -> None:
    """An export has all products for those who see them, and the active ones for others."""
    exported = [await shop.service.send("GET", "/v2/products/export", **who) for who in (shop.operator, shop.buyer)]
    assert [answer.text.count('"name":') for answer in exported] == [3, 1]
    assert '"status":"draft"' in exported[0].text


async def test_changes(shop: Shop) -> None:
    """To those who see active products alone, becoming active is being made, and ceasing is being deleted."""
    path, sent = f"/v2/products/{shop.ids['draft']}", shop.service.send
    start = (await sent("GET", "/v2/changes?after=now")).json()["nextCursor"]

    async def told(who: dict[str, str]) -> list[str]:
        found = (await sent("GET", f"/v2/changes?after={start}&limit=100", **who)).json()["items"]
        return [one["type"].removeprefix("product.") for one in found]

    edits: list[dict[str, Any]] = [
        {"stock": 3},
        {"status": "active"},
        {"price": 6},
        {"status": "archived"},
        {"price": 7},
    ]
    for edit in edits:
        await sent("PATCH", path, edit, **shop.operator)
        await sent("POST", f"{path}/stock-adjustments", {"delta": 1}, **shop.operator)
    await shop.service.illustrate(shop.ids["draft"], encoded(drawn(), "PNG"), **shop.operator)
    await sent("DELETE", path, **shop.operator)
    await sent("POST", "/v2/products", {"name": "New", "price": 5, "status": "draft"}, **shop.operator)
    assert await told(shop.operator) == ["updated", "stock_changed"] * 5 + ["updated", "deleted", "created"]
    assert await told(shop.buyer) == ["created", "stock_changed", "updated", "stock_changed", "deleted"]
    own = await sent("GET", f"{path}/changes", **shop.buyer)
    assert [one["type"] for one in own.json()["items"]] == [
        f"product.{one}" for one in ("created", "stock_changed", "updated", "stock_changed", "deleted")
    ]


async def test_cancelled_orders(shop: Shop) -> None:
    """Stock that goes back to a product which is no longer active is told to those alone who see it."""
    await shop.service.send("PATCH", f"/v2/products/{shop.ids['active']}", {"stock": 3}, **shop.operator)
    placed = await shop.till("v2", shop.buyer).place((shop.ids["active"], 1), key="K")
    assert placed.order is not None
    await shop.service.send("PATCH", f"/v2/products/{shop.ids['active']}", {"status": "draft"}, **shop.operator)
    start = (await shop.service.send("GET", "/v2/changes?after=now")).json()["nextCursor"]
    assert (await shop.till("v2", shop.buyer).cancel(placed.order["id"], key="L")).code is None
    for who, expected in ((shop.buyer, ["order.cancelled"]), (shop.operator, ["product.stock_changed"]), ({}, [])):
        answer = await shop.service.send("GET", f"/v2/changes?after={start}", **who)
        assert [one["type"] for one in answer.json()["items"]] == expected


async def test_v1(service: Service) -> None:
    """v1 hides what is not active, and has no parameter for it."""
    v2 = surfaces(service)["v2"]
    made = await one_of_each(v2)
    assert (await surfaces(service)["v1"].list()).ids == [made["active"].id]
    assert (await service.send("GET", "/v1/products?status=draft")).json()["code"] == "unknown_parameter"
