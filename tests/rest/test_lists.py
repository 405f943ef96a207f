"""Lists over REST: pages and their links, parameters, and cursors that work in every version."""

import base64
import re
from itertools import chain
from typing import Any

from tests.clients import Client

FILTERS = [
    ("", [0, 1, 2, 3, 4, 5, 6]),
    ("q=THING%203", [3]),
    ("q=th+2", [2, 6]),
    ("q=", [0, 1, 2, 3, 4, 5, 6]),
    ("q=%21%21", []),
    ("q=hing", []),
    ("minPrice=11&maxPrice=11.00", [1, 4]),
    ("minPrice=10.01", [1, 2, 4, 5]),
    ("minPrice=10.00001&maxPrice=11.99999", [1, 4]),
    ("maxPrice=-1", []),
    ("minPrice=-99999999999999999999", [0, 1, 2, 3, 4, 5, 6]),
    ("minPrice=99999999999999999999", []),
    ("currency=USD&inStock=false", [0, 2, 4, 6]),
    ("currency=EUR", []),
    ("sku=t5", [5]),
    ("category=9007199254740991", []),
]
INVALID = [
    ("limit=0", ["limit"]),
    ("limit=101", ["limit"]),
    ("limit=", ["limit"]),
    ("limit=-1", ["limit"]),
    ("limit=1.0", ["limit"]),
    ("limit=%2B5", ["limit"]),
    ("limit=%D9%A5", ["limit"]),
    ("limit=5&limit=5", ["limit"]),
    ("sort=colour", ["sort"]),
    ("sort=--id", ["sort"]),
    ("sort=id,name", ["sort"]),
    ("count=1", ["count"]),
    ("fields=name,colour", ["fields"]),
    (f"fields={','.join(['name'] * 201)}", ["fields"]),
    ("cursor=x&before=x", ["cursor", "before"]),
    ("cursor=x&cursor=y", ["cursor"]),
    (f"q={'a' * 201}", ["q"]),
    ("q=%00", ["q"]),
    ("sku=", ["sku"]),
    ("currency=usd", ["currency"]),
    ("inStock=1", ["inStock"]),
    ("minPrice=1e3", ["minPrice"]),
    ("maxPrice=NaN", ["maxPrice"]),
    ("minPrice=.5", ["minPrice"]),
    ("category=0", ["category"]),
    ("category=1&category=x", ["category"]),
    ("category=x&category=1&category=2", ["category"]),
    ("category=0&limit=x&category=1", ["category", "limit"]),
    ("category=9007199254740992", ["category"]),
    (f"category={'9' * 30}", ["category"]),
    ("Limit=5&colour=red", ["Limit", "colour"]),
    ("limit=0&sort=x&nope=1", ["limit", "sort", "nope"]),
]


def _fill(client: Client, count: int = 7) -> int:
    """Products of three prices in one category, all of which have the word `thing`; the category's id."""
    category = int(client.post("/v2/categories", {"name": "All"}).json()["id"])
    for n in range(count):
        body = {
            "name": f"Thing {n % 4}",
            "price": 10 + n % 3,
            "categoryIds": [category],
            "sku": f"t{n}",
            "stock": n % 2,
        }
        client.post("/v2/products", body)
    return category


def _walk(client: Client, path: str, link: str = "next") -> list[list[int]]:
    """The ids of every page, from a path on by its links."""
    pages: list[list[int]] = []
    following: str | None = path
    while following:
        page = client.get(following).json()
        pages.append([item["id"] for item in page["items"]])
        following = page["links"][link]
    return pages


def test_an_empty_list(client: Client, prefix: str) -> None:
    """A list of nothing is a page without neighbours."""
    path = f"{prefix}/products"
    links = {"self": path, "first": path, "next": None, "prev": None}
    assert client.get(path).json() == {"items": [], "nextCursor": None, "prevCursor": None, "links": links}
    assert client.get(f"{path}?count=exact").json()["totalCount"] == 0


def test_walks_there_and_back(client: Client, prefix: str) -> None:
    """Following `next` to the end and `prev` back gives every product once, in the same order, in every sort."""
    _fill(client)
    for sort in ("id", "-id", "name", "-name", "price", "-price", "createdAt", "-updatedAt"):
        whole = _walk(client, f"{prefix}/products?sort={sort}")[0]
        assert len(whole) == 7
        there = _walk(client, f"{prefix}/products?sort={sort}&limit=3")
        assert [*chain(*there)] == whole
        last = client.get(f"{prefix}/products?sort={sort}&limit=3").json()
        assert last["prevCursor"] is None
        while last["links"]["next"]:
            last = client.get(last["links"]["next"]).json()
        assert last["nextCursor"] is None
        back = _walk(client, last["links"]["prev"], "prev")
        assert [*chain(*reversed(back))] == whole[: len(whole) - len(there[-1])]


