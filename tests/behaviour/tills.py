"""Placing and cancelling orders on each surface, with what came of it in the same form."""

import json
from decimal import Decimal
from typing import Any, NamedTuple

import httpx2

from app.domain.callers import Scope
from app.domain.catalogue.product_rows import insert_all
from app.stores import keys
from tests.catalogues import goods
from tests.service import Service

ORDERS = frozenset({Scope.ORDERS_READ, Scope.ORDERS_WRITE})
SURFACES = ("v1", "v2", "graphql")
_ORDER = """{ id: orderId status reference currency total createdAt
    lines { productId name quantity unitPrice lineTotal variantId sku options { name value } } }"""
_DOCUMENT = "mutation($input: %sInput!) { it: %s(input: $input) { order %s userErrors { code field } } }"


class Answer(NamedTuple):
    """What came of a request: an order, or the code of a refusal; and how it was said."""

    order: dict[str, Any] | None
    code: str | None
    replayed: bool
    response: httpx2.Response

    @property
    def id(self) -> int:
        """The order's id."""
        assert self.order, self
        return int(self.order["id"])

    @property
    def in_every_version(self) -> dict[str, Any] | None:
        """The order without what v1 does not show of it."""
        return self.order and without_variants(self.order)


class Till:
    """One surface of a service, for one caller."""

    def __init__(self, service: Service, surface: str, secret: str | None = None) -> None:
        self.service, self.surface = service, surface
        self.headers = {"authorization": f"Bearer {secret}"} if secret else {}

    async def place(
        self, *items: tuple[int, int], key: str | None = None, reference: str | None = None, **headers: str
    ) -> Answer:
        """Place an order of (product, quantity)."""
        members: dict[str, Any] = {"items": [{"productId": i, "quantity": n} for i, n in items]}
        if reference is not None:
            members["reference"] = reference
        return await self.send("placeOrder", "/orders", members, key=key, **headers)

    async def cancel(self, order_id: int, key: str | None = None) -> Answer:
        """Cancel an order."""
        return await self.send("cancelOrder", f"/orders/{order_id}/cancellation", {"id": order_id}, key=key)

    async def send(self, field: str, path: str, members: Any, *, key: str | None = None, **headers: str) -> Answer:
        """Send a mutation, or its like in REST."""
        fields = {**self.headers, **headers, **({"idempotency_key": key} if key is not None else {})}
        if self.surface != "graphql":
            return _rest(await self.service.send("POST", f"/{self.surface}{path}", members, **fields))
        items = [
            {name: str(value) if name.endswith("Id") else value for name, value in item.items()}
            for item in members.get("items", ())
        ]
        given = {**members, "items": items} if items else members
        document = _DOCUMENT % (field[0].upper() + field[1:], field, _ORDER)
        sent = {"query": document, "variables": {"input": given}}
        return _graphql(await self.service.send("POST", "/graphql", sent, **fields))

    async def get(self, order_id: int) -> Answer:
        """One order."""
        if self.surface != "graphql":
            return _rest(await self.service.send("GET", f"/{self.surface}/orders/{order_id}", **self.headers))
        document = f"query($id: ID!) {{ it: order(id: $id) {_ORDER} }}"
        sent = {"query": document, "variables": {"id": order_id}}
        response = await self.service.send("POST", "/graphql", sent, **self.headers)
        found = response.json()["data"]["it"]
        return Answer(_numbers(found) if found else None, None if found else "not_found", False, response)


def tills(service: Service) -> list[Till]:
    """A till on every surface."""
    return [Till(service, surface) for surface in SURFACES]


def _rest(response: httpx2.Response) -> Answer:
    body = json.loads(response.text, parse_float=Decimal)
    replayed = response.headers.get("idempotent-replayed") == "true"
    if response.status_code < 300:
        return Answer(_numbers(body), None, replayed, response)
    return Answer(None, body["code"], replayed, response)


def _graphql(response: httpx2.Response) -> Answer:
    body = response.json()
    replayed = response.headers.get("idempotent-replayed") == "true"
    assert body.get("extensions", {}).get("idempotency", {}).get("replayed", False) is replayed
    if "data" not in body:
        return Answer(None, body.get("code") or body["errors"][0]["extensions"]["code"].lower(), replayed, response)
    payload = body["data"]["it"]
    if payload is None:
        return Answer(None, body["errors"][0]["extensions"]["code"].lower(), replayed, response)
    if payload["userErrors"]:
        return Answer(None, payload["userErrors"][0]["code"].lower(), replayed, response)
    return Answer(_numbers(payload["order"]), None, replayed, response)


def without_variants(order: dict[str, Any]) -> dict[str, Any]:
    """An order as v1 shows it."""
    later = {"variantId", "sku", "options"}
    lines = [{name: value for name, value in line.items() if name not in later} for line in order["lines"]]
    return {**order, "lines": lines}


def _by_name(options: Any) -> dict[str, str]:
    return options if isinstance(options, dict) else {one["name"]: one["value"] for one in options}


def _numbers(order: dict[str, Any]) -> dict[str, Any]:
    """The order with its amounts as numbers and its status in REST's spelling, whichever protocol it came through."""
    lines = [
        {name: Decimal(value) if name in {"unitPrice", "lineTotal"} else value for name, value in line.items()}
        | ({"options": _by_name(line["options"])} if "options" in line else {})
        for line in order["lines"]
    ]
    return {**order, "status": order["status"].lower(), "total": Decimal(order["total"]), "lines": lines}


async def stocked(service: Service, *stocks: int | None, price: int = 12_3400) -> list[int]:
    """Products with so much stock; their ids."""
    drafts = [goods(f"Tea {n}", price, stock=stock) for n, stock in enumerate(stocks)]
    ids: list[int] = await service.database.write(lambda unit: insert_all(unit, drafts))
    return ids


async def stock(service: Service, product_id: int) -> int | None:
    """What is left of a product."""
    return (await service.send("GET", f"/v2/products/{product_id}")).json()["stock"]


async def caller(service: Service, name: str, *scopes: Scope) -> str:
    """The secret of a new API key."""
    return await keys.create(service.database, name, scopes or sorted(ORDERS))


async def orders_of(till: Till) -> list[int]:
    """The ids of all orders, as REST lists them."""
    listed = await till.service.send("GET", "/v2/orders?limit=100&fields=id", **till.headers)
    assert listed.json()["nextCursor"] is None
    return [one["id"] for one in listed.json()["items"]]
