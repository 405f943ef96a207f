"""The variants of import lines: their imported members, and their stored variants.

A variant is known by its sku, one without by its options. Ids are those of one catalogue, so lines have none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from app.domain import money
from app.domain.catalogue import variants
from app.domain.fields import variant_members
from app.domain.fields.drafts import Variant
from app.domain.fields.variant_members import Item
from app.domain.unicode import identity

TAKEN = variant_members.WRITABLE - {"imageId"}
"""The members of a variant that an import uses: not ids, which differ between catalogues."""


def taken(value: object) -> object:
    """Variants with their imported members; other values stay unchanged, and the reader refuses them."""
    if not isinstance(value, list):
        return value
    return [
        {name: value for name, value in one.items() if name in TAKEN} if isinstance(one, Mapping) else one
        for one in value
    ]


def exported(text: str) -> list[dict[str, Any]]:
    """The variants of a product in the import format, from their column."""
    return [
        {name: value for name, value in one.items() if name in TAKEN}
        | {"price": money.number(one["price"]), "compareAtPrice": money.number_if_any(one["compareAtPrice"])}
        | {"weight": msgspec.Raw(one["weight"] or "null"), "options": msgspec.Raw(one["options"] or "{}")}
        for one in variants.read_list(text)
    ]


def spelled(edit: Mapping[str, Any], stored: Iterable[Variant]) -> dict[str, Any]:
    """The edit with skus in their stored spelling, and with ids for variants without a sku."""
    own, items = edit["sku"], edit["variants"]
    spellings = {identity.key(own): own}
    bare: dict[object, int] = {}
    for one in stored:
        if one.sku is not None:
            spellings[identity.key(one.sku)] = one.sku
        elif one.id:
            bare[_values(msgspec.json.decode(one.options) if one.options else {})] = one.id
    return {"sku": spellings[identity.key(own)], "variants": [_item(item, spellings, bare) for item in items]}


def _item(item: Item, spellings: Mapping[str, str], bare: Mapping[object, int]) -> Item:
    sku = item.get("sku")
    if sku is not None:
        return {**item, "sku": spellings.get(identity.key(sku), sku)}
    known = bare.get(_values(item.get("options") or {}))
    return item if known is None else {**item, "id": known}


def _values(options: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """The options of a variant, independent of order and case."""
    return frozenset((identity.key(name), identity.key(value)) for name, value in options.items())
