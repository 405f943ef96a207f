"""Writing products, any number at once: their rows, their places in categories, and their words."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import (
    Integer,
    Table,
    bindparam,
    case,
    column,
    delete,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_unless

from app.domain import etags, models, slugs, visibility
from app.domain.catalogue import product_values, product_words, variant_rows
from app.domain.catalogue.product_fields import SORTS, STORED, WRITABLE, Draft, Variant
from app.domain.catalogue.product_words import NO_DOCUMENTS, Documents
from app.domain.changes import log
from app.domain.changes.log import Type
from app.domain.errors import Conflict, FieldError, Invalid, Violation
from app.domain.etags import State
from app.domain.sql.conditions import one_of
from app.domain.sql.records import bind_rows, many_records
from app.domain.unicode import text
from app.domain.unit_of_work import Statement, Unit

product = cast(Table, models.Product.__table__)  # type: ignore[attr-defined] # SQLModel makes it
link = cast(Table, models.ProductCategory.__table__)  # type: ignore[attr-defined]
p = product.c


class Stored(NamedTuple):
    """A product as it is stored, and its version."""

    id: int
    draft: Draft
    version: int

    @property
    def state(self) -> State:
        """The state that its entity tag carries."""
        return etags.state(self.version, *(one.stock for one in self.draft.variants))

    def replaced_by(self, draft: Draft) -> "Change":
        """The change that makes it another draft."""
        return Change(self.id, self.draft, draft, self.version)


class Change(NamedTuple):
    """A stored product, the draft that replaces it, and the version that it had."""

    id: int
    stored: Draft
    draft: Draft
    version: int


_COPIED = (p.price, p.variant_id, p.variant_count, p.lowest_price, p.highest_price)
"""The values of the variants that lists sort and filter by."""
_FIELDS = (p.name_key, *_COPIED, *(p[attribute] for attribute in STORED))
_values = attrgetter(*STORED)
_NOW = bindparam("now", type_=p.created_at.type)
_ONE = column("one", Integer())

_new = many_records(*_FIELDS)
_INSERT = Statement(
    insert_unless(product)
    .from_select(
        [*(field.name for field in _FIELDS), "version", "created_at", "updated_at"],
        select(*_new.c, bindparam("version", 1, type_=p.version.type), _NOW, _NOW).where(true()),
    )
    .on_conflict_do_nothing(index_elements=[p.slug])
    .returning(p.id, p.slug)
)
_TAKEN = Statement(select(p.slug).where(one_of(p.slug, "slugs")))
EDITED = {"version": p.version + 1, "updated_at": case((p.updated_at < _NOW, _NOW), else_=p.updated_at)}
"""The columns that every edit of a product changes; the time is bound as `now`."""

_edited = many_records(p.id, *_FIELDS)
_UPDATE = Statement(
    update(product)
    .where(p.id == _edited.c.id)
    .values({field.name: _edited.c[field.name] for field in _FIELDS} | EDITED)
    .returning(p.id)
)
_OF_IDS = select(p.id, p.version, *(p[attribute] for attribute in STORED)).where(one_of(p.id, "ids"))
_READ = Statement(_OF_IDS)
_LOCK = Statement(_OF_IDS.order_by(p.id).with_for_update())
_LINKS = Statement(
    select(link.c.product_id, link.c.category_id)
    .where(one_of(link.c.product_id, "ids"))
    .order_by(link.c.product_id, link.c.category_id)
)
_places = many_records(link.c.category_id, link.c.product_id)
_PLACED = (p.status, *(p[column] for column in SORTS.values() if column != "id"), p.lowest_price, p.highest_price)
_LINK = Statement(
    insert(link).from_select(
        ["category_id", "product_id", *(copy.name for copy in _PLACED)],
        select(_places.c.category_id, p.id, *_PLACED).join_from(_places, product, p.id == _places.c.product_id),
    )
)
_TOUCH = Statement(
    update(link)
    .where(one_of(link.c.product_id, "ids"))
    .values(updated_at=select(p.updated_at).where(p.id == link.c.product_id).scalar_subquery())
)
_UNLINK = Statement(delete(link).where(one_of(link.c.product_id, "ids")))


async def stored(unit: Unit, ids: Sequence[int], *, lock: bool = True) -> dict[int, Stored]:
    """The stored products by id, locked until the transaction ends."""
    rows = await unit.all(_LOCK if lock else _READ, ids=list(ids))
    if not rows:
        return {}
    variants = await variant_rows.stored(unit, ids, lock=lock)
    places: dict[int, list[int]] = {row[0]: [] for row in rows}
    for product_id, category_id in await unit.all(_LINKS, ids=list(ids)):
        places[product_id].append(category_id)
    return {
        row_id: Stored(row_id, _draft(values, variants[row_id], places[row_id]), version)
        for row_id, version, *values in rows
    }


def _draft(values: Sequence[Any], variants: tuple[Variant, ...], category_ids: Sequence[int]) -> Draft:
    return Draft(**dict(zip(STORED, values, strict=True)), variants=variants, category_ids=tuple(category_ids))


async def insert_all(unit: Unit, drafts: Sequence[Draft], documents: Documents = NO_DOCUMENTS) -> list[int]:
    """Make products; their ids, in the same order. Raises `Conflict` where a sku or a slug is taken."""
    drafts = await variant_rows.with_ids(unit, drafts)
    ids = await _insert(unit, drafts)
    owned = list(zip(ids, drafts, strict=True))
    await variant_rows.insert_all(unit, owned)
    await _link(unit, owned)
    await product_words.insert_all(unit, owned, documents)
    await product_values.insert_all(unit, [(product_id, product_values.members(draft)) for product_id, draft in owned])
    return ids


async def _insert(unit: Unit, drafts: Sequence[Draft]) -> list[int]:
    """The ids of new rows, which rise with them. Who has no slug gets one; it may be taken before it is stored."""
    ids: dict[int, int] = {}
    wanted = [draft.slug for draft in drafts]
    while left := [n for n in range(len(drafts)) if n not in ids]:
        made = [n for n in left if not drafts[n].slug]
        for n, slug in zip(made, await _free_slugs(unit, [drafts[n].name for n in made]), strict=True):
            wanted[n] = slug
        places = {wanted[n]: n for n in sorted(left, key=lambda n: bool(drafts[n].slug))}  # one that was given wins
        rows = [_row(msgspec.structs.replace(drafts[n], slug=wanted[n])) for n in sorted(places.values())]
        changes = {slug: _created(drafts[n]) for slug, n in places.items()}
        made_rows = await log.effects(unit, _INSERT, changes, by=1, **bind_rows(unit.engine, rows), now=unit.now())
        ids |= {places[slug]: row_id for row_id, slug in made_rows}
        if any(drafts[n].slug and n not in ids for n in left):
            raise _slug_taken()
    return [ids[n] for n in range(len(drafts))]


async def _free_slugs(unit: Unit, names: Sequence[str]) -> list[str]:
    lookup, taken = slugs.choose([slugs.of_name(name) for name in names]), None
    while True:
        try:
            wanted = lookup.send(taken)  # type: ignore[arg-type] # a generator begins with None
        except StopIteration as stop:
            return list(stop.value)
        taken = await taken_slugs(unit, wanted)


async def taken_slugs(unit: Unit, slugs: Collection[str]) -> set[str]:
    """The slugs, of these, that products have."""
    return {row[0] for row in await unit.all(_TAKEN, slugs=list(slugs))}


async def update_all(unit: Unit, changes: Sequence[Change]) -> None:
    """Edit products: each gets the next version. Raises `Conflict` where a sku or a slug is taken."""
    drafts = await variant_rows.with_ids(unit, [change.draft for change in changes])
    changes = [change._replace(draft=draft) for change, draft in zip(changes, drafts, strict=True)]
    changes = await _with_slugs(unit, changes)
    await variant_rows.update_all(unit, [change[:3] for change in changes])
    rows = [[change.id, *_row(change.draft)] for change in changes]
    try:
        values = bind_rows(unit.engine, rows)
        await log.effects(unit, _UPDATE, {one.id: _updated(one) for one in changes}, **values, now=unit.now())
    except Violation as violation:
        raise (_slug_taken() if violation.constraint == "uq_product_slug" else violation) from None
    moved = [change for change in changes if _place(change.stored) != _place(change.draft)]
    if moved:
        await unit.all(_UNLINK, ids=[change.id for change in moved])
        await _link(unit, [(change.id, change.draft) for change in moved])
    if len(moved) < len(changes):
        await touch(unit, [change.id for change in changes])
    valued = [(one.id, product_values.members(one.stored), product_values.members(one.draft)) for one in changes]
    revalued = [(product_id, after) for product_id, before, after in valued if before != after]
    if revalued:
        await product_values.replace_all(unit, revalued)
    await product_words.update_all(unit, [change[:3] for change in changes])


async def _with_slugs(unit: Unit, changes: Sequence[Change]) -> Sequence[Change]:
    """The changes with a slug made for those that have none."""
    without = [change for change in changes if not change.draft.slug]
    if not without:
        return changes
    made = iter(await _free_slugs(unit, [change.draft.name for change in without]))
    return [
        change if change.draft.slug else change._replace(draft=msgspec.structs.replace(change.draft, slug=next(made)))
        for change in changes
    ]


async def touch(unit: Unit, ids: Sequence[int]) -> None:
    """Copy the time of an edit to the places of the products in categories."""
    await unit.all(_TOUCH, ids=list(ids))


async def _link(unit: Unit, placed: Sequence[tuple[int, Draft]]) -> None:
    rows = [(category_id, product_id) for product_id, draft in placed for category_id in draft.category_ids]
    rows.sort()  # as the index has them: neighbours share its pages
    if not rows:
        return
    try:
        await unit.all(_LINK, **bind_rows(unit.engine, rows))
    except Violation:
        raise Invalid([FieldError(("categoryIds",), "One of the categories is being deleted.")]) from None


def _row(draft: Draft) -> list[Any]:
    return [text.key(draft.name), *_copies(draft), *_values(draft)]


def _copies(draft: Draft) -> tuple[int | None, ...]:
    """The values of `_COPIED`; the lowest and the highest price only where they differ."""
    first = draft.first
    if len(draft.variants) == 1:
        return first.price, first.id, 1, None, None
    prices = {one.price for one in draft.variants}
    bounds = (min(prices), max(prices)) if len(prices) > 1 else (None, None)
    return first.price, first.id, len(draft.variants), *bounds


def _place(draft: Draft) -> tuple[object, ...]:
    price, _, _, *bounds = _copies(draft)
    return draft.category_ids, draft.status, draft.name, price, *bounds


def _created(draft: Draft) -> log.Change:
    return log.Change(Type.PRODUCT_CREATED, version=1, public_type=public_type(None, draft.status))


def _updated(change: Change) -> log.Change:
    members = ",".join(_changed(change.stored, change.draft))
    told = public_type(change.stored.status, change.draft.status)
    return log.Change(Type.PRODUCT_UPDATED, change.id, change.version + 1, members, public_type=told)


_OF_DRAFT = [member for member in WRITABLE.values() if member.column and not member.of_variant]
_OF_FIRST = [member for member in WRITABLE.values() if member.of_variant]


def _changed(before: Draft, after: Draft) -> list[str]:
    """The shown members that an edit gives other values."""
    pairs = (*((one, before, after) for one in _OF_DRAFT), *((one, before.first, after.first) for one in _OF_FIRST))
    found = [one.name for one, old, new in pairs if getattr(old, one.attribute) != getattr(new, one.attribute)]
    if before.category_ids != after.category_ids:
        found.append("categories")
    if before.variants[1:] != after.variants[1:] or _beside(before.first) != _beside(after.first):
        found.append("variants")
    return found


def _beside(first: Variant) -> tuple[object, ...]:
    """What a first variant has that is no member of its product."""
    return first.id, first.options, first.image_id


def public_type(before: str | None, after: str | None) -> str | None:
    """What the change of a product is to those who see active ones alone, by its status before and afterwards.

    To become active is to be made for them, to cease is to be deleted; empty: they see nothing of it.
    """
    was, is_ = (status is not None and visibility.everyone_sees(status) for status in (before, after))
    if was == is_:
        return None if was else ""
    told, real = (Type.PRODUCT_CREATED, before is None) if is_ else (Type.PRODUCT_DELETED, after is None)
    return None if real else told.value


def _slug_taken() -> Conflict:
    return Conflict("Another product has this slug.", "slug")
