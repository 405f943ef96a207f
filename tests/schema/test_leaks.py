"""Requests that fail leave nothing behind: an answer with errors is garbage as a whole once it is sent."""

import gc
from collections import Counter

import pytest

from tests.service import Service

FAILING = [
    '{ product(id: 1, by: {sku: "a"}) { name } }',
    '{ product(by: {sku: "a", slug: "a"}) { name } }',
    '{ changes(filter: {types: ["a"]}) { nextCursor } a: changes(first: 1000) { nextCursor } }',
    "{ categories { edges { node { products(first: 1000) { totalCount } } } } }",
    '{ products(filter: {currency: "x"}) { edges { node { image { url(width: 1) } } } } }',
    (
        'mutation { deleteProduct(input: {id: 9, ifMatch: "x"}) { deletedId } '
        "placeOrder(input: {items: []}) { order { id } } }"
    ),
]


def _alive() -> Counter[str]:
    """The errors and frames that nothing but a leak keeps after a collection."""
    gc.collect()
    kinds = (type(one).__name__ for one in gc.get_objects())
    return Counter(kind for kind in kinds if kind in {"frame", "traceback", "GraphQLError", "Invalid"})


@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("document", FAILING)
async def test_failing(service: Service, document: str) -> None:
    """The same failing document 20 times leaves no more errors than once."""
    await service.graphql(document)
    before = _alive()
    for _ in range(20):
        assert "errors" in await service.graphql(document) or "mutation" in document
    assert sum((_alive() - before).values()) < 20
