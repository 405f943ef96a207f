"""Operations of batches, and their results without what no two batches share."""

from typing import Any

from tests.behaviour.surfaces import Rest, Result, Surface

LAMP = {"name": "Lamp", "price": 2}
SIZES = [{"name": "Size", "values": ["S", "L"]}]
SMALL: dict[str, Any] = {"price": 3, "stock": 0, "options": {"Size": "S"}}
LARGE = {"sku": "L", "compareAtPrice": 4, "weight": {"value": 2, "unit": "kg"}, "options": {"Size": "L"}}


def upserts(count: int, **members: Any) -> list[dict[str, Any]]:
    return [{"op": "upsert", "sku": f"S{n}", "product": {**LAMP, **members}} for n in range(count)]


def timeless(result: Result, keyed: Surface) -> Any:
    """A result without ids and times; GraphQL reads a product's categories as they are stored."""
    below = set() if isinstance(keyed, Rest) else {"categories"}
    left_out = {"id", "createdAt", "updatedAt"} | below
    product = result.product and {
        name: without_ids(value) if name == "variants" else value
        for name, value in result.product.items()
        if name not in left_out
    }
    return result._replace(product=product)


def without_ids(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Variants without their ids, which a dry run does not know."""
    return [{name: value for name, value in one.items() if name != "id"} for one in variants]
