"""A partner's system, which knows skus alone: it keeps a catalogue in step by batches, over links that lose answers."""

import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any, NamedTuple

from app.domain.unicode import identity

Line = Mapping[str, Any]
_TEMPORARY = frozenset({"idempotency_key_in_use", "rate_limited", "unavailable", "timeout"})
_LONGEST = 60.0
_KINDS = {"upsert": "UPSERT", "update": "UPDATE", "adjustStock": "ADJUST_STOCK"}
_SHOWN = ("sku", "version", "stock")
_MUTATION = """mutation($input: BatchProductsInput!) { batchProducts(input: $input) {
    results { status product { sku version stock } userErrors { code message field } }
    userErrors { code message } } }"""
_PAGE = """query($after: String) { products(first: 100, after: $after) { edges { node {
    sku name description price currency brand stock version categories(first: 10) { edges { node { name } } } } }
    pageInfo { hasNextPage endCursor } } }"""
_CATEGORY = """mutation($input: CreateCategoryInput!) { createCategory(input: $input) {
    category { categoryId } userErrors { code message } } }"""


class Product(NamedTuple):
    """A product as the partner and the service both know it."""

    name: str
    description: str
    price: float
    currency: str
    brand: str | None
    stock: int | None
    categories: frozenset[str]


class Partner:
    """Talks to a port over one protocol, and sends again what got no answer, under the same key."""

    def __init__(self, port: int, protocol: str) -> None:
        self._port, self.protocol = port, protocol
        self.retries = self.replays = 0
        self._categories: dict[str, int] = {}

    def upsert(self, lines: Sequence[Line], size: int, name: str) -> list[dict[str, Any]]:
        """Upsert products by batches of a size, whose keys begin with a name; what became of each."""
        self._make_categories({one for line in lines for one in _names(line)})
        return self._batches([self._upserting(line) for line in lines], size, name)

    def adjust(self, skus: Iterable[str], delta: int, size: int, name: str) -> list[dict[str, Any]]:
        """Add to the stock of products."""
        return self._batches([{"op": "adjustStock", "sku": sku, "delta": delta} for sku in skus], size, name)

    def edit_and_restock(self, skus: Iterable[str], name: str) -> list[dict[str, Any]]:
        """Describe products by a name, and add one to the stock of each, in one batch."""
        each = ({"op": "update", "product": {"description": name}}, {"op": "adjustStock", "delta": 1})
        return self.batch([{"sku": sku, **one} for sku in skus for one in each], name)

    def batch(self, operations: Sequence[Any], key: str) -> list[dict[str, Any]]:
        """Run one batch; its results."""
        if self.protocol == "v2":
            path = f"/v2/products/batch?fields={','.join(_SHOWN)}"
            answer = self._send("POST", path, {"mode": "each", "operations": operations}, key)
            return list(answer["results"])
        given = [{**one, "op": _KINDS[one["op"]]} for one in operations]
        payload = self._ask(_MUTATION, {"mode": "EACH", "operations": given}, key)["batchProducts"]
        assert payload["userErrors"] == [], payload
        return list(payload["results"])

    def catalogue(self) -> Iterator[tuple[str, Product, int]]:
        """All products: their skus, what they are, and their versions."""
        after = None
        while True:
            if self.protocol == "v2":
                page = self._send("GET", f"/v2/products?limit=100{f'&cursor={after}' if after else ''}")
                items, after = page["items"], page["nextCursor"]
            else:
                found = self._ask(_PAGE, None, None, {"after": after})["products"]
                items = [_in_rest(edge["node"]) for edge in found["edges"]]
                after = found["pageInfo"]["endCursor"] if found["pageInfo"]["hasNextPage"] else None
            for one in items:
                yield one["sku"], _product(one), one["version"]
            if after is None:
                return

    def changes(self) -> Iterator[dict[str, Any]]:
        """The whole change log."""
        after, full = "", True
        while full:
            page = self._send("GET", f"/v2/changes?limit=100{after}")
            yield from page["items"]
            after, full = f"&after={page['nextCursor']}", bool(page["items"])

    def _batches(self, operations: Sequence[Any], size: int, name: str) -> list[dict[str, Any]]:
        groups = [operations[at : at + size] for at in range(0, len(operations), size)]
        return [one for n, group in enumerate(groups) for one in self.batch(group, f"{name}-{n}")]

    def _make_categories(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            if (folded := identity.key(name)) in self._categories:
                continue
            key = f"category-{len(self._categories)}"
            if self.protocol == "v2":
                self._categories[folded] = self._send("POST", "/v2/categories", {"name": name}, key)["id"]
            else:
                made = self._ask(_CATEGORY, {"name": name}, key)["createCategory"]
                self._categories[folded] = made["category"]["categoryId"]

    def _upserting(self, line: Line) -> dict[str, Any]:
        product = {name: line[name] for name in _product(line)._fields if line.get(name) is not None}
        product["categoryIds"] = sorted({self._categories[identity.key(one)] for one in product.pop("categories", ())})
        return {"op": "upsert", "sku": line["sku"], "product": product}

    def _ask(self, document: str, value: Any, key: str | None, variables: Any = None) -> Any:
        sent = {"query": document, "variables": variables or {"input": value}}
        answer = self._send("POST", "/graphql", sent, key)
        assert "errors" not in answer, answer
        return answer["data"]

    def _send(self, method: str, path: str, value: Any = None, key: str | None = None) -> Any:
        """The body of the answer that arrives in the end; one that is to be awaited is asked for again."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        for attempt in count():
            connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
            try:
                connection.request(method, path, None if value is None else json.dumps(value), headers)
                response = connection.getresponse()
                answer = json.loads(response.read())
            except (HTTPException, OSError):
                self.retries += 1
                continue
            finally:
                connection.close()
            if _is_temporary(answer):
                self.retries += 1
                pause = float(response.headers["Retry-After"])
                time.sleep(max(pause, min(_LONGEST, pause * 2.0**attempt)) * (1 + random.random() / 2))
                continue
            assert response.status in (200, 201), answer
            self.replays += response.headers.get("Idempotent-Replayed") == "true"
            return answer
        raise AssertionError("unreachable")


def _is_temporary(answer: Any) -> bool:
    """Whether a refusal is one to repeat after `Retry-After`, as README's table says, over either protocol."""
    payloads = [one for one in (answer.get("data") or {}).values() if isinstance(one, dict)]
    refusals = [one for payload in payloads for one in payload.get("userErrors", ())]
    codes = [answer.get("code"), *(one["code"] for one in refusals)]
    codes += [one["extensions"]["code"] for one in answer.get("errors", ())]
    return any(code and code.lower() in _TEMPORARY for code in codes)


def expected(lines: Iterable[Line]) -> dict[str, Product]:
    """What the catalogue is to be after the upsert of lines, by sku."""
    return {line["sku"]: _product(line) for line in lines}


def _product(line: Line) -> Product:
    categories = frozenset(map(identity.key, _names(line)))
    name, description = line["name"].strip(), line.get("description") or ""
    price, currency = float(line["price"]), line.get("currency") or "USD"
    return Product(name, description, price, currency, line.get("brand"), line.get("stock"), categories)


def _names(line: Line) -> list[str]:
    return [one if isinstance(one, str) else one["name"] for one in line.get("categories") or ()]


def _in_rest(node: Line) -> Line:
    return {**node, "categories": [edge["node"]["name"] for edge in node["categories"]["edges"]]}


class Kept(NamedTuple):
    """How a catalogue was kept in step: what differs from the file, and effects that did not happen exactly once."""

    differences: list[str]
    not_once: list[str]
    retries: int
    replays: int


def keep(partner: Partner, lines: Sequence[Line], size: int) -> Kept:
    """Make the products of a file, change the price of each, and sell one of each; whether each happened once."""
    changed = [{**line, "price": round(line["price"] + 1, 2), "stock": 7} for line in lines]
    made = partner.upsert([{**line, "stock": 8} for line in lines], size, "make")
    edited = partner.upsert(changed, size, "change")
    sold = partner.adjust([line["sku"] for line in lines], -1, size, "sell")
    not_once = [str(one) for one in made if _is_not(one, 201, version=1)]
    not_once += [str(one) for one in edited if _is_not(one, 200, version=2)]
    not_once += [str(one) for one in sold if _is_not(one, 200, stock=6)]
    counts: dict[str, int] = {}
    for change in partner.changes():
        counts[change["type"]] = counts.get(change["type"], 0) + 1
    every = {"product.created", "product.updated", "product.stock_changed"}
    not_once += [f"{name}: {counts.get(name)}" for name in every if counts.get(name) != len(lines)]
    wanted = expected({**line, "stock": 6} for line in changed)
    found = {sku: product for sku, product, _ in partner.catalogue()}
    differences = sorted(wanted.keys() ^ found.keys())
    differences += [f"{one} {other}" for sku, one in wanted.items() if (other := found.get(sku)) != one]
    return Kept(differences, not_once, partner.retries, partner.replays)


def _is_not(result: Mapping[str, Any], status: int, **members: int) -> bool:
    product = result.get("product") or {}
    return result["status"] != status or any(product.get(name) != one for name, one in members.items())
