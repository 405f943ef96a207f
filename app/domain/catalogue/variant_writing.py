"""Variants one by one: added to a product, changed, replaced and removed; each of these is an edit of the product."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import select

from app.domain import etags
from app.domain.addresses import Address, AddressedStatement, OwnKey
from app.domain.catalogue import variant_edits, variant_images, variant_members, variants
from app.domain.catalogue.product_fields import Variant
from app.domain.catalogue.product_lookup import lock
from app.domain.catalogue.product_rows import Stored, stored, update_all
from app.domain.catalogue.variant_members import Item
from app.domain.catalogue.variant_rows import v, with_ids
from app.domain.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from app.domain.etags import State
from app.domain.idempotency import Command, Snapshot
from app.domain.models import MAX_VARIANTS
from app.domain.unicode import identity
from app.domain.unit_of_work import Unit

_ATTEMPTS = 5
_FIND = AddressedStatement(variants.NAMED, lambda named: select(v.product_id, v.id).where(named))


class _Found(NamedTuple):
    """A variant in its product, which is locked."""

    product: Stored
    place: int

    @property
    def variant(self) -> Variant:
        return self.product.draft.variants[self.place]

    @property
    def state(self) -> State:
        """What the variant's entity tag says of it."""
        return etags.state(self.product.version, self.variant.stock)


def read(members: Mapping[str, object], *, sku: str | None = None) -> Item:
    """The state that a body gives a variant; raises `Invalid`. `sku` is that of its address, which it may leave out."""
    item = variant_members.read_variant(members, required=("price",))
    if sku is not None and identity.key(item.get("sku", sku) or "") != identity.key(sku):
        raise Invalid([FieldError(("sku",), "`sku` must be the sku of the address, or be left out.")])
    return item


def adding(address: Address, item: Item, if_match: str | None) -> Command:
    """The command that adds a variant behind the others of a product."""

    async def effect(unit: Unit) -> Snapshot:
        product = await lock(unit, address)
        etags.require(if_match, product.state)
        if len(product.draft.variants) >= MAX_VARIANTS:
            raise Conflict(f"A product has at most {MAX_VARIANTS} variants.")
        new = variant_edits.changed(None, item, product.draft.first.price)
        return await _store(unit, product, [*product.draft.variants, new], len(product.draft.variants))

    return Command("variant.create", [address, item], effect)


def changing(address: Address, item: Item, if_match: str | None) -> Command:
    """The command that changes some members of a variant; of its options, those that the item has."""

    async def effect(unit: Unit) -> Snapshot:
        found = await _lock(unit, address)
        etags.require(if_match, found.state, stock="stock" in item)
        before = found.variant
        options = {**msgspec.json.decode(before.options or "{}"), **item.get("options", {})}
        merged = {**item, "options": options} if "options" in item else item
        return await _put(unit, found, variant_edits.changed(before, merged, before.price))

    return Command("variant.update", [address, item], effect)


def replacing(address: Address, item: Item, if_match: str | None) -> Command:
    """The command that replaces a variant; what the item leaves out is reset, but for the sku of an address."""

    async def effect(unit: Unit) -> Snapshot:
        found = await _lock(unit, address)
        etags.require(if_match, found.state, stock="stock" in item)
        before = found.variant
        bare = Variant(price=before.price, id=before.id, sku=before.sku)
        given = item if isinstance(address, OwnKey) else {"sku": None, **item}
        return await _put(unit, found, variant_edits.changed(bare, given, before.price))

    return Command("variant.replace", [address, item], effect)


def removing(address: Address, if_match: str | None) -> Command:
    """The command that removes a variant; the last one of a product stays."""

    async def effect(unit: Unit) -> Snapshot:
        found = await _lock(unit, address)
        etags.require(if_match, found.state)
        draft = found.product.draft
        if len(draft.variants) == 1:
            raise Conflict("A product has at least one variant; delete the product instead.")
        left = tuple(one for one in draft.variants if one is not found.variant)
        await update_all(unit, [found.product.replaced_by(replace(draft, variants=left))])
        return {"id": found.variant.id}

    return Command("variant.delete", address, effect)


async def _lock(unit: Unit, address: Address) -> _Found:
    """A variant by its address; nobody else changes its product until the transaction ends. Raises `NotFound`."""
    variants.require_known(address)
    for _ in range(_ATTEMPTS):
        row = await _FIND.first(unit, address)
        if row is None:
            raise NotFound("variant")
        product = (await stored(unit, [row[0]])).get(row[0])
        for place, one in enumerate(product.draft.variants if product else ()):
            if product and one.id == row[1] and _has_address(one, address):
                return _Found(product, place)
    raise Unavailable("The database is busy.")


def _has_address(one: Variant, address: Address) -> bool:
    """Whether a variant still has its address: its sku may have changed while its lock was waited for."""
    return isinstance(address, int) or identity.key(one.sku or "") == identity.key(address.value)


async def _put(unit: Unit, found: _Found, after: Variant) -> Snapshot:
    all_ = list(found.product.draft.variants)
    all_[found.place] = after
    return await _store(unit, found.product, all_, found.place)


async def _store(unit: Unit, product: Stored, after: list[Variant], place: int) -> Snapshot:
    """Store the variants of a product; the snapshot of the one at a place, whose faults are those of the body."""
    draft = replace(product.draft, variants=tuple(after))
    try:
        draft = variant_edits.settled(draft)
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
