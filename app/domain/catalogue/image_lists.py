"""The lists of products' images: every change of one is an edit of its product.

A change is made of the list as it is stored, in memory; then what differs is written. The product's row repeats the
first image, so that a page of products reads one column for it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import bindparam, case, delete, insert, null, select, update

from app.domain import blobs, etags
from app.domain.addresses import Address
from app.domain.blobs import picture
from app.domain.catalogue import image_sources, images, variant_images
from app.domain.catalogue.images import Image, Listed, i
from app.domain.catalogue.product_lookup import lock
from app.domain.catalogue.product_places import touch
from app.domain.catalogue.product_rows import EDITED, p, product, public_type
from app.domain.catalogue.variant_rows import v, variant
from app.domain.changes import log
from app.domain.changes.log import Type
from app.domain.errors import Conflict, FieldError, Invalid, NotFound
from app.domain.file_models import MAX_ALT, MAX_IMAGES
from app.domain.sql.conditions import one_of
from app.domain.sql.records import bind_rows, many_records
from app.domain.unit_of_work import Statement, Unit
from app.domain.validation import Reader

_WRITABLE = frozenset({"alt"})
_READ_ONLY = frozenset({"url", "contentType", "width", "height", "bytes"})


class NewImage(NamedTuple):
    """A stored image to add, with its alternative text, and its source URL if it was fetched."""

    image: Image
    alt: str = ""
    source: str = ""


class _Before(NamedTuple):
    """A product's stored list, locked until the transaction ends."""

    product_id: int
    version: int
    status: str
    images: list[Listed]


class ImagePlacement(NamedTuple):
    """An image in a new list; without an alternative text it keeps its own."""

    id: int
    alt: str | None = None


_ID = bindparam("id", type_=p.id.type)
_LIST = Statement(select(*images.COLUMNS).where(i.product_id == _ID).order_by(i.position))
_FIELDS = (i.product_id, i.position, i.alt, *(i[name] for name in Image._fields))
_new, _kept = many_records(*_FIELDS), many_records(i.id, *_FIELDS)
_ADD = Statement(insert(picture).from_select([column.name for column in _FIELDS], select(*_new.c)).returning(i.id))
_CHANGE = Statement(
    update(picture)
    .where(i.id == _kept.c.id)
    .values(
        {column.name: _kept.c[column.name] for column in _FIELDS}
        | {"source": case((i.sha256 == _kept.c.sha256, i.source), else_=null())}
    )
)
_REMOVE = Statement(delete(picture).where(one_of(i.id, "ids")))
_FORGOTTEN = Statement(
    update(variant)
    .where(v.product_id == bindparam("product_id", type_=v.product_id.type), one_of(v.image_id, "ids"))
    .values(image_id=null())
)
_FORGET = Statement(delete(picture).where(one_of(i.product_id, "ids")).returning(i.sha256))
_SHOW = Statement(
    update(product)
    .where(p.id == _ID)
    .values(
        image_sha256=bindparam("new_sha256", type_=p.image_sha256.type),
        image=bindparam("new_image", type_=p.image.type),
        **EDITED,
    )
    .returning(p.id)
)


def read_alt(members: Mapping[str, object]) -> str | None:
    """The alternative text of a merge patch or a form; `None` keeps it. Raises `Invalid`."""
    reader = Reader(members)
    reader.only(_WRITABLE, _READ_ONLY | {"id"})
    alt = _read_alt(reader)
    reader.done()
    return alt


def read_order(members: Mapping[str, object]) -> tuple[ImagePlacement, ...]:
    """The list of images of a body; raises `Invalid` with every error."""
    reader = Reader(members)
    reader.only(frozenset({"images"}), frozenset())
    reader.require("images")
    items = members.get("images", [])
    placed: list[ImagePlacement] = []
    if not isinstance(items, list) or len(items) > MAX_IMAGES:
        reader.fault("images", f"must be a list of at most {MAX_IMAGES} images")
    else:
        for index, item in enumerate(items):
            placed.append(_read_placed(reader, index, item))
    reader.done()
    return tuple(placed)


