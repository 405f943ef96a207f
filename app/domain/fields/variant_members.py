"""Parses the options and variants of a product from bodies, without the product."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from app.domain.fields import weights
from app.domain.models import MAX_OPTION_NAME, MAX_OPTION_VALUE, MAX_OPTIONS, MAX_SKU, MAX_STOCK, MAX_VARIANTS
from app.domain.unicode import identity
from app.domain.validation import Reader, safe

Item = Mapping[str, Any]
"""Some members of a variant: its id, the price in units, its options by name. Those that it does not have stay."""
_Read: TypeAlias = Mapping[str, Callable[[Reader, str], Any]]
WRITABLE = frozenset({"sku", "gtin", "price", "compareAtPrice", "stock", "weight", "options", "imageId"})
"""The writable members of a variant; in a list, `id` names a stored variant."""
VARIANT_EXAMPLE = {
    "id": 7,
    "sku": "WH-30",
    "gtin": "4006381333931",
    "price": 129.99,
    "compareAtPrice": 149.99,
    "stock": 12,
    "weight": {"value": 0.25, "unit": "kg"},
    "options": {"Colour": "black"},
    "imageId": 41,
}
"""The example of a variant in the contracts."""


def read_options(reader: Reader, name: str) -> str | None:
    """The options as JSON, in order; `None` for none. The reader records errors."""
    found = [_read_option(reader, one) for one in _objects(reader, name, MAX_OPTIONS)]
    _distinct(reader, name, [option["name"] for option in found], "name")
    return msgspec.json.encode(found).decode() if found else None


def _read_option(reader: Reader, inner: Reader) -> dict[str, Any]:
    inner.only(frozenset({"name", "values"}), frozenset())
    inner.require("name", "values")
    members, name, values = inner.members, "", list[str]()
    if "name" in members:
        name = inner.line("name", members["name"], MAX_OPTION_NAME)
    if "values" in members:
        values = inner.lines("values", members["values"], MAX_VARIANTS, MAX_OPTION_VALUE)
        if members["values"] == []:
            inner.fault("values", "must have at least one item")
        _distinct(inner, "values", values)
    reader.field_errors += inner.field_errors
    return {"name": name, "values": values}


def read_variants(reader: Reader, name: str) -> list[Item]:
    """The variants in order; the reader records errors."""
    found: list[Item] = []
    for inner in _objects(reader, name, MAX_VARIANTS):
        inner.only(WRITABLE | {"id"}, frozenset())
        found.append(_members(inner, _READ))
        reader.field_errors += inner.field_errors
    return found


def read_variant(members: Mapping[str, object], *, required: Sequence[str] = (), patch: bool = False) -> Item:
    """The members of one variant from a body, of a merge patch too; raises `Invalid`."""
    reader = Reader(members)
    reader.only(WRITABLE, frozenset({"id", "productId"}))
    reader.require(*required)
    found = _members(reader, _PATCH if patch else _READ)
    reader.done()
    return found


def _members(reader: Reader, read: _Read) -> dict[str, Any]:
    """The members by attribute; null clears nullable ones."""
    found: dict[str, Any] = {}
    for name, value in reader.members.items():
        if value is None and name in NULLABLE:
            found[_ATTRIBUTES.get(name, name)] = None
        elif name in read:
            found[_ATTRIBUTES.get(name, name)] = read[name](reader, name)
    return found


def _values(reader: Reader, name: str) -> dict[str, str]:
    raw = reader.members[name]
    if not isinstance(raw, Mapping):
        reader.fault(name, "must be an object")
        return {}
    if len(raw) > MAX_OPTIONS:
        reader.fault(name, f"must have at most {MAX_OPTIONS} options")
        return {}
    inner = Reader({}, (*reader.path, name))
    found = {}
    for option, value in raw.items():
        shown = safe(option)
        found[inner.line(shown, option, MAX_OPTION_NAME)] = inner.line(shown, value, MAX_OPTION_VALUE)
    reader.field_errors += inner.field_errors
    return found


_READ: _Read = {
    "id": Reader.identity,
    "sku": lambda reader, name: reader.sku(name, MAX_SKU),
    "gtin": Reader.gtin,
    "price": Reader.price,
    "compareAtPrice": Reader.price,
    "stock": lambda reader, name: reader.integer(name, 0, MAX_STOCK),
    "weight": weights.parse_weight,
    "options": _values,
    "imageId": Reader.identity,
}
_PATCH: _Read = {**_READ, "weight": weights.parse_patch}
_ATTRIBUTES = {"compareAtPrice": "compare_at_price", "imageId": "image_id"}
"""The attributes whose names differ from their members."""
NULLABLE = frozenset({"sku", "gtin", "compareAtPrice", "stock", "weight", "imageId"})
"""The nullable members of a variant: null clears them."""


def _objects(reader: Reader, name: str, most: int) -> list[Reader]:
    """A reader for each object of a list."""
    raw = reader.members[name]
    if not isinstance(raw, list):
        reader.fault(name, "must be a list of objects")
        return []
    if len(raw) > most:
        reader.fault(name, f"must have at most {most} items")
        return []
    found = []
    for index, one in enumerate(raw):
        if isinstance(one, Mapping):
            found.append(Reader(one, (*reader.path, name, index)))
        else:
            reader.fault(name, "must be a list of objects", index)
    return found


def _distinct(reader: Reader, name: str, texts: Sequence[str], *rest: str) -> None:
    """Refuse texts that are the same as an earlier one."""
    seen: dict[str, int] = {}
    for index, text in enumerate(texts):
        first = seen.setdefault(identity.key(text), index)
        if first != index and text:
            reader.fault(name, f"has the same at {first} and {index}", index, *rest)
