"""How many SQL statements a document takes: one for each root field, whatever stands below it and its page sizes."""

import pytest

from tests.images import drawn, encoded
from tests.schema.conftest import Shop
from tests.service import Service

NESTED = (
    "{{ products(first: {}) {{ edges {{ node {{ name categories(first: 5) {{ edges {{ node {{ name }} }} }} }} }} }} }}"
)


async def statements(shop: Shop, document: str) -> int:
    """How many statements a document takes that has no errors."""
    before = shop.service.database.statements
    answer = await shop.service.graphql(document)
    assert "errors" not in answer, answer["errors"]
    return int(shop.service.database.statements - before)


async def test_page_size_does_not_matter(shop: Shop) -> None:
    """Products with their categories take one statement for pages of 1, 10 and 100."""
    assert [await statements(shop, NESTED.format(n)) for n in (1, 10, 100)] == [1, 1, 1]


COUNTED = "edges { node { categories { totalCount } } }"
THREE_LEVELS = f"{{ categories(first: 3) {{ edges {{ node {{ products(first: 5) {{ {COUNTED} }} }} }} }} }}"

DOCUMENTS = {
    "a page": ("{ products { edges { node { name } } pageInfo { endCursor } } }", 1),
    "a page with images": ("{ products { edges { node { image { url(width: 320) bytes } } } } }", 1),
    "a page with lists of images": ("{ products { edges { node { images { url alt } } } } }", 1),
    "a page and its count": ("{ products { totalCount edges { node { name } } } }", 1),
    "a count below": ("{ products(first: 10) { edges { node { categories { totalCount } } } } }", 1),
    "two pages": ("{ a: products(first: 2) { totalCount } b: products(last: 2) { edges { node { id } } } }", 2),
    "three levels": (THREE_LEVELS, 1),
    "two lists below": (
        "{ categories { edges { node { a: products { totalCount } b: products(last: 3) { totalCount } } } } }",
        1,
    ),
    "parents": ("{ categories { edges { node { parent { name parent { name } } } } } }", 1),
    "nodes": ('{ nodes(ids: ["UHJvZHVjdDox", "UHJvZHVjdDoy", "Q2F0ZWdvcnk6MQ=="]) { id } }', 2),
    "a lone fragment's fields": ("{ ...f } fragment f on Query { products { edges { node { id } } } }", 1),
    "what is skipped": ("{ products { edges { node { categories @skip(if: true) { totalCount } id } } } }", 1),
    "nothing of ours": ("{ __typename __schema { queryType { name } } }", 0),
}  # fmt: skip


@pytest.mark.parametrize("case", DOCUMENTS)
async def test_one_a_connection(shop: Shop, case: str) -> None:
    """Each root field takes one statement, with all that stands below it; `nodes`, one for each type."""
    document, expected = DOCUMENTS[case]
    assert await statements(shop, document) <= expected


async def test_deep_pages(shop: Shop) -> None:
    """Lists below lists take no statement of their own."""
    document = (
        "{{ categories {{ edges {{ node {{ products(first: {n}) {{ edges {{ node {{ categories(first: {m})"
        " {{ edges {{ node {{ slug }} }} }} }} }} }} }} }} }} }}"
    )
    assert [await statements(shop, document.format(n=n, m=m)) for n, m in ((1, 1), (10, 5), (30, 5))] == [1, 1, 1]


async def test_rest_takes_one(shop: Shop) -> None:
    """A REST list takes one statement, counted or not, with all that a product shows, its image too."""
    for product_id in (1, 2):
        assert (await shop.service.illustrate(product_id, encoded(drawn(), "PNG"))).status_code in (200, 201)
        assert (await shop.service.attach(product_id, encoded(drawn(), "GIF"))).status_code == 201
    for path in (
        "/v2/products?limit=100",
        "/v2/products?include=images",
        "/v2/products?count=exact&currency=EUR",
        "/v2/products?sort=-price",
        "/v1/products",
        "/v2/categories",
    ):
        before = shop.service.database.statements
        assert (await shop.service.send("GET", path)).status_code == 200
        assert shop.service.database.statements - before == 1


async def test_told_while_developing(shop: Shop, shop_url: str) -> None:
    """An open service tells how many statements a document took (W3C Server Timing); others do not."""
    body = {"query": NESTED.format(10)}
    before = shop.service.database.statements
    open_answer = await shop.service.send("POST", "/graphql", body)
    ran = shop.service.database.statements - before
    assert open_answer.headers["server-timing"] == f'sql;desc="{ran} statements"'
    async with Service(shop_url, auth="keys") as careful:
        assert "server-timing" not in (await careful.send("POST", "/graphql", body)).headers
