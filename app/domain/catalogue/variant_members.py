"""The options and variants of a product as bodies describe them: each read by itself, before the product is known."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from app.domain.catalogue import weights
from app.domain.models import (
    MAX_OPTION_NAME,
    MAX_OPTION_VALUE,
    MAX_OPTIONS,
    MAX_SKU,
    MAX_STOCK,
    MAX_VARIANTS,
)
from app.domain.unicode import identity
from app.domain.validation import Path, Reader, safe

Item = Mapping[str, Any]
"""Some members of a variant: its id, the price in units, its options by name. Those that it does not have stay."""
WRITABLE = frozenset({"sku", "gtin", "price", "compareAtPrice", "stock", "weight", "options", "imageId"})
"""The members of a variant that a body sets; in a list, `id` says besides which variant is meant."""


def read_options(reader: Reader, name: str) -> str | None:
    """The options as JSON, in their order; None for none. The reader notes what is wrong."""
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
    """The variants in their order; the reader notes what is wrong."""
    found: list[Item] = []
    for inner in _objects(reader, name, MAX_VARIANTS):
        inner.only(WRITABLE | {"id"}, frozenset())
        found.append(_members(inner))
        reader.field_errors += inner.field_errors
    return found


def read_variant(members: Mapping[str, object], *, required: Sequence[str] = (), path: Path = ()) -> Item:
    """The members of one variant that a body describes; raises `Invalid`."""
    reader = Reader(members, path)
    reader.only(WRITABLE, frozenset({"id", "productId"}))
    reader.require(*required)
    found = _members(reader)
    reader.done()
    return found


def _members(reader: Reader) -> dict[str, Any]:
    """The members by their attributes; null takes away what a variant may lack."""
    found: dict[str, Any] = {}
    for name, value in reader.members.items():
        if value is None and name in NULLABLE:
            found[_ATTRIBUTES.get(name, name)] = None
        elif name in _READ:
            found[_ATTRIBUTES.get(name, name)] = _READ[name](reader, name)
    return found


def _values(reader: Reader, name: str) -> dict[str, str]:
    given = reader.members[name]
    if not isinstance(given, Mapping):
        reader.fault(name, "must be an object")
        return {}
    if len(given) > MAX_OPTIONS:
        reader.fault(name, f"must have at most {MAX_OPTIONS} options")
        return {}
    inner = Reader({}, (*reader.path, name))
    found = {}
    for option, value in given.items():
        shown = safe(option)
        found[inner.line(shown, option, MAX_OPTION_NAME)] = inner.line(shown, value, MAX_OPTION_VALUE)
    reader.field_errors += inner.field_errors
    return found


_READ: Mapping[str, Callable[[Reader, str], Any]] = {
    "id": Reader.identity,
    "sku": lambda reader, name: reader.sku(name, MAX_SKU),
    "gtin": Reader.gtin,
    "price": Reader.price,
    "compareAtPrice": Reader.price,
    "stock": lambda reader, name: reader.integer(name, 0, MAX_STOCK),
    "weight": weights.read,
    "options": _values,
    "imageId": Reader.identity,
}
_ATTRIBUTES = {"compareAtPrice": "compare_at_price", "imageId": "image_id"}
"""The attributes that are not called as their members."""
NULLABLE = frozenset({"sku", "gtin", "compareAtPrice", "stock", "weight", "imageId"})
"""The members that a variant may lack: null takes them away."""


def _objects(reader: Reader, name: str, most: int) -> list[Reader]:
    """A reader for each object of a list."""
    given = reader.members[name]
    if not isinstance(given, list):
        reader.fault(name, "must be a list of objects")
        return []
    if len(given) > most:
        reader.fault(name, f"must have at most {most} items")
        return []
    found = []
    for index, one in enumerate(given):
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
