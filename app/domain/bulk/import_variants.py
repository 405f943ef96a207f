"""The variants of import lines: the members that are taken, and the stored variants that they mean.

A variant is known by its sku, one without by its options. Ids are those of one catalogue, so lines have none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from app.domain import money
from app.domain.catalogue import variants
from app.domain.catalogue.product_fields import Variant
from app.domain.catalogue.variant_members import Item
from app.domain.unicode import identity

TAKEN = frozenset({"sku", "price", "stock", "options"})
"""The members of a variant that an import takes."""


def taken(given: object) -> object:
    """Variants with the members that are taken; what is no list of objects stays, for the reader to refuse."""
    if not isinstance(given, list):
        return given
    return [
        {name: value for name, value in one.items() if name in TAKEN} if isinstance(one, Mapping) else one
        for one in given
    ]


def exported(text: str) -> list[dict[str, Any]]:
    """The variants of a product as an import takes them, from their column."""
    return [
        {name: value for name, value in one.items() if name in TAKEN}
        | {"price": money.number(one["price"]), "options": msgspec.Raw(one["options"] or "{}")}
        for one in variants.read_list(text)
    ]


def spelled(edit: Mapping[str, Any], stored: Iterable[Variant]) -> dict[str, Any]:
    """The sku and the variants of an edit as the stored variants spell them; those without a sku get the ids."""
    own, items = edit["sku"], edit["variants"]
    spellings = {identity.key(own): own}
    bare: dict[object, int] = {}
    for one in stored:
        if one.sku is not None:
            spellings[identity.key(one.sku)] = one.sku
        elif one.id:
            bare[_values(msgspec.json.decode(one.options) if one.options else {})] = one.id
    return {
        "sku": spellings[identity.key(own)],
        "variants": [_item(item, spellings, bare) for item in items],
    }


def _item(item: Item, spellings: Mapping[str, str], bare: Mapping[object, int]) -> Item:
    sku = item.get("sku")
    if sku is not None:
        return {**item, "sku": spellings.get(identity.key(sku), sku)}
    known = bare.get(_values(item.get("options") or {}))
    return item if known is None else {**item, "id": known}


def _values(options: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """The options of a variant, whatever their order and case are."""
    return frozenset((identity.key(name), identity.key(value)) for name, value in options.items())