def _read_placed(reader: Reader, index: int, item: object) -> ImagePlacement:
    if not isinstance(item, Mapping):
        reader.field_errors.append(FieldError(("images", index), f"`images.{index}` must be an object."))
        return ImagePlacement(0)
    inner = Reader(item, ("images", index))
    inner.only(_WRITABLE | {"id"}, _READ_ONLY)
    inner.require("id")
    placed = ImagePlacement(inner.identity("id") if "id" in item else 0, _read_alt(inner))
    reader.field_errors += inner.field_errors
    return placed


def _read_alt(reader: Reader) -> str | None:
    if "alt" not in reader.members:
        return None
    return "" if reader.members["alt"] is None else reader.text("alt", 0, MAX_ALT, trim=True)


async def put_first(unit: Unit, address: Address, image: Image, if_match: str | None) -> tuple[int, bool]:
    """Replace the first image, or add one to an empty list; returns the product's id, and whether the list was empty.

    The first image's id and alternative text stay. `if_match` names the bytes that it has.
    """
    before = await _lock(unit, address)
    first = before.images[0] if before.images else None
    images.require(if_match, first and first.image.sha256)
    placed = Listed(0, before.product_id, "", image) if first is None else first._replace(image=image)
    await _store(unit, before, [placed, *before.images[1:]])
    return before.product_id, first is None


async def remove_first(unit: Unit, address: Address, if_match: str | None) -> int:
    """Remove the first image; the next one becomes first. Returns the product's id; `if_match` names the bytes."""
    before = await _lock(unit, address)
    if not before.images:
        raise NotFound("image")
    images.require(if_match, before.images[0].image.sha256)
    await _store(unit, before, before.images[1:])
    return before.product_id


async def attach(unit: Unit, address: Address, attached: NewImage, if_match: str | None) -> Listed:
    """Add an image at the end of a product's list."""
    before = await _lock(unit, address, if_match)
    new = Listed(0, before.product_id, attached.alt, attached.image)
    return (await _store(unit, before, [*before.images, new]))[-1]


async def attach_all(
    unit: Unit, address: Address, attached: Sequence[NewImage], of_variants: Mapping[str, int] = MappingProxyType({})
) -> None:
    """Put images at the beginning of a product's list, in order; `of_variants` maps skus to the index of an image.

    Images with equal bytes are moved and keep their ids; other images follow.
    """
    before = await _lock(unit, address)
    rest = list(before.images)
    after: list[Listed] = []
    for image, alt, _ in attached:
        known = next((one for one in rest if one.image.sha256 == image.sha256), None)
        if known is not None:
            rest.remove(known)
        after.append((known or Listed(0, before.product_id, alt, image))._replace(alt=alt))
    stored = await _store(unit, before, after + rest)
    sources = zip(stored, (one.source for one in attached), strict=False)
    await image_sources.record(unit, {one.id: source for one, source in sources if source})
    if of_variants:
        ids = {sku: stored[index].id for sku, index in of_variants.items()}
        await variant_images.give(unit, before.product_id, ids)


async def reorder(unit: Unit, address: Address, placed: Sequence[ImagePlacement], if_match: str | None) -> int:
    """Set a product's list to some of its images, in this order; removes the others. Returns the product's id."""
    before = await _lock(unit, address, if_match)
    known = {one.id: one for one in before.images}
    after: list[Listed] = []
    faults: list[FieldError] = []
    for index, (image_id, alt) in enumerate(placed):
        one = known.pop(image_id, None)
        if one is None:
            message = f"`images.{index}.id` is not an image of this product, or is repeated."
            faults.append(FieldError(("images", index, "id"), message))
        else:
            after.append(one if alt is None else one._replace(alt=alt))
    if faults:
        raise Invalid(faults)
    await _store(unit, before, after)
    return before.product_id


