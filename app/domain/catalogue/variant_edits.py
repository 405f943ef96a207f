"""Edits of variants: the variants of a product after an edit, and the rules between them.

A product without options has one variant. With options, each variant has a value of every option, and no two variants
have the same ones. What the product is sold by, such as its price and sku, is that of its first variant.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from app.domain import money
from app.domain.fields.drafts import Draft, Variant
from app.domain.fields.variant_members import Item
from app.domain.unicode import identity
from app.domain.validation import Reader

_UNSET: Any = object()


def revise(
    stored: Sequence[Variant], of_first: Mapping[str, Any], items: Sequence[Item] | None = _UNSET
) -> tuple[Variant, ...]:
    """The variants after an edit; raises `Invalid`.

    `of_first` are the members of the product that are its first variant's. `items` is the whole list of variants: those
    with an id, or with the sku of a stored one, stay and keep what they do not say. An empty list leaves the first.
    """
    first = stored[0] if stored else None
    if items is _UNSET or not items:
        rest = stored[1:] if items is _UNSET else ()
        return (Variant(**of_first) if first is None else replace(first, **of_first), *rest)
    reader = Reader({})
    found = _found(reader, stored, _with_product(reader, items, of_first), _price(of_first, first))
    _require_distinct_skus(reader, found)
    reader.done()
    return tuple(found)


def _price(of_first: Mapping[str, Any], first: Variant | None) -> int | None:
    """The price of new variants without one: that of the product."""
    price: int | None = of_first.get("price", first and first.price)
    return price


def _with_product(reader: Reader, items: Sequence[Item], of_first: Mapping[str, Any]) -> list[Item]:
    """The items, with the product's members in the first; raises `Invalid` if they contradict each other."""
    first = items[0]
    for name, value in of_first.items():
        if name in first and first[name] != value:
            reader.fault(
                "compareAtPrice" if name == "compare_at_price" else name,
                "contradicts the first of `variants`; send it in one place",
            )
    return [{**of_first, **first}, *items[1:]]


def _found(reader: Reader, stored: Sequence[Variant], items: Sequence[Item], price: int | None) -> list[Variant]:
    by_id = {one.id: place for place, one in enumerate(stored) if one.id}
    by_sku = {identity.key(one.sku): place for place, one in enumerate(stored) if one.sku is not None}
    used: dict[int, int] = {}
    found = []
    for n, item in enumerate(items):
        place = by_id.get(item["id"]) if "id" in item else by_sku.get(identity.key(item.get("sku") or ""))
        if place is None and "id" in item:
            reader.fault("variants", "is not a variant of this product", n, "id")
        if place is not None and used.setdefault(place, n) != n:
            reader.fault("variants", f"names the same variant as {used[place]}", n)
        found.append(changed(None if place is None else stored[place], item, price or 1))
    return found


def changed(base: Variant | None, item: Item, price: int) -> Variant:
    """A variant with some members changed; a new one has the price of the product by default."""
    said = {name: value for name, value in item.items() if name != "id"}
    if said.get("options") is not None:
        said["options"] = msgspec.json.encode(said["options"]).decode()
    if base is None:
        return Variant(**{"price": price, **said})
    if base.sku is not None and said.get("sku") == identity.trim(base.sku):
        said["sku"] = base.sku  # stored before skus were trimmed: it stays unchanged
    return replace(base, **said)


def _require_distinct_skus(reader: Reader, variants: Sequence[Variant]) -> None:
    seen: dict[str, int] = {}
    for n, one in enumerate(variants):
        if one.sku is not None and (first := seen.setdefault(identity.key(one.sku), n)) != n:
            reader.fault("variants", f"has the same sku at {first} and {n}", n, "sku")


def normalize_options(draft: Draft) -> Draft:
    """The draft with options of variants in the product's spelling; raises `Invalid` if they do not match."""
    options = msgspec.json.decode(draft.options) if draft.options else []
    reader = Reader({})
    if not options and len(draft.variants) > 1:
        reader.fault("options", "must not be empty if the product has several variants")
        reader.done()
    known = [(one["name"], {identity.key(value): value for value in one["values"]}) for one in options]
    found = []
    seen: dict[str | None, int] = {}
    for n, one in enumerate(draft.variants):
        chosen = msgspec.json.decode(one.options) if one.options else {}
        values = _match_options(Reader({}, ("variants", n)), reader, known, chosen)
        text = msgspec.json.encode(values).decode() if values else None
        if (first := seen.setdefault(text, n)) != n:
            reader.fault("variants", f"has the same options at {first} and {n}", n, "options")
        found.append(replace(one, options=text))
    reader.done()
    return replace(draft, variants=tuple(found))


def _match_options(
    inner: Reader, reader: Reader, options: Sequence[tuple[str, Mapping[str, str]]], chosen: Mapping[str, str]
) -> dict[str, str]:
    """The value of each option in the product's spelling, matched by key."""
    left = {identity.key(name): (name, value) for name, value in chosen.items()}
    found = {}
    for name, known in options:
        _, value = left.pop(identity.key(name), ("", None))
        if value is None:
            inner.fault("options", f"must have a value for the option `{name}`")
        elif identity.key(value) not in known:
            inner.fault("options", f"must have one of the product's values for the option `{name}`")
        else:
            found[name] = known[identity.key(value)]
    for name, _ in left.values() if options else ():
        inner.fault("options", f"names the option `{name}`, which the product does not have")
    reader.field_errors += inner.field_errors
    return found


def require_decimals(draft: Draft) -> None:
    """Raise `Invalid` if a price has more decimals than the currency."""
    step = money.step(draft.currency)
    if not any(one.price % step or (one.compare_at_price or 0) % step for one in draft.variants):
        return
    reader = Reader({})
    for n, one in enumerate(draft.variants):
        inner = Reader({}, ("variants", n) if n else ())
        inner.decimals("price", one.price, draft.currency)
        inner.decimals("compareAtPrice", one.compare_at_price or 0, draft.currency)
        reader.field_errors += inner.field_errors
    reader.done()
