"""Single variants: add, change, replace and remove; each is an edit of the product."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import select

from app.domain import etags
from app.domain.addresses import Address, AddressedStatement, OwnKey
from app.domain.catalogue import variant_edits, variant_images, variants
from app.domain.catalogue.product_lookup import lock
from app.domain.catalogue.product_rows import Stored, stored, update_all
from app.domain.catalogue.variant_rows import v, with_ids
from app.domain.errors import Busy, Conflict, FieldError, Invalid, NotFound
from app.domain.etags import State
from app.domain.fields import merge_patches, variant_members
from app.domain.fields.drafts import Variant
from app.domain.fields.variant_members import Item
from app.domain.idempotency import Command, Snapshot
from app.domain.models import MAX_VARIANTS
from app.domain.unicode import identity
from app.domain.unit_of_work import Unit

_ATTEMPTS = 5
_FIND = AddressedStatement(variants.NAMED, lambda named: select(v.product_id, v.id).where(named))


class _Found(NamedTuple):
    """A variant in its locked product."""

    product: Stored
    place: int

    @property
    def variant(self) -> Variant:
        return self.product.draft.variants[self.place]

    @property
    def state(self) -> State:
        """The state in the variant's entity tag."""
        return etags.state(self.product.version, self.variant.stock)


def parse_body(members: Mapping[str, object], *, sku: str | None = None) -> Item:
    """The new state of a variant from a body; raises `Invalid`. The body may omit the `sku` of the address."""
    item = variant_members.read_variant(members, required=("price",))
    if sku is not None and identity.key(item.get("sku", sku) or "") != identity.key(sku):
        raise Invalid([FieldError(("sku",), "`sku` must be the sku of the address, or be omitted.")])
    return item


def add_variant(address: Address, item: Item, if_match: str | None) -> Command:
    """The command that adds a variant at the end of a product's list."""

    async def effect(unit: Unit) -> Snapshot:
        product = await lock(unit, address)
        etags.require(if_match, product.state)
        if len(product.draft.variants) >= MAX_VARIANTS:
            raise Conflict(f"A product has at most {MAX_VARIANTS} variants.")
        new = variant_edits.changed(None, item, product.draft.first.price)
        return await _store(unit, product, [*product.draft.variants, new], len(product.draft.variants))

    return Command("variant.create", [address, item], effect)


def change_variant(address: Address, item: Item, if_match: str | None) -> Command:
    """The command that changes a variant by a merge patch (RFC 7396)."""

    async def effect(unit: Unit) -> Snapshot:
        found = await _lock(unit, address)
        etags.require(if_match, found.state, stock="stock" in item)
        before = found.variant
        edit = dict(merge_patches.apply(item, lambda name: getattr(before, name)))
        if "options" in item:
            edit["options"] = merge_patches.merge(before.options, item["options"])
        return await _put(unit, found, variant_edits.changed(before, edit, before.price))

    return Command("variant.update", [address, merge_patches.canonical(item)], effect)


def replace_variant(address: Address, item: Item, if_match: str | None) -> Command:
    """The command that replaces a variant; omitted members are reset, except the sku of an address."""

    async def effect(unit: Unit) -> Snapshot:
        found = await _lock(unit, address)
        etags.require(if_match, found.state, stock="stock" in item)
        before = found.variant
        bare = Variant(price=before.price, id=before.id, sku=before.sku)
        members = item if isinstance(address, OwnKey) else {"sku": None, **item}
        return await _put(unit, found, variant_edits.changed(bare, members, before.price))

    return Command("variant.replace", [address, item], effect)


def remove_variant(address: Address, if_match: str | None) -> Command:
    """The command that removes a variant; the only variant of a product cannot be removed."""

    async def effect(unit: Unit) -> Snapshot:
        found = await _lock(unit, address)
        etags.require(if_match, found.state)
        draft = found.product.draft
        if len(draft.variants) == 1:
            raise Conflict("A product needs at least one variant; delete the product instead.")
        left = tuple(one for one in draft.variants if one is not found.variant)
        await update_all(unit, [found.product.replaced_by(replace(draft, variants=left))])
        return {"id": found.variant.id}

    return Command("variant.delete", address, effect)


async def _lock(unit: Unit, address: Address) -> _Found:
    """A variant by its address; locks its product. Raises `NotFound`."""
    variants.require_known(address)
    for _ in range(_ATTEMPTS):
        row = await _FIND.first(unit, address)
        if row is None:
            raise NotFound("variant")
        product = (await stored(unit, [row[0]])).get(row[0])
        for place, one in enumerate(product.draft.variants if product else ()):
            if product and one.id == row[1] and _has_address(one, address):
                return _Found(product, place)
    raise Busy


def _has_address(one: Variant, address: Address) -> bool:
    """Whether a variant still has its address: its sku may have changed while the statement waited for the lock."""
    return isinstance(address, int) or identity.key(one.sku or "") == identity.key(address.value)


async def _put(unit: Unit, found: _Found, after: Variant) -> Snapshot:
    all_ = list(found.product.draft.variants)
    all_[found.place] = after
    return await _store(unit, found.product, all_, found.place)


async def _store(unit: Unit, product: Stored, after: list[Variant], place: int) -> Snapshot:
    """Store the variants of a product; returns the snapshot of one of them. Its errors are errors of the body."""
    draft = replace(product.draft, variants=tuple(after))
    try:
        draft = variant_edits.normalize_options(draft)
        variant_edits.require_decimals(draft)
        await variant_images.require(unit, product.id, product.draft, draft)
    except Invalid as invalid:
        raise Invalid([_of_body(fault, place) for fault in invalid.field_errors]) from None
    (draft,) = await with_ids(unit, [draft])
    if draft != product.draft:
        await update_all(unit, [product.replaced_by(draft)])
    return await variants.snapshot(unit, draft.variants[place].id)


def _of_body(fault: FieldError, place: int) -> FieldError:
    path = ("variants", place)
    return fault._replace(field=fault.field[2:]) if fault.field[:2] == path else fault
