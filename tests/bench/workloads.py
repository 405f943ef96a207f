"""The questions that benchmarks ask Tandem, as lists of requests.

P1 one product; P2 20 products of a category by price, from the middle; P3 20 products with 5 categories each;
P4 an order of two lines. P1g and P2g ask P1 and P2 over GraphQL; P1hot and P2hot ask for 100 products and 20 pages.
"""

import json
import random
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_REQUESTS = 4000
_FIELDS = "fields=id,name,price,currency,description,createdAt"
_SELECTED = "id name price currency description createdAt"
_ONE = f"query($id:ID!){{product(id:$id){{{_SELECTED}}}}}"
_PAGE = (
    "query($c:ID!,$a:String){products(first:20,after:$a,filter:{categories:[$c]},sort:{by:PRICE})"
    f"{{edges{{node{{{_SELECTED}}}}} pageInfo{{hasNextPage endCursor}}}}}}"
)
_NESTED = (
    "query($a:String){products(first:20,after:$a){edges{cursor node{id name price currency "
    "categories(first:5){edges{node{name}}}}} pageInfo{hasNextPage endCursor}}}"
)


class Request(NamedTuple):
    """A request; `POST+key` sends an Idempotency-Key of its own each time."""

    method: str
    path: str
    body: str = ""


def workloads(url: str, products: int) -> Mapping[str, Sequence[Request]]:
    """The lists for a server at `url` over the benchmark's catalogue."""
    chance = random.Random(7)
    starts, priced = _starts(url), _in_dollars(url)
    ids = [chance.randint(1, products) for _ in range(_REQUESTS)]
    pages = chance.choices(_middles(url), k=_REQUESTS)
    return {
        "P1": [_product(id_) for id_ in ids],
        "P1hot": [_product(id_) for id_ in ids[:100]],
        "P1g": [_graphql(_ONE, id=str(id_)) for id_ in ids],
        "P2": [_priced(*page) for page in pages],
        "P2hot": [_priced(*page) for page in pages[:20]],
        "P2g": [_graphql(_PAGE, c=str(category), a=cursor) for category, cursor in pages],
        "P3": [_graphql(_NESTED, a=chance.choice(starts)) for _ in range(_REQUESTS)],
        "P4": [_order(chance.sample(priced, 2), chance) for _ in range(_REQUESTS)],
    }


def ask(url: str, request: Request) -> Any:
    """Send a request and return its JSON; raises for a status of 400 or more and for GraphQL errors."""
    headers = {"Content-Type": "application/json"}
    if request.method.endswith("+key"):
        headers["Idempotency-Key"] = f"check-{random.getrandbits(64)}"
    method = request.method.partition("+")[0]
    sent = urllib.request.Request(url + request.path, request.body.encode() or None, headers, method=method)
    with urllib.request.urlopen(sent, timeout=30) as answer:
        body = json.load(answer)
    if "errors" in body:
        raise ValueError(f"{request.path}: {body['errors'][0]['message']}")
    return body


def _product(product: int) -> Request:
    return Request("GET", f"/v2/products/{product}?{_FIELDS}")


def _priced(category: int, cursor: str) -> Request:
    query = f"category={category}&sort=price&limit=20&{_FIELDS}&cursor={urllib.parse.quote(cursor)}"
    return Request("GET", f"/v2/products?{query}")


def _graphql(query: str, **variables: str) -> Request:
    return Request("POST", "/graphql", json.dumps({"query": query, "variables": variables}, separators=(",", ":")))


def _order(products: Sequence[int], chance: random.Random) -> Request:
    items = [{"productId": product, "quantity": chance.randint(1, 4)} for product in products]
    return Request("POST+key", "/v2/orders", json.dumps({"items": items}))


def _middles(url: str) -> list[tuple[int, str]]:
    """A category and a cursor near the middle of its products by price, for 50 categories."""
    categories = ask(url, Request("GET", "/v2/categories?limit=50&fields=id"))["items"]
    return [(category["id"], _middle(url, category["id"])) for category in categories]


def _middle(url: str, category: int) -> str:
    address, cursor = f"/v2/products?category={category}&sort=price&fields=id", ""
    half = ask(url, Request("GET", f"{address}&limit=1&count=exact"))["totalCount"] // 2
    limit = max(1, min(100, half))
    for _ in range(max(1, half // limit)):
        page = ask(url, Request("GET", f"{address}&limit={limit}&cursor={urllib.parse.quote(cursor)}"))
        cursor = page["nextCursor"]
    return cursor


def _starts(url: str) -> list[str]:
    """Cursors of products by id, 100 apart."""
    found, cursor = [], ""
    for _ in range(200):
        page = ask(url, Request("GET", f"/v2/products?limit=100&fields=id&cursor={urllib.parse.quote(cursor)}"))
        cursor = page["nextCursor"]
        if not cursor:
            break
        found.append(cursor)
    return found[:-1] or found


def _in_dollars(url: str) -> list[int]:
    """The first 100 products that cost USD: an order has one currency."""
    page = ask(url, Request("GET", "/v2/products?currency=USD&limit=100&fields=id"))
    return [product["id"] for product in page["items"]]