def test_cursors_work_in_every_version(client: Client) -> None:
    """A cursor taken in v1 goes on in v2, under a category's path or with another limit and other fields."""
    category = _fill(client)
    page = client.get(f"/v1/categories/{category}/products?sort=price&limit=2").json()
    cursor = page["nextCursor"]
    rest = client.get(f"/v2/products?category={category}&sort=price&cursor={cursor}&limit=50&fields=id").json()
    whole = _walk(client, f"/v2/products?sort=price&category={category}")[0]
    assert [item["id"] for item in page["items"] + rest["items"]] == whole
    path = f"/v2/categories/{category}/products?sort=price&include=attributes,images,options,variants"
    before = client.get(f"{path}&before={rest['prevCursor']}").json()
    assert before["items"] == [client.get(f"/v2/products/{item['id']}").json() for item in page["items"]]


def test_links_repeat_sort_and_filters(client: Client, prefix: str) -> None:
    """The links in the body and those in the header are the same, and repeat all but the cursor."""
    category = _fill(client)
    query = f"q=th%C3%ADng&category={category}&category=99&sort=-price&limit=2&inStock=true&fields=id&count=exact"
    first = client.get(f"{prefix}/products?{query}")
    links = first.json()["links"]
    assert links["self"] == links["first"] == f"{prefix}/products?{query}"
    assert links["next"] == f"{prefix}/products?{query}&cursor={first.json()['nextCursor']}"
    second = client.get(links["next"])
    assert second.json()["links"]["self"] == links["next"]
    assert second.json()["links"]["prev"] == f"{prefix}/products?{query}&before={second.json()['prevCursor']}"
    said = dict(re.findall(r'<([^>]*)>; rel="(first|prev|next)"', second.headers["link"]))
    assert {rel: url for url, rel in said.items()} == {
        rel: url for rel, url in second.json()["links"].items() if url and rel != "self"
    }


def test_filters(client: Client) -> None:
    """Every filter narrows the list, and so does the count."""
    _fill(client)
    for query, found in FILTERS:
        page = client.get(f"/v2/products?count=exact&{query}").json()
        assert [int(item["sku"][1:]) for item in page["items"]] == found, query
        assert page["totalCount"] == len(found)


def test_counts(client: Client, prefix: str) -> None:
    """The whole list is counted where that is asked for, on every page of it."""
    _fill(client)
    assert "totalCount" not in client.get(f"{prefix}/products?count=none").json()
    page = client.get(f"{prefix}/products?count=exact&limit=5").json()
    assert page["totalCount"] == 7
    assert client.get(page["links"]["next"]).json()["totalCount"] == 7


def test_fields(client: Client, prefix: str) -> None:
    """`fields` picks members of every item, whatever the list is sorted by."""
    _fill(client, 2)
    page = client.get(f"{prefix}/products?fields=price,id&sort=name").json()
    assert page["items"] == [{"id": 1, "price": 10}, {"id": 2, "price": 11}]
    assert client.get(f"{prefix}/categories?fields=slug").json()["items"] == [{"slug": "all"}]


def test_the_products_of_a_category(client: Client, prefix: str) -> None:
    """They are those that stand in it directly; a category that does not exist has no list."""
    category = _fill(client, 3)
    below = client.post("/v2/categories", {"name": "Below", "parentId": category}).json()["id"]
    client.post("/v2/products", {"name": "Deep", "price": 1, "categoryIds": [below]})
    page = client.get(f"{prefix}/categories/{category}/products?fields=id&count=exact").json()
    assert ([item["id"] for item in page["items"]], page["totalCount"]) == ([1, 2, 3], 3)
    assert client.get(f"{prefix}/categories/999/products").status_code == 404
    assert client.get(f"{prefix}/categories/{category}/products?category={below}").json()["code"] == "unknown_parameter"


def test_a_page_beyond_the_end(client: Client) -> None:
    """A page whose products are gone is empty and ends the walk."""
    _fill(client, 3)
    page = client.get("/v2/products?limit=2").json()
    client.delete("/v2/products/3")
    beyond = client.get(page["links"]["next"]).json()
    assert (beyond["items"], beyond["nextCursor"], beyond["prevCursor"]) == ([], None, None)


def test_invalid_parameters(client: Client) -> None:
    """Every parameter at fault is named, all at once."""
    for query, fields in INVALID:
        refused = client.get(f"/v2/products?{query}")
        assert refused.status_code == 422
        assert [detail["field"] for detail in refused.json()["details"]] == fields