async def set_alt(unit: Unit, address: Address, image_id: int, alt: str | None, if_match: str | None) -> int:
    """Set the alternative text of an image, unless it is `None`; returns the product's id."""
    before = await _lock(unit, address, if_match)
    one = _find(before, image_id)
    described = one if alt is None else one._replace(alt=alt)
    await _store(unit, before, [described if other is one else other for other in before.images])
    return before.product_id


async def remove(unit: Unit, address: Address, image_id: int, if_match: str | None) -> int:
    """Remove an image from its product's list; returns the product's id."""
    before = await _lock(unit, address, if_match)
    one = _find(before, image_id)
    await _store(unit, before, [other for other in before.images if other is not one])
    return before.product_id


async def drop_lost(unit: Unit, product_id: int, sha256: str) -> None:
    """Remove the images with lost bytes from a product's list."""
    before = await _lock(unit, product_id)
    await _store(unit, before, [one for one in before.images if one.image.sha256 != sha256])


async def forget(unit: Unit, product_ids: Sequence[int]) -> None:
    """Release the images of products that are being deleted."""
    names = [row[0] for row in await unit.all(_FORGET, ids=list(product_ids))]
    if names:
        await blobs.release(unit, *names)


def _find(before: _Before, image_id: int) -> Listed:
    """An image of the list; raises `NotFound`."""
    for one in before.images:
        if one.id == image_id:
            return one
    raise NotFound("image")


async def _lock(unit: Unit, address: Address, if_match: str | None = None) -> _Before:
    """A product's list, locked. `if_match` names the product's state."""
    stored = await lock(unit, address)
    etags.require(if_match, stored.state)
    rows = await unit.all(_LIST, id=stored.id)
    return _Before(stored.id, stored.version, stored.draft.status, [images.listed(row) for row in rows])


async def _store(unit: Unit, before: _Before, after: list[Listed]) -> list[Listed]:
    """Write the differences between two lists of a product; returns the new list with the ids of new images."""
    if after == before.images:
        return after
    if len(after) > MAX_IMAGES:
        raise Conflict(f"A product has at most {MAX_IMAGES} images.")
    old, new = ({one.image.sha256 for one in listed} for listed in (before.images, after))
    for name in sorted(new - old):
        await blobs.use(unit, name)
    stored = await _write(unit, before.images, after)
    if gone := sorted(old - new):
        await blobs.release(unit, *gone)
    await _copy_first_image(unit, before, after)
    return stored


async def _write(unit: Unit, before: list[Listed], after: list[Listed]) -> list[Listed]:
    """Write the rows of a list that differ."""
    kept = {one.id for one in after}
    if removed := [one.id for one in before if one.id not in kept]:
        await unit.all(_REMOVE, ids=removed)
        await unit.all(_FORGOTTEN, product_id=before[0].product_id, ids=removed)
    changed = [
        [one.id, *_row(place, one)]
        for place, one in enumerate(after)
        if one.id and not (place < len(before) and before[place] == one)
    ]
    if changed:
        await unit.all(_CHANGE, **bind_rows(unit.engine, changed))
    added = [_row(place, one) for place, one in enumerate(after) if not one.id]
    ids = iter(sorted(row[0] for row in await unit.all(_ADD, **bind_rows(unit.engine, added))) if added else ())
    return [one if one.id else one._replace(id=next(ids)) for one in after]  # ids rise in the order of the rows


async def _copy_first_image(unit: Unit, before: _Before, after: list[Listed]) -> None:
    """Copy the first image to the product's row; this is the product's edit."""
    old, new = (listed[0].image if listed else None for listed in (before.images, after))
    text = None if new is None else " ".join(map(str, (before.product_id, *new)))
    members = "images" if old == new else "image,images"
    shown_as = public_type(before.status, before.status)
    edited = log.NewChange(Type.PRODUCT_UPDATED, before.product_id, before.version + 1, members, public_type=shown_as)
    values = {"new_sha256": new and new.sha256, "new_image": text}
    await log.effect(unit, _SHOW, edited, id=before.product_id, now=unit.now(), **values)
    await touch(unit, [before.product_id])


def _row(place: int, one: Listed) -> list[str | int]:
    return [one.product_id, place, one.alt, *one.image]
