"""Edits of products: parsed from bodies, and applied to drafts."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from app.domain import models, slugs
from app.domain.addresses import Address
from app.domain.catalogue import variant_edits
from app.domain.errors import Code, Conflict, TandemError
from app.domain.fields import merge_patches
from app.domain.fields.drafts import Draft, Variant
from app.domain.fields.member_types import Attributes, Weight
from app.domain.fields.product_fields import DEFAULTS, OF_VARIANT, READ_ONLY, REQUIRED, WRITABLE, Member
from app.domain.unicode import identity
from app.domain.validation import Path, Reader, whole

_RESET = frozenset(member.attribute for member in WRITABLE.values() if not member.required)
"""The attributes that a replacement resets to their defaults if it leaves them out."""
_KNOWN = READ_ONLY | WRITABLE.keys()
Edit = Mapping[str, Any]
"""Some fields of a `Draft` by name; `None` resets a field to its default, a `MergePatch` changes a part of it."""


class SentEdit(dict[str, Any]):
    """The edit of a body; `untrimmed` has the sku as it was sent."""

    sku: str | None = None

    @property
    def untrimmed(self) -> Edit:
        """The edit as releases before trimmed skus parsed it."""
        return self if self.sku is None else {**self, "sku": self.sku}


def parse(
    members: Mapping[str, object],
    writable: frozenset[str] = frozenset(WRITABLE),
    *,
    patch: bool = False,
    merge: bool = False,
    keeps: bool = False,
    sku: str | None = None,
    path: Path = (),
) -> Edit:
    """The edit of a body; raises `Invalid` with every error.

    A patch may leave out what it likes and resets by null; one to `merge` (RFC 7396) may have a part of the attributes
    or of the weight. Where the edit `keeps` what the members cannot say, the decimals of a price without a currency
    wait for the product, since its currency decides. `sku` is that of the address that the members are sent to; they
    may leave it out, and have no other one.
    """
    reader = Reader(members, path)
    reader.only(writable, _KNOWN)
    if not patch:
        reader.require(*REQUIRED)
    edit = SentEdit()
    for name, value in members.items():
        member = WRITABLE.get(name)
        if member is None or name not in writable:
            continue
        if value is not None:
            edit[member.attribute] = _read(reader, member, merge=merge)
        elif member.resets or (patch and not member.required):
            edit[member.attribute] = None
        else:
            reader.fault(name, "must not be null")
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


def _read(reader: Reader, member: Member, *, merge: bool) -> Any:
    if merge and isinstance(member.type, Attributes | Weight):
        return member.type.read_patch(reader, member.name)
    return member.type.read(reader, member.name)


def _require_sku(reader: Reader, sku: str) -> None:
    """Record an invalid sku in the address, or a different sku among the members."""
    if "sku" not in reader.members:
        addressed = Reader({"sku": sku}, reader.path)
        WRITABLE["sku"].type.read(addressed, "sku")
        reader.field_errors += addressed.field_errors
        return
    sent = reader.members["sku"]
    sound = all(error.field != (*reader.path, "sku") for error in reader.field_errors)
    if sound and (sent is None or identity.key(str(sent)) != identity.key(sku)):
        reader.fault("sku", "must be the sku of the address, or be omitted")


def kept_by_put(version: int) -> Mapping[str, str]:
    """The attributes that a PUT of a version keeps, by the members that write them.

    v1 keeps what it does not show, v2 what came after it was published.
    """
    return {
        member.attribute: member.name
        for member in WRITABLE.values()
        if member.edition > 2 or (version == 1 and not (member.shown and member.edition == 1))
    }


_HIDDEN = kept_by_put(2)


def kept_attributes(members: Collection[str], hidden: Mapping[str, str] = _HIDDEN) -> frozenset[str]:
    """The attributes that a replacement by these members keeps, of those that it would have to name."""
    return frozenset([attribute for attribute, member in hidden.items() if member not in members])


def creation_edit(edit: Edit, address: Address) -> Edit:
    """The edit that creates the product of an address, with the address's sku unless the edit has one."""
    return edit if isinstance(address, int) else {"sku": identity.trim(address.value), **edit}


def replacement_edit(edit: Edit, kept_attributes: frozenset[str], address: Address) -> Edit:
    """The edit that replaces the product of an address, except `kept` attributes and the address's sku."""
    if not isinstance(address, int):
        kept_attributes |= {"sku"}
        edit = {"sku": identity.trim(address.value), **edit} if edit.get("variants") else edit
    if edit.get("variants"):
        kept_attributes |= frozenset(OF_VARIANT)  # the first variant has them
    return {**dict.fromkeys(_RESET - kept_attributes), **edit}


def sets_stock(edit: Edit) -> bool:
    """Whether an edit sets the stock of a variant, and so overwrites the effect of sales."""
    return "stock" in edit or any("stock" in item for item in edit.get("variants") or ())


def adjusted_stock(stock: int | None, delta: int) -> int:
    """The stock after a change; raises `out_of_stock` below zero."""
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
    """The change of stock of a body, and the variant if it names one; raises `Invalid`."""
    reader = Reader(members)
    reader.only(frozenset(writable), frozenset())
    reader.require("delta")
    delta = adjustment(reader) if "delta" in members else 0
    variant_id = reader.identity("variantId") if "variantId" in members and "variantId" in writable else None
    reader.done()
    return delta, variant_id


def adjustment(reader: Reader) -> int:
    """The member `delta`; the reader records errors."""
    if whole(reader.members["delta"]) == 0:
        reader.fault("delta", "must not be 0")
    return reader.integer("delta", -models.MAX_STOCK, models.MAX_STOCK)


def canonical(edit: Edit) -> Edit:
    """The edit for fingerprints: with sorted categories, since their order means nothing."""
    ids, edit = edit.get("category_ids"), merge_patches.canonical(edit)
    return edit if ids is None else {**edit, "category_ids": sorted(set(ids))}


def revise(stored: Draft, edit: Edit) -> Draft:
    """The draft after an edit of a stored product; raises `Invalid` if it is not valid."""
    sku = stored.first.sku
    if sku is not None and edit.get("sku") == identity.trim(sku):
        edit = {**edit, "sku": sku}  # stored before skus were trimmed: it stays unchanged
    return apply(merge_patches.apply(edit, lambda name: getattr(_owner(stored, name), name)), stored)


def _owner(draft: Draft, attribute: str) -> Draft | Variant:
    return draft.first if attribute in OF_VARIANT else draft


def apply(edit: Edit, to: Draft | None = None) -> Draft:
    """The draft after an edit of a stored product, or of a new one; raises `Invalid` if it is not valid."""
    changes = {name: DEFAULTS[name] if value is None else value for name, value in edit.items()}
    if "category_ids" in changes:
        changes["category_ids"] = tuple(sorted(set(changes["category_ids"])))
    of_first = {name: changes.pop(name) for name in OF_VARIANT if name in changes}
    listed = {"items": changes.pop("variants")} if "variants" in changes else {}
    variants = variant_edits.revise(() if to is None else to.variants, of_first, **listed)
    draft = Draft(**changes, variants=variants) if to is None else replace(to, **changes, variants=variants)
    if listed or "options" in changes:
        draft = variant_edits.normalize_options(draft)
    if to is not None and not draft.slug and slugs.is_of_name(to.slug, draft.name):
        draft = replace(draft, slug=to.slug)
    variant_edits.require_decimals(draft)
    return draft
