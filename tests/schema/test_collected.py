"""What a request leaves in caches is little for the garbage collector, which stops all requests while it visits it."""

import gc
from collections import Counter

import pytest

from tests.service import Service

_DOCUMENTS, _MOST_OBJECTS = 40, 60_000
_LISTS = 40


def _tracked() -> Counter[str]:
    gc.collect()
    return Counter(str(type(one).__module__).partition(".")[0] for one in gc.get_objects())


@pytest.mark.usefixtures("collected")
async def test_statements(service: Service) -> None:
    """Documents and lists of many shapes leave their statements as text, without the clauses behind it."""
    before = _tracked()
    members = ("name", "price", "currency", "sku", "stock", "slug", "brand", "version", "status", "gtin")
    for number in range(_DOCUMENTS):
        leaves = " ".join(one for place, one in enumerate(members) if number >> place & 1)
        below = f"edges {{ node {{ id {leaves} categories(first: 2) {{ edges {{ node {{ name }} }} }} }} }}"
        assert "errors" not in await service.graphql(f"{{ products(first: {number % 5 + 1}) {{ {below} }} }}")
    for number in range(_LISTS):
        chosen = ",".join(["id", *(one for place, one in enumerate(members) if number >> place & 1)])
        filters = "&".join(
            f"{name}=1" for place, name in enumerate(("minPrice", "maxPrice", "sku")) if number >> place & 1
        )
        assert (await service.send("GET", f"/v2/products?fields={chosen}&{filters}")).status_code == 200
        kinds = ",".join(one for place, one in enumerate(("brand", "price", "tag", "category")) if number >> place & 1)
        assert (await service.send("GET", f"/v2/products?facets={kinds or 'inStock'}&{filters}")).status_code == 200
    more = _tracked() - before
    assert more["sqlalchemy"] < 2_000, more
    assert more["msgspec"] < 3 * _DOCUMENTS, more  # each document has seven objects, most of them as others have
    assert sum(more.values()) < _MOST_OBJECTS, more
