"""The lists of naive resolvers: filters, sorts and windows in plain Python."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.callers import EVERYONE
from app.domain.catalogue import categories, products, variants
from app.domain.errors import InvalidCursor
from app.domain.orders import orders
from app.domain.pagination import cursors, paging
from app.domain.pagination.cursors import Place
from app.domain.pagination.paging import Filter, Listing
from app.domain.search import documents
from app.domain.unicode import text
from schema.types import connections, nodes
from schema.types.categories import filter_of as filter_of_categories
from schema.types.connections import SortDirection
from schema.types.orders import OrderStatus
from schema.types.orders import filter_of as filter_of_orders
from schema.types.products import ProductSortKey, ProductStatusFilter, Typos
from schema.types.products import filter_of as filter_of_products
from tests.schema.naive_catalogue import Catalogue, Thing, microseconds, variants_of

_SORTED_BY: dict[str, Callable[[Thing], Any]] = {
    "ID": lambda one: one["id"],
    "POSITION": lambda one: one["position"],
    "NAME": lambda one: text.key(one["name"]),
    "PRICE": lambda one: Decimal(str(one["price"])),
    "CREATED_AT": lambda one: one["createdAt"],
    "UPDATED_AT": lambda one: one["updatedAt"],
}


def connection(name: str, args: Thing, all_: Catalogue, below: tuple[str, int] | None) -> Thing:
    listing, filter_, rows = _LISTS[name](args, all_, below)
    window = connections.window(args)
    sort = args.get("sort") or {"by": "POSITION" if name == "variants" else "ID", "direction": "ASC"}
    key = _SORTED_BY[sort["by"]]
    rows = sorted(rows, key=lambda one: (key(one), one["id"]), reverse=sort["direction"] == "DESC")
    placed = [(_cursor(listing, filter_, sort, one), one) for one in rows]
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


def _cursor(listing: Listing, filter_: Filter, sort: Thing, one: Thing) -> str:
    name, column = _KEYS[sort["by"]]
    value = column(one)
    return cursors.encode(f"{'-' if sort['direction'] == 'DESC' else ''}{name}", paging.fingerprint(listing, filter_),
                          Place(value, one["id"]))  # fmt: skip


_KEYS: dict[str, tuple[str, Callable[[Thing], Any]]] = {
    "ID": ("id", lambda one: one["id"]),
    "POSITION": ("position", lambda one: one["position"]),
    "NAME": ("name", lambda one: text.key(one["name"])),
    "PRICE": ("price", lambda one: int(Decimal(str(one["price"])) * 10_000)),
    "CREATED_AT": ("createdAt", lambda one: microseconds(one["createdAt"])),
    "UPDATED_AT": ("updatedAt", lambda one: microseconds(one["updatedAt"])),
}


def _with_enums(args: Thing) -> Thing:
    """The arguments with the schema's own enums: a schema that is built from its SDL gives their names."""
    sort, given = args.get("sort"), args.get("filter")
    if sort:
        sort = {"by": ProductSortKey[sort["by"]], "direction": SortDirection[sort["direction"]]}
    if given and given.get("status") is not None:
        given = given | {"status": [ProductStatusFilter[one] for one in given["status"]]}
    if given and given.get("typos") is not None:
        given = given | {"typos": Typos[given["typos"]]}
    return args | {"sort": sort, "filter": given}


def _products(args: Thing, all_: Catalogue, below: tuple[str, int] | None) -> tuple[Listing, Filter, Iterable[Thing]]:
    filter_ = filter_of_products(_with_enums(args))
    rows: Iterable[Thing] = all_.products.values()
    if below:
        filter_ = replace(filter_, categories=(below[1],))
        rows = [one for one in rows if below[1] in {c["id"] for c in one["categories"]}]
    given = args.get("filter") or {}
    return products.LISTING, filter_, [one for one in rows if _fits(one, given)]


def _fits(one: Thing, given: Thing) -> bool:
    skus = [variant["sku"] for variant in one["variants"] if variant["sku"]]
    said = documents.document(one["name"], one["description"], one["brand"] or "", " ".join(one["tags"]), skus=skus)
    has = said.words.split(" ")
    return all(
        (
            any(_is_wanted(variant, given) for variant in one["variants"]),
            _is_since(one, given),
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
    filter_ = filter_of_categories(args)
    given = args.get("filter") or {}
    if given.get("parentId") is not None:
        above = None if given["parentId"] == "root" else nodes.local_id(given["parentId"], "Category")
        rows = [one for one in rows if one["parentId"] == above]
    wanted = text.words(given.get("q") or "")
    rows = [one for one in rows if all(any(w.startswith(q) for w in text.words(one["name"])) for q in wanted)]
    rows = [one for one in rows if _is_since(one, given)]
    return categories.LISTING, filter_, rows


def _is_since(one: Thing, given: Thing) -> bool:
    return all(
        given.get(f"{name}Since") is None or microseconds(one[f"{name}At"]) >= given[f"{name}Since"]
        for name in ("created", "updated")
    )


def _variants(_: Thing, all_: Catalogue, below: tuple[str, int] | None) -> tuple[Listing, Filter, Iterable[Thing]]:
    assert below
    return variants.LISTING, variants.Filter(product=below[1]), variants_of(all_.products[below[1]])


def _orders(args: Thing, all_: Catalogue, _: tuple[str, int] | None) -> tuple[Listing, Filter, Iterable[Thing]]:
    given = args.get("filter") or {}
    status = {"status": OrderStatus[given["status"]]} if given.get("status") else {}
    filter_ = filter_of_orders({"filter": given | status}, EVERYONE)
    rows = [
        one
        for one in all_.orders.values()
        if given.get("status") in (None, one["status"].upper())
        and given.get("reference") in (None, one["reference"])
        and _is_since(one, given)
    ]
    return orders.LISTING, filter_, rows


_LISTS = {"products": _products, "variants": _variants, "categories": _categories, "orders": _orders}
