"""The schema over naive resolvers: graphql-core walks objects in memory, one field at a time.

It is what plans are compared with: it reads a copy of the catalogue that REST gave, filters and sorts it in Python, and
knows nothing of statements, columns or rendering.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from graphql import ExecutionResult, GraphQLScalarType, build_schema, execute, parse

from app.domain.errors import FieldError, Invalid
from schema.queries import MAX_NODES
from schema.root import sdl
from schema.types import nodes
from schema.types.scalars import parse_decimal, parse_long, parse_time
from tests.schema.naive_catalogue import Catalogue, Thing, plural
from tests.schema.naive_lists import connection

SCHEMA = build_schema(sdl())
for _name, _parse in (("Decimal", parse_decimal), ("Long", parse_long), ("DateTime", parse_time)):
    _scalar = SCHEMA.type_map[_name]
    assert isinstance(_scalar, GraphQLScalarType)
    _scalar.coerce_input_value = _scalar.parse_value = _parse  # type: ignore[method-assign,assignment]


class Naive:
    """Executes documents over a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def execute(self, query: str, variables: dict[str, Any]) -> ExecutionResult:
        """The result of a document."""
        result = execute(SCHEMA, parse(query), root_value=self, variable_values=variables, field_resolver=_resolve)
        assert isinstance(result, ExecutionResult)
        return result


def _resolve(source: Any, info: Any, **args: Any) -> Any:
    naive: Naive = info.root_value
    return _FIELDS[info.parent_type.name](source, info.field_name, args, naive.catalogue)


def _of_query(_: Any, name: str, args: Thing, all_: Catalogue) -> Any:
    if name == "node":
        return _by_global_id(args["id"], all_)
    if name == "nodes":
        if len(args["ids"]) > MAX_NODES:
            raise Invalid([FieldError(("ids",), f"`ids` must have at most {MAX_NODES} ids.")])
        return [_by_global_id(one, all_) for one in args["ids"]]
    if name in ("product", "variant", "category", "order"):
        kind = name.capitalize()
        found = plural(kind, all_).get(nodes.local_id(args["id"], kind))
        return found and {"__kind": kind, **found}
    return connection(name, args, all_, None)


def _of_product(source: Thing, name: str, args: Thing, all_: Catalogue) -> Any:
    if name in ("compareAtPrice", "weight"):
        return _sold_by(source, name)
    if name == "categories":
        return connection("categories", args, all_, ("product", source["id"]))
    if name == "variants":
        return connection("variants", args, all_, ("product", source["id"]))
    if name == "price":
        return _amount(source["price"], source["currency"])
    if name == "status":
        return source["status"].upper()
    if name == "attributes":
        return [entry for attribute in source["attributes"].items() for entry in _entries(*attribute)]
    return nodes.encode("Product", source["id"]) if name == "id" else source.get("id" if name == "productId" else name)


def _entries(name: str, value: Any) -> list[Thing]:
    if isinstance(value, list):
        return [{"name": name, "value": one, "number": None} for one in value]
    number = None if isinstance(value, str | bool) else value
    return [{"name": name, "value": value if isinstance(value, str) else json.dumps(value), "number": number}]


def _sold_by(source: Thing, name: str) -> Any:
    if source[name] is None:
        return None
    if name == "compareAtPrice":
        return _amount(source[name], source["currency"])
    return source[name] | {"unit": source[name]["unit"].upper()}


def _of_variant(source: Thing, name: str, args: Thing, all_: Catalogue) -> Any:
    if name in ("compareAtPrice", "weight"):
        return _sold_by(source, name)
    if name == "price":
        return _amount(source["price"], source["currency"])
    if name == "options":
        return _chosen(source["options"])
    return nodes.encode("Variant", source["id"]) if name == "id" else source["id" if name == "variantId" else name]


def _chosen(options: Thing) -> list[Thing]:
    return [{"name": name, "value": value} for name, value in options.items()]


def _of_category(source: Thing, name: str, args: Thing, all_: Catalogue) -> Any:
    if name == "products":
        return connection("products", args, all_, ("category", source["id"]))
    if name == "children":
        return connection("categories", args, all_, ("parent", source["id"]))
    if name == "parent":
        return all_.categories.get(source["parentId"])
    if name == "id":
        return nodes.encode("Category", source["id"])
    return source["id" if name == "categoryId" else name]


def _of_order(source: Thing, name: str, args: Thing, all_: Catalogue) -> Any:
    if name == "status":
        return source["status"].upper()
    if name == "total":
        return _amount(source["total"], source["currency"])
    if name == "lines":
        return [line | {"currency": source["currency"]} for line in source["lines"]]
    return nodes.encode("Order", source["id"]) if name == "id" else source.get("id" if name == "orderId" else name)


def _of_line(source: Thing, name: str, args: Thing, all_: Catalogue) -> Any:
    if name == "product":
        return all_.products.get(source["productId"])
    if name == "options":
        return _chosen(source["options"])
    return _amount(source[name], source["currency"]) if name in ("unitPrice", "lineTotal") else source[name]


def _of_image(source: Thing, name: str, args: Thing, all_: Catalogue) -> Any:
    if name == "url" and args.get("width"):
        return f"{source['url']}&width={args['width']}"
    if name == "id":
        return nodes.encode("ProductImage", source["id"])
    return source["id" if name == "imageId" else name]


def _plain(source: Thing, name: str, args: Thing, all_: Catalogue) -> Any:
    return source[name]


_FIELDS: dict[str, Callable[[Any, str, Thing, Catalogue], Any]] = {
    "Query": _of_query,
    "Product": _of_product,
    "Variant": _of_variant,
    "Category": _of_category,
    "Order": _of_order,
    "OrderLine": _of_line,
    "Image": _of_image,
    "Attribute": _plain,
    "ProductOption": _plain,
    "VariantOption": _plain,
    "Weight": _plain,
    "ProductImage": _of_image,
    **{
        f"{kind}{part}": _plain
        for kind in ("Product", "Variant", "Category", "Order")
        for part in ("Connection", "Edge")
    },
    "PageInfo": _plain,
}


def _by_global_id(value: str, all_: Catalogue) -> Thing | None:
    known = nodes.decode(value)
    found = plural(known.type_name, all_).get(known.id) if known else None
    return found and {"__typename": known.type_name, **found} if known else None


def _amount(value: Any, currency: str) -> str:
    decimals = 0 if currency == "JPY" else 2
    return f"{Decimal(str(value)):.{decimals}f}"
