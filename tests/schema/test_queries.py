"""Queries: things by id, connections, fragments, aliases, directives, introspection."""

import base64
from typing import Any

import pytest

from app.domain.catalogue import products
from app.domain.pagination import cursors, cursors_v1
from app.domain.search import relevance
from tests.schema.conftest import Shop


def global_id(kind: str, identity: int) -> str:
    """The global id of a thing."""
    return base64.b64encode(f"{kind}:{identity}".encode()).decode()


async def data(shop: Shop, document: str, **variables: Any) -> Any:
    """What a document answers that has no errors."""
    answer = await shop.service.graphql(document, variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def test_node(shop: Shop) -> None:
    """`node` gives whatever bears a global id, under its own type; garbage, plain ids and unknown ones give null."""
    document = "query($id: ID!) { node(id: $id) { __typename id ... on Product { name } ... on Category { slug } } }"
    product, category = global_id("Product", shop.products[3]), global_id("Category", shop.categories[0])
    found = await data(shop, document, id=product)
    assert found["node"] == {"__typename": "Product", "id": product, "name": "P003"}
    found = await data(shop, document, id=category)
    assert found["node"] == {"__typename": "Category", "id": category, "slug": "root"}
    for garbage in ("", "x", str(shop.products[0]), global_id("Product", 10**9), global_id("Colour", 1), "é", "\0"):
        assert await data(shop, document, id=garbage) == {"node": None}


@pytest.mark.parametrize("sort", ["name", "relevance", "id"])
async def test_common_words_below_categories(shop: Shop, sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search below categories finds the products of each, if its words are common, too: so does REST."""
    monkeypatch.setattr(relevance, "HEAD_FROM", 0)
    listed = (
        f'products(first: 100, filter: {{q: "p"}}, sort: {{by: {sort.upper()}}}) {{ edges {{ node {{ productId }} }} }}'
    )
    found = await data(shop, f"{{ categories {{ edges {{ node {{ categoryId {listed} }} }} }} }}")
    for edge in found["categories"]["edges"]:
        category = edge["node"]
        path = f"/v2/categories/{category['categoryId']}/products?q=p&sort={sort}&limit=100&fields=id"
        answer = await shop.service.send("GET", path)
        assert [one["node"]["productId"] for one in category["products"]["edges"]] == [
            one["id"] for one in answer.json()["items"]
        ]


async def test_nodes(shop: Shop) -> None:
    """`nodes` keeps the order, repeats what is repeated, and has null for what there is not; 100 are the most."""
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    first, category = global_id("Product", shop.products[0]), global_id("Category", shop.categories[1])
    found = await data(shop, document, ids=[category, "garbage", first, category])
    assert found["nodes"] == [{"id": category}, None, {"id": first}, {"id": category}]
    assert await data(shop, document, ids=[]) == {"nodes": []}
    answer = await shop.service.graphql(document, {"ids": [first] * 101})
    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION_FAILED"


async def test_ids_of_either_kind(shop: Shop) -> None:
    """An id argument takes a global id or a plain integer, as text or number."""
    identity = shop.products[7]
    for given in (identity, str(identity), global_id("Product", identity)):
        assert await data(shop, "query($i: ID!) { product(id: $i) { name } }", i=given) == {"product": {"name": "P007"}}
    for given in (shop.categories[1], global_id("Category", shop.categories[1])):
        found = await data(shop, "query($c: [ID!]) { products(filter: {categories: $c}) { totalCount } }", c=[given])
        assert found == {"products": {"totalCount": 50}}


async def test_last(shop: Shop) -> None:
    """`last` takes from the end, in sort order; page info tells what is on either side."""
    document = (
        "query($n: Int, $a: String, $b: String) { products(last: $n, after: $a, before: $b) {"
        " edges { cursor node { productId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    )
    whole = (await data(shop, document, n=3))["products"]
    assert [edge["node"]["productId"] for edge in whole["edges"]] == shop.products[-3:]
    info = {"startCursor": whole["edges"][0]["cursor"], "endCursor": whole["edges"][-1]["cursor"]}
    assert whole["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True, **info}
    between = (await data(shop, document, n=5, a=whole["edges"][0]["cursor"], b=whole["edges"][2]["cursor"]))[
        "products"
    ]
    assert [edge["node"]["productId"] for edge in between["edges"]] == [shop.products[-2]]
    assert (between["pageInfo"]["hasPreviousPage"], between["pageInfo"]["hasNextPage"]) == (False, True)


async def test_empty_pages(shop: Shop) -> None:
    """A page of none has no edges and no cursors, and still counts."""
    found = await data(
        shop, "{ products(first: 0) { edges { cursor } totalCount pageInfo { startCursor endCursor } } }"
    )
    assert found["products"] == {"edges": [], "totalCount": 150, "pageInfo": {"startCursor": None, "endCursor": None}}


async def test_aliases(shop: Shop) -> None:
    """One field under two aliases, each with its own arguments, gives two results; at the root and below."""
    document = """{
        a: products(first: 1) { edges { node { name } } }
        b: products(first: 1, sort: {by: NAME, direction: DESC}) { edges { node { other: name again: name } } }
        category(id: 2) {
            few: products(first: 1) { edges { node { n: name } } }
            many: products(last: 2, sort: {by: PRICE}) { edges { node { n: price } } } } }"""
    found = await data(shop, document)
    assert found["a"]["edges"] == [{"node": {"name": "P000"}}]
    assert found["b"]["edges"] == [{"node": {"other": "P149", "again": "P149"}}]
    assert found["category"]["few"]["edges"] == [{"node": {"n": "P000"}}]
    assert found["category"]["many"]["edges"] == [{"node": {"n": "5.00"}}] * 2


async def test_merging(shop: Shop) -> None:
    """Selections of one response key merge, through fragments too, and the parts keep their own selections."""
    document = """
        query { product(id: 1) { name ...a ... on Node { ...b } } product(id: 1) { sku } }
        fragment a on Product { categories(first: 2) { edges { node { name } } } }
        fragment b on Product { price categories(first: 2) { totalCount edges { cursor } } ... { currency } }
    """
    product = (await data(shop, document))["product"]
    assert {key: product[key] for key in ("name", "sku", "price", "currency")} == {
        "name": "P000", "sku": "S0", "price": "1.00", "currency": "USD",
    }  # fmt: skip
    assert product["categories"]["totalCount"] == 6
    assert [sorted(edge) for edge in product["categories"]["edges"]] == [["cursor", "node"]] * 2


@pytest.mark.parametrize("wanted", [True, False])
async def test_skip_and_include(shop: Shop, wanted: bool) -> None:
    """@skip and @include leave fields, fragments and connections out, and nothing else."""
    document = """
        query($w: Boolean!, $u: Boolean!) { product(id: 1) { sku name @include(if: $w) price @skip(if: $u)
            ...f @include(if: $w) ... @skip(if: $u) { parents: categories(first: 1) { totalCount } } } }
        fragment f on Product { categories(first: 1) { edges { node { name } } } }
    """
    product = (await data(shop, document, w=wanted, u=not wanted))["product"]
    expected = {"sku", "name", "price", "categories", "parents"} if wanted else {"sku"}
    assert product.keys() == expected


async def test_typename(shop: Shop) -> None:
    """`__typename` stands wherever a type does."""
    document = "{ __typename products(first: 1) { edges { __typename node { __typename } } pageInfo { __typename } } }"
    found = await data(shop, document)
    assert found["__typename"] == "Query"
    edge = {"__typename": "ProductEdge", "node": {"__typename": "Product"}}
    assert found["products"]["edges"] == [edge]


async def test_introspection(shop: Shop) -> None:
    """Introspection tells the types and their descriptions."""
    document = """{ __schema { mutationType { name } }
        __type(name: "Product") { interfaces { name } fields { name description } } }"""
    found = await data(shop, document)
    assert found["__schema"]["mutationType"] == {"name": "Mutation"}
    assert found["__type"]["interfaces"] == [{"name": "Node"}]
    assert all(field["description"] for field in found["__type"]["fields"])


async def test_a_cursor_below_belongs_to_one_parent(shop: Shop) -> None:
    """A cursor below things is good for the list that it is of; the others get an error of their own."""
    first = "{ category(id: 2) { products(first: 1) { pageInfo { endCursor } } } }"
    cursor = (await data(shop, first))["category"]["products"]["pageInfo"]["endCursor"]
    document = """query($a: ID!, $b: ID!, $c: String) {
        a: category(id: $a) { products(first: 1, after: $c) { edges { node { name } } } }
        b: category(id: $b) { products(first: 1, after: $c) { edges { node { name } } } } }"""
    answer = await shop.service.graphql(document, {"a": 2, "b": 3, "c": cursor})
    assert answer["data"]["a"]["products"]["edges"] == [{"node": {"name": "P003"}}]
    assert answer["data"]["b"] is None
    assert [(e["path"], e["extensions"]["code"]) for e in answer["errors"]] == [(["b", "products"], "INVALID_CURSOR")]


async def test_variables_in_arguments(shop: Shop) -> None:
    """Variables reach every depth of arguments, with their defaults; null and absence are no filter."""
    document = """
        query($by: ProductSortKey! = PRICE, $min: Decimal = "2", $q: String, $in: Boolean) {
            products(first: 1, sort: {by: $by, direction: DESC}, filter: {minPrice: $min, q: $q, inStock: $in}) {
                totalCount edges { node { price } } } }
    """
    assert (await data(shop, document))["products"] == {"totalCount": 120, "edges": [{"node": {"price": "5.00"}}]}
    assert (await data(shop, document, min=None, q=None))["products"]["totalCount"] == 150
    for amount in (3, 3.0, "3", "3.00", "3e0"):
        assert (await data(shop, document, min=amount))["products"]["totalCount"] == 90


async def test_same_document_with_other_variables(shop: Shop) -> None:
    """A document that was seen before runs with the variables of each request."""
    document = "query($n: Int!) { products(first: $n) { edges { node { id } } } }"
    sizes = [len((await data(shop, document, n=n))["products"]["edges"]) for n in (1, 5, 2)]
    assert sizes == [1, 5, 2]


async def test_aliased_edges_and_nodes(shop: Shop) -> None:
    """Aliases of `edges` and of `node` select for themselves: what differs below them is not mixed up."""
    document = """{ products(first: 1) {
        a: edges { x: node { categories(first: 0) { edges { cursor } } } y: node { name } }
        b: edges { node { categories(first: 5) { edges { node { name } } } } } } }"""
    found = (await data(shop, document))["products"]
    assert found["a"] == [{"x": {"categories": {"edges": []}}, "y": {"name": "P000"}}]
    assert len(found["b"][0]["node"]["categories"]["edges"]) > 0


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query ($x: Boolean = true) { products(first: 1) @include(if: $x) { totalCount } }", {"x": None}),
        ("query ($x: Boolean = true) { ...F @skip(if: $x) } fragment F on Query { rateLimit { cost } }", {"x": None}),
        (f"{{ products(first: {'9' * 5000}) {{ totalCount }} }}", {}),
    ],
)
async def test_values_that_cannot_be(shop: Shop, document: str, variables: dict[str, Any]) -> None:
    """A directive whose variable is null, and a number of 5,000 digits, are the document's fault, and said to be."""
    answer = await shop.service.graphql(document, variables)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["VALIDATION_FAILED"]
    assert "data" not in answer or answer["data"] is None


OLD = {
    "a category": "query($after: String, $category: ID!) { category(id: $category) { %s } }",
    "a node": "query($after: String, $category: ID!) { node(id: $category) { ... on Category { %s } } }",
    "a deep category": "query($after: String, $category: ID!) { category(id: $category) { children(first: 1) { edges {"
    " node { parent { children(first: 1) { edges { node { parent { %s } } } } } } } } } }",
}


@pytest.mark.parametrize("case", OLD)
async def test_old_cursors_below(shop: Shop, case: str) -> None:
    """A cursor of version 1, whose key is folded otherwise, finds its place below whatever it stands."""
    root = shop.categories[0]
    names = [f"In the root {n}" for n in range(3)]
    made = [
        (await shop.service.send("POST", "/v2/products", {"name": name, "price": 1, "categoryIds": [root]})).json()[
            "id"
        ]
        for name in names
    ]
    fingerprint = cursors_v1.fingerprint("products", products.Filter(categories=(root,)))
    after = cursors.encode("name", fingerprint, cursors.Place("zzz", made[0]), cursors_v1.VERSION)
    below = "products(first: 2, after: $after, sort: {by: NAME}) { edges { node { name } } }"
    found = str(await data(shop, OLD[case] % below, after=after, category=global_id("Category", root)))
    for one in made:
        await shop.service.send("DELETE", f"/v2/products/{one}")
    assert [name in found for name in names] == [False, True, True]
