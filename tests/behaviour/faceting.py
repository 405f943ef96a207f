"""The facets of a list of products by a look at every product, in plain Python: what the engines are compared with."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from app.domain.unicode.identity import key

Product = dict[str, Any]
"""The members of a product with its `id` and `categoryIds`; one that has `variants` is sold by these."""


class Shelf(NamedTuple):
    """Products by rising ids; what each category stands in, and its name."""

    products: Sequence[Product]
    parents: Mapping[int, int | None]
    names: Mapping[int, str]

    def found(self, asked: Mapping[str, Any]) -> list[Product]:
        """The products of a list. What is asked has the names of the filters; `found` are the ids of a search."""
        return [one for one in self.products if self._has_all(one, asked)]

    def facet(self, name: str, most: int, asked: Mapping[str, Any], *, placed: bool = False) -> dict[str, Any]:
        """A facet of the list; the list of a category's own address is `placed` there."""
        others = {key: value for key, value in asked.items() if key not in _own(name, placed=placed)}
        if name.startswith("attributes.") and "attributes" in others:
            wanted = name.removeprefix("attributes.").casefold()
            others["attributes"] = {one: v for one, v in others["attributes"].items() if one.casefold() != wanted}
        found = self.found(others)
        return _in_stock(found, most, others) if name == "inStock" else self._counted(found, name, most, others)

    def _counted(self, found: Sequence[Product], name: str, most: int, others: Mapping[str, Any]) -> dict[str, Any]:
        texts, numbers = self._texts_and_numbers(found, name)
        values = [*_ranges(numbers, min(5, most), name), *_frequent(texts, most, by_id=name == "category")]
        for one in values if name == "price" else ():
            narrower = {**others, **narrowed(name, one["value"])}
            one["count"] = sum(_sold(product, narrower) for product in found)
        bounds = {"min": float(min(numbers)), "max": float(max(numbers))} if numbers else {"min": None, "max": None}
        return {"name": name, "values": values, **bounds}

    def _texts_and_numbers(self, found: Sequence[Product], name: str) -> tuple[list[tuple[str, str]], list[Decimal]]:
        """The texts with their labels, the oldest products' first, and the numbers of products."""
        given = [one for product in found for one in self._values(product, name)]
        numbers = [Decimal(str(one)) for one in given if isinstance(one, int | float)]
        texts = [one if isinstance(one, tuple) else (key(str(one)), str(one)) for one in given]
        keys = {one[0] for one, raw in zip(texts, given, strict=True) if not isinstance(raw, int | float)}
        return [one for one in texts if one[0] in keys], numbers

    def _values(self, product: Product, name: str) -> list[Any]:
        if name == "category":
            return [(str(one), self.names[one]) for one in product["categoryIds"]]
        return _values(product, name)

    def _has_all(self, product: Product, asked: Mapping[str, Any]) -> bool:
        statuses = asked.get("status", ["active"])
        own = all(_CHECKS[name](product, asked) for name in asked if name in _CHECKS)
        placed = "category" not in asked or self._in_categories(product, asked)
        return own and placed and product.get("status", "active") in statuses and _sold(product, asked)

    def _in_categories(self, product: Product, asked: Mapping[str, Any]) -> bool:
        subtree = asked.get("subtree")
        held = {above for one in product["categoryIds"] for above in (self._above(one) if subtree else [one])}
        return bool(held.intersection(asked["category"]))

    def _above(self, category: int | None) -> Iterator[int]:
        while category:
            yield category
            category = self.parents[category]


def _in_stock(found: Sequence[Product], most: int, others: Mapping[str, Any]) -> dict[str, Any]:
    counted = [
        (sum(_sold(one, {**others, "inStock": value == "true"}) for one in found), value) for value in ("true", "false")
    ]
    values = [{"value": value, "label": value, "count": count} for count, value in counted if count]
    values.sort(key=lambda one: -int(one["count"]))
    return {"name": "inStock", "values": values[:most], "min": None, "max": None}


def narrowed(name: str, value: str) -> dict[str, Any]:
    """The filter that a value of a facet stands for."""
    low, _, high = value.partition("..")
    if name == "price":
        return {"minPrice": Decimal(low), "maxPrice": Decimal(high)}
    if name == "inStock":
        return {"inStock": value == "true"}
    if name == "category":
        return {"category": [int(value)]}
    if not name.startswith("attributes."):
        return {name: [value]}
    wanted: dict[str, Any] = {"min": Decimal(low), "max": Decimal(high)} if high else {"values": [value]}
    return {"attributes": {name.removeprefix("attributes."): wanted}}


def _own(name: str, *, placed: bool) -> tuple[str, ...]:
    own = {"price": ("minPrice", "maxPrice"), "category": () if placed else ("category", "subtree")}
    return own.get(name, (name,))


def _values(product: Product, name: str) -> list[Any]:
    if name == "tag":
        return list(product.get("tags", ()))
    if name.startswith("attributes."):
        wanted = name.removeprefix("attributes.").casefold()
        return [value for one, value in product.get("attributes", {}).items() if one.casefold() == wanted]
    return [product[name]] if product.get(name) is not None else []


def _frequent(texts: list[tuple[str, str]], most: int, *, by_id: bool) -> list[dict[str, Any]]:
    labels = dict(reversed(texts))
    counted = sorted(
        Counter(value for value, _ in texts).items(), key=lambda one: (-one[1], int(one[0]) if by_id else one[0])
    )
    return [{"value": value, "label": labels[value], "count": count} for value, count in counted[:most]]


def _ranges(numbers: list[Decimal], most: int, name: str) -> Iterator[dict[str, Any]]:
    counted = Counter(numbers)
    shares: dict[int, list[Decimal]] = {}
    for place, number in enumerate(sorted(counted)):
        before = sum(count for one, count in counted.items() if one < number)
        shares.setdefault(place if len(counted) <= most else before * most // len(numbers), []).append(number)
    for share in shares.values():
        low, high = _printed(share[0], name), _printed(share[-1], name)
        label = low if low == high else f"{low}–{high}"
        yield {"value": f"{low}..{high}", "label": label, "count": sum(counted[one] for one in share)}


def _printed(number: Decimal, name: str) -> str:
    """A number as it is printed: a price of one decimal with two."""
    return f"{number}0" if name == "price" and number.as_tuple().exponent == -1 else str(number)


def _sold(product: Product, asked: Mapping[str, Any]) -> bool:
    """Whether a variant of a product has the stock and the price that are asked for."""
    low, high = asked.get("minPrice", 0), asked.get("maxPrice", 10**9)
    return any(
        low <= Decimal(str(one["price"])) <= high and asked.get("inStock") in (None, one.get("stock") != 0)
        for one in product.get("variants", [product])
    )


def _has(product: Product, name: str, wanted: Mapping[str, Any]) -> bool:
    for value in _values(product, f"attributes.{name}"):
        if "values" in wanted:
            return key(str(value)) in map(key, wanted["values"])
        return isinstance(value, int | float) and wanted["min"] <= Decimal(str(value)) <= wanted["max"]
    return False


_CHECKS: dict[str, Any] = {
    "found": lambda product, asked: product["id"] in asked["found"],
    "brand": lambda product, asked: key(product.get("brand") or "") in map(key, asked["brand"]),
    "tag": lambda product, asked: set(map(key, product.get("tags", ()))).intersection(map(key, asked["tag"])),
    "attributes": lambda product, asked: all(_has(product, *one) for one in asked["attributes"].items()),
}
