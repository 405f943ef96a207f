"""The schema over naive resolvers: graphql-core walks objects in memory, one field at a time.

It is what plans are compared with: it reads a copy of the catalogue that REST gave, filters and sorts it in Python, and
knows nothing of statements, columns or rendering.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from graphql import ExecutionResult, GraphQLScalarType, build_schema, execute, parse

from app.domain.callers import EVERYONE
from app.domain.catalogue import categories, products, variants
from app.domain.errors import FieldError, Invalid, InvalidCursor
from app.domain.orders import orders
from app.domain.pagination import cursors, paging
from app.domain.pagination.cursors import Place
from app.domain.pagination.paging import Filter, Listing
from app.domain.search import word_index
from app.domain.unicode import text
from schema.contract import sdl
from schema.queries import MAX_NODES
from schema.types import connections, nodes
from schema.types.categories import filter_of as filter_of_categories
from schema.types.orders import filter_of as filter_of_orders
from schema.types.products import filter_of as filter_of_products
from schema.types.scalars import decimal, long
from tests.service import Service

SCHEMA = build_schema(sdl())
for _name, _parse in (("Decimal", decimal), ("Long", long)):
    _scalar = SCHEMA.type_map[_name]
    assert isinstance(_scalar, GraphQLScalarType)
    _scalar.coerce_input_value = _scalar.parse_value = _parse  # type: ignore[method-assign,assignment]
Thing = dict[str, Any]


class Catalogue(NamedTuple):
    """All that REST shows of a catalogue, by id."""

    products: dict[int, Thing]
    categories: dict[int, Thing]
    orders: dict[int, Thing]

    @property
    def variants(self) -> dict[int, Thing]:
        """The variants of all products, with their places and currencies."""
        return {one["id"]: one for product in self.products.values() for one in _variants_of(product)}

    @classmethod
    async def copy(cls, service: Service) -> "Catalogue":
        """The catalogue of a service."""
        return cls(*[{one["id"]: one for one in [o async for o in _every(service, n)]} for n in cls._fields])


def _variants_of(product: Thing) -> list[Thing]:
    beside = {"currency": product["currency"]}
    return [one | beside | {"position": n} for n, one in enumerate(product["variants"])]


async def _every(service: Service, noun: str) -> Any:
    path: str | None = (
        f"/v2/{noun}?limit=100{'&include=attributes,images,options,variants' if noun == 'products' else ''}"
    )
    while path:
        page = (await service.send("GET", path)).json()
        for one in page["items"]:
            if noun != "orders":  # GraphQL's tag has no digest of an answer's bytes
                tag = (await service.send("GET", f"/v2/{noun}/{one['id']}")).headers["etag"]
                one["etag"] = f'"{".".join(tag.strip(chr(34)).split(".")[:2])}"'
            yield one
        path = page["links"]["next"]


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
        found = _plural(kind, all_).get(nodes.local(args["id"], kind))
        return found and {"__kind": kind, **found}
    return _connection(name, args, all_, None)


def _of_product(source: Thing, name: str, args: Thing, all_: Catalogue) -> Any:
    if name in ("compareAtPrice", "weight"):
        return _sold_by(source, name)
    if name == "categories":
        return _connection("categories", args, all_, ("product", source["id"]))
    if name == "variants":
        return _connection("variants", args, all_, ("product", source["id"]))
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
        return _connection("products", args, all_, ("category", source["id"]))
    if name == "children":
        return _connection("categories", args, all_, ("parent", source["id"]))
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
    found = _plural(known.type_name, all_).get(known.id) if known else None
    return found and {"__typename": known.type_name, **found} if known else None


def _plural(kind: str, all_: Catalogue) -> dict[int, Thing]:
    known = {
        "Product": all_.products,
        "Variant": all_.variants,
        "Category": all_.categories,
        "Order": all_.orders,
    }
    return known.get(kind, {})


def _amount(value: Any, currency: str) -> str:
    decimals = 0 if currency == "JPY" else 2
    return f"{Decimal(str(value)):.{decimals}f}"


_SORTED_BY: dict[str, Callable[[Thing], Any]] = {
    "ID": lambda one: one["id"],
    "POSITION": lambda one: one["position"],
    "NAME": lambda one: text.key(one["name"]),
    "PRICE": lambda one: Decimal(str(one["price"])),
    "CREATED_AT": lambda one: one["createdAt"],
    "UPDATED_AT": lambda one: one["updatedAt"],
}


def _connection(name: str, args: Thing, all_: Catalogue, below: tuple[str, int] | None) -> Thing:
    listing, narrowed, rows = _LISTS[name](args, all_, below)
    window = connections.window(args)
    sort = args.get("sort") or {"by": "POSITION" if name == "variants" else "ID", "direction": "ASC"}
    key = _SORTED_BY[sort["by"]]
    rows = sorted(rows, key=lambda one: (key(one), one["id"]), reverse=sort["direction"] == "DESC")
    placed = [(_cursor(listing, narrowed, sort, one), one) for one in rows]
    begin, end = _place(window.after, placed, -1) + 1, _place(window.before, placed, len(placed))
    inside = placed[begin:end]
    page = inside[-window.size :] if window.backward and window.size else inside[: window.size]
    more = len(inside) > window.size
    return {
        "totalCount": len(rows),
        "correctedQuery": None,
        "edges": [{"cursor": cursor, "node": one} for cursor, one in page],
        "pageInfo": {
            "hasNextPage": window.before is not None if window.backward else more,
            "hasPreviousPage": more if window.backward else window.after is not None,
            "startCursor": page[0][0] if page else None,
            "endCursor": page[-1][0] if page else None,
        },
    }


def _place(cursor: str | None, placed: list[tuple[str, Thing]], default: int) -> int:
    if cursor is None:
        return default
    found = [n for n, (one, _) in enumerate(placed) if one == cursor]
    if not found:
        raise InvalidCursor
    return found[0]


def _cursor(listing: Listing, narrowed: Filter, sort: Thing, one: Thing) -> str:
    name, column = _KEYS[sort["by"]]
    value = column(one)
    return cursors.encode(f"{'-' if sort['direction'] == 'DESC' else ''}{name}", paging.mark(listing, narrowed),
                          Place(value, one["id"]))  # fmt: skip


def _microseconds(value: str) -> int:
    moment = datetime.fromisoformat(value)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


_KEYS: dict[str, tuple[str, Callable[[Thing], Any]]] = {
    "ID": ("id", lambda one: one["id"]),
    "POSITION": ("position", lambda one: one["position"]),
    "NAME": ("name", lambda one: text.key(one["name"])),
    "PRICE": ("price", lambda one: int(Decimal(str(one["price"])) * 10_000)),
    "CREATED_AT": ("createdAt", lambda one: _microseconds(one["createdAt"])),
    "UPDATED_AT": ("updatedAt", lambda one: _microseconds(one["updatedAt"])),
}


def _products(args: Thing, all_: Catalogue, below: tuple[str, int] | None) -> tuple[Listing, Filter, Iterable[Thing]]:
    narrowed = filter_of_products(args)
    rows: Iterable[Thing] = all_.products.values()
    if below:
        narrowed = replace(narrowed, categories=(below[1],))
        rows = [one for one in rows if below[1] in {c["id"] for c in one["categories"]}]
    given = args.get("filter") or {}
    return products.LISTING, narrowed, [one for one in rows if _fits(one, given)]


def _fits(one: Thing, given: Thing) -> bool:
    skus = [variant["sku"] for variant in one["variants"] if variant["sku"]]
    said = word_index.document(one["name"], one["description"], one["brand"] or "", " ".join(one["tags"]), skus=skus)
    has = said.words.split(" ")
    return all(
        (
            any(_is_wanted(variant, given) for variant in one["variants"]),
            given.get("currency") in (None, one["currency"]),
            not given.get("q")
            or all(any(w.startswith(alike) for w in has) for alike in text.neighbours(text.words(given["q"]))),
        )
    )


def _is_wanted(variant: Thing, given: Thing) -> bool:
    price = Decimal(str(variant["price"]))
    return (
        (given.get("minPrice") is None or price >= given["minPrice"])
        and (given.get("maxPrice") is None or price <= given["maxPrice"])
        and given.get("inStock") in (None, variant["stock"] is None or variant["stock"] > 0)
        and given.get("sku") in (None, variant["sku"])
        and given.get("gtin") in (None, variant["gtin"])
    )


def _categories(args: Thing, all_: Catalogue, below: tuple[str, int] | None) -> tuple[Listing, Filter, Iterable[Thing]]:
    rows: Iterable[Thing] = all_.categories.values()
    if below and below[0] == "parent":
        children = [one for one in rows if one["parentId"] == below[1]]
        return categories.LISTING, categories.Filter(parent=below[1]), children
    if below:
        held = {one["id"] for one in all_.products[below[1]]["categories"]}
        return categories.LISTING, categories.Filter(product=below[1]), [one for one in rows if one["id"] in held]
    narrowed = filter_of_categories(args)
    given = args.get("filter") or {}
    if given.get("parentId") is not None:
        above = None if given["parentId"] == "root" else nodes.local(given["parentId"], "Category")
        rows = [one for one in rows if one["parentId"] == above]
    wanted = text.words(given.get("q") or "")
    rows = [one for one in rows if all(any(w.startswith(q) for w in text.words(one["name"])) for q in wanted)]
    return categories.LISTING, narrowed, rows


def _variants(_: Thing, all_: Catalogue, below: tuple[str, int] | None) -> tuple[Listing, Filter, Iterable[Thing]]:
    assert below
    return variants.LISTING, variants.Filter(product=below[1]), _variants_of(all_.products[below[1]])


def _orders(args: Thing, all_: Catalogue, _: tuple[str, int] | None) -> tuple[Listing, Filter, Iterable[Thing]]:
    given = args.get("filter") or {}
    status = {"status": given["status"].lower()} if "status" in given else {}
    narrowed = filter_of_orders({"filter": given | status}, EVERYONE)
    rows = [
        one
        for one in all_.orders.values()
        if given.get("status") in (None, one["status"].upper()) and given.get("reference") in (None, one["reference"])
    ]
    return orders.LISTING, narrowed, rows


_LISTS = {"products": _products, "variants": _variants, "categories": _categories, "orders": _orders}
