"""Edits of products: what bodies describe, and the drafts that come of them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from app.domain import models, slugs
from app.domain.addresses import Address
from app.domain.catalogue import variant_edits
from app.domain.catalogue.product_fields import DEFAULTS, OF_VARIANT, READ_ONLY, REQUIRED, WRITABLE, Draft
from app.domain.errors import Code, Conflict, TandemError
from app.domain.unicode import identity
from app.domain.validation import Path, Reader, whole

_RESET = frozenset(member.attribute for member in WRITABLE.values() if not member.required)
"""The attributes that a replacement resets to their defaults if it leaves them out."""
Edit = Mapping[str, Any]
"""Some fields of a `Draft`, by name; None puts a field back to its default."""


class SentEdit(dict[str, Any]):
    """An edit as a body describes it; `untrimmed` is the same with the sku as it was sent."""

    sku: str | None = None

    @property
    def untrimmed(self) -> Edit:
        """The edit of a release that did not trim skus."""
        return self if self.sku is None else {**self, "sku": self.sku}


def parse(
    members: Mapping[str, object],
    writable: Iterable[str] = WRITABLE,
    *,
    patch: bool = False,
    keeps: bool = False,
    sku: str | None = None,
    path: Path = (),
) -> Edit:
    """The edit that the members of a body describe; raises `Invalid` with every fault.

    A patch may leave out what it likes and resets by null; where the edit `keeps` what the members cannot say, the
    decimals of a price without a currency wait for the product, since its currency decides. `sku` is that of the
    address that the members are sent to; they may leave it out, and have no other one.
    """
    reader = Reader(members, path)
    reader.only(frozenset(writable), READ_ONLY | WRITABLE.keys())
    if not patch:
        reader.require(*REQUIRED)
    edit = SentEdit()
    for member in (WRITABLE[name] for name in members if name in writable):
        if members[member.name] is not None:
            edit[member.attribute] = member.type.read(reader, member.name)
        elif member.resets or (patch and not member.required):
            edit[member.attribute] = None
        else:
            reader.fault(member.name, "must not be null")
    currency = edit.get("currency") or (None if patch or keeps else DEFAULTS["currency"])
    for name, attribute in (("price", "price"), ("compareAtPrice", "compare_at_price")):
        if currency and edit.get(attribute):
            reader.decimals(name, edit[attribute], currency)
    if sku is not None:
        _require_sku(reader, sku)
    reader.done()
    if edit.get("sku") is not None:
        edit.sku = str(members["sku"])
    return edit


def _require_sku(reader: Reader, sku: str) -> None:
    """Note what is wrong with the sku of an address, or with another one among the members."""
    if "sku" not in reader.members:
        addressed = Reader({"sku": sku}, reader.path)
        WRITABLE["sku"].type.read(addressed, "sku")
        reader.field_errors += addressed.field_errors
        return
    sent = reader.members["sku"]
    sound = all(error.field != (*reader.path, "sku") for error in reader.field_errors)
    if sound and (sent is None or identity.key(str(sent)) != identity.key(sku)):
        reader.fault("sku", "must be the sku of the address, or be left out")


def kept_by_put(version: int) -> Mapping[str, str]:
    """The attributes that a PUT of a version keeps unless the body has them, and the members that write them.

    v1 keeps what it does not show, v2 what came after it was published.
    """
    return {
        member.attribute: member.name
        for member in WRITABLE.values()
        if member.edition > 2 or (version == 1 and not (member.shown and member.edition == 1))
    }


_HIDDEN = kept_by_put(2)


def kept(members: Collection[str], hidden: Mapping[str, str] = _HIDDEN) -> frozenset[str]:
    """The attributes that a replacement by these members keeps, of those that it would have to name."""
    return frozenset(attribute for attribute, member in hidden.items() if member not in members)


def making(edit: Edit, address: Address) -> Edit:
    """The edit that makes the product of an address: its sku is that of the address, unless it has one."""
    return edit if isinstance(address, int) else {"sku": identity.trim(address.value), **edit}


def replacing(edit: Edit, kept: frozenset[str], address: Address) -> Edit:
    """The edit that replaces the product of an address, but for what is `kept` and the sku of an address."""
    if not isinstance(address, int):
        kept |= {"sku"}
        edit = {"sku": identity.trim(address.value), **edit} if edit.get("variants") else edit
    if edit.get("variants"):
        kept |= frozenset(OF_VARIANT)  # its first one says them
    return {**dict.fromkeys(_RESET - kept), **edit}


def sets_stock(edit: Edit) -> bool:
    """Whether an edit sets the stock of a variant, and so replaces what sales have left."""
    return "stock" in edit or any("stock" in item for item in edit.get("variants") or ())


def adjusted(stock: int | None, delta: int) -> int:
    """The stock after a change; raises `out_of_stock` rather than go below zero."""
    if stock is None:
        raise Conflict("The stock of this product is not counted; set it first.")
    if stock + delta > models.MAX_STOCK:
        raise Conflict(f"The stock cannot exceed {models.MAX_STOCK}.")
    if stock + delta < 0:
        raise TandemError(Code.OUT_OF_STOCK, f"Only {stock} are in stock.")
    return stock + delta


ADJUSTMENT = ("delta", "variantId")
"""The members of an adjustment of stock."""


def parse_delta(members: Mapping[str, object], writable: Iterable[str] = ADJUSTMENT) -> tuple[int, int | None]:
    """The change of stock that a body describes, and the variant that it is of, if it says so; raises `Invalid`."""
    reader = Reader(members)
    reader.only(frozenset(writable), frozenset())
    reader.require("delta")
    delta = adjustment(reader) if "delta" in members else 0
    variant_id = reader.identity("variantId") if "variantId" in members and "variantId" in writable else None
    reader.done()
    return delta, variant_id


def adjustment(reader: Reader) -> int:
    """The member `delta`; the reader notes what is wrong."""
    if whole(reader.members["delta"]) == 0:
        reader.fault("delta", "must not be 0")
    return reader.integer("delta", -models.MAX_STOCK, models.MAX_STOCK)


def canonical(edit: Edit) -> Edit:
    """The edit with its categories in one order: they are a set."""
    ids = edit.get("category_ids")
    return edit if ids is None else {**edit, "category_ids": sorted(set(ids))}


def revise(stored: Draft, edit: Edit) -> Draft:
    """The draft that an edit makes of a stored product; raises `Invalid` where its result is none."""
    sku = stored.first.sku
    if sku is not None and edit.get("sku") == identity.trim(sku):
        edit = {**edit, "sku": sku}  # from before skus were trimmed: it stays as it was handed out
    return apply(edit, stored)


def apply(edit: Edit, to: Draft | None = None) -> Draft:
    """The draft that an edit makes, of nothing or of what is stored; raises `Invalid` where its result is none."""
    given = {name: value for name, value in edit.items() if value is not None}
    if "category_ids" in given:
        given["category_ids"] = tuple(sorted(set(given["category_ids"])))
    changes = given | {name: DEFAULTS[name] for name in edit.keys() - given.keys()}
    of_first = {name: changes.pop(name) for name in OF_VARIANT if name in changes}
    listed = {"items": changes.pop("variants")} if "variants" in changes else {}
    variants = variant_edits.revise(() if to is None else to.variants, of_first, **listed)
    draft = Draft(**changes, variants=variants) if to is None else replace(to, **changes, variants=variants)
    if listed or "options" in changes:
        draft = variant_edits.settled(draft)
    if to is not None and not draft.slug and slugs.is_of_name(to.slug, draft.name):
        draft = replace(draft, slug=to.slug)
    variant_edits.require_decimals(draft)
    return draft