def test_unknown_parameters_have_their_code(client: Client, prefix: str) -> None:
    """A parameter that is not known is refused wherever it stands, and by its code where nothing else is wrong."""
    product = client.post("/v2/products", {"name": "x", "price": 1}).json()["id"]
    category = client.post("/v2/categories", {"name": "x"}).json()["id"]
    for path in ("products", f"products/{product}", "categories", f"categories/{category}"):
        assert client.get(f"{prefix}/{path}?colour=red").json()["code"] == "unknown_parameter"
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = client.request(method, f"{prefix}/{path}?fields=id", json={"name": "y", "price": 1})
            assert answer.status_code == 405 or answer.json()["code"] == "unknown_parameter"
    assert client.get(f"{prefix}/products/{product}").json()["name"] == "x"


SPELLINGS = [
    ("fields=id,name", "fields=id&fields=name", "fields[]=id&fields[]=name", "fields%5B%5D=name,id"),
    ("category=1&category=2", "category=1,2", "category[]=1&category[]=2", "category=1&category[]=2"),
    ("inStock=true", "inStock=True", "inStock=TRUE&_=1700000000000"),
    ("", "cursor=", "before=", "cursor=&before=", "_=1&_=2"),
]


def test_spellings(client: Client, prefix: str) -> None:
    """Lists come with commas, repeated or with `[]`, booleans in any case; an empty cursor and `_` mean nothing."""
    for number in range(3):
        category = client.post("/v2/categories", {"name": f"C{number}"}).json()["id"]
        client.post("/v2/products", {"name": f"P{number}", "price": 1, "categoryIds": [category], "stock": number})
    for queries in SPELLINGS:
        pages = [client.get(f"{prefix}/products?{query}").json() for query in queries]
        assert all(page["items"] for page in pages), queries
        assert [page["items"] for page in pages] == [pages[0]["items"]] * len(pages), queries
    assert client.get(f"{prefix}/products?_=1").json()["links"]["self"] == f"{prefix}/products"
    assert client.get(f"{prefix}/products/1?fields[]=id").json() == {"id": 1}


def test_a_close_parameter_is_named(client: Client) -> None:
    """An unknown parameter that looks like a known one says so; several `[]` do not make a scalar a list."""
    asked = {
        "categories=1": "category",
        "Limit=5": "limit",
        "minprice=5": "minPrice",
        "limit[]=5": "limit",
        "min_price=5": "minPrice",
        "in_stock=true": "inStock",
        "category_id=1": "category",
        "query=lamp": "q",
        "Search=lamp": "q",
        "per_page=5": "limit",
        "page=2": "cursor",
        "orderBy=name": "sort",
    }
    for query, close in asked.items():
        (detail,) = client.get(f"/v2/products?{query}").json()["details"]
        assert (detail["code"], detail["message"].partition("; ")[2]) == (
            "unknown_parameter",
            f"did you mean `{close}`?",
        )


def test_lists_are_bounded(client: Client) -> None:
    """A list in a parameter has 200 values at most."""
    assert client.get(f"/v2/products?category={','.join(['1'] * 200)}").status_code == 200
    refused = client.get(f"/v2/products?category={','.join(['1'] * 201)}").json()
    assert refused["details"][0]["message"] == "`category` must have at most 200 values."


def test_queries_are_utf8(client: Client) -> None:
    """A query string that is no percent-encoded UTF-8, or has too many parameters, cannot be read."""
    for query in ("q=%ff", "q=%ED%A0%80", "%ff=1", "&".join(["category=1"] * 201)):
        assert client.get(f"/v2/products?{query}").json()["code"] == "malformed_request"


def test_cursors_that_do_not_fit(client: Client) -> None:
    """A cursor that is garbage, altered or made for another list or sort is refused."""
    category = _fill(client)
    cursor: Any = client.get("/v2/products?sort=price&limit=2").json()["nextCursor"]
    ours = client.get("/v2/categories?limit=1").json()["nextCursor"] or "MXxpZHwwfDF8MQ"
    queries = ["", "sort=price&category=1", "sort=-price", "sort=price&q=thing", f"sort=price&category={category}"]
    wrong = [f"cursor={cursor}&{query}" for query in queries]
    garbage = ["x", "%00", "a" * 5000, cursor[:-1], cursor + "A", cursor + "=", cursor.swapcase(), "é", ours]
    wrong += [f"{name}={text}&sort=price" for name in ("cursor", "before") for text in garbage]
    for query in wrong:
        refused = client.get(f"/v2/products?{query}")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor"), query


def test_cursors_of_other_lists(client: Client) -> None:
    """Every list refuses the cursor of another one, whatever the version of the cursor."""
    paths = client.get("/v2/openapi.json").json()["paths"]
    lists = [
        path
        for path, item in paths.items()
        if "{" not in path and {"$ref": "#/components/parameters/Cursor"} in item.get("get", {}).get("parameters", [])
    ]
    assert {"/products", "/categories", "/orders", "/imports"} <= set(lists)
    for path in lists:
        for packed in ("1|id|00000000|7|7", "2|id|00000000|7|7"):
            cursor = base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")
            refused = client.get(f"/v2{path}?cursor={cursor}")
            assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor"), path
