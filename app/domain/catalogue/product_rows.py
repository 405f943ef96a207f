"""Writes products in bulk: their rows, their places in categories, and their words."""

from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from itertools import chain, zip_longest
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, case, select, true, update
from sqlalchemy.dialects.postgresql import insert as insert_unless

from app.domain import etags, models, slugs, visibility
from app.domain.catalogue import product_places, product_values, product_words, variant_rows
from app.domain.catalogue.product_values import Members, Value
from app.domain.catalogue.product_words import Prepared, prepare
from app.domain.changes import log
from app.domain.changes.log import Type
from app.domain.errors import SlugTaken, Violation
from app.domain.etags import State
from app.domain.fields.drafts import Draft, Variant
from app.domain.fields.product_fields import OF_VARIANT, STORED, WRITABLE
from app.domain.sql.conditions import one_of
from app.domain.sql.records import bind_rows, differing, many_records
from app.domain.sql.tables import table_of
from app.domain.unicode import text
from app.domain.unit_of_work import Statement, Unit

product = table_of(models.Product)
p = product.c


class Stored(NamedTuple):
    """A stored product and its version."""

    id: int
    draft: Draft
    version: int

    @property
    def state(self) -> State:
        """The state that its entity tag carries."""
        return etags.state(self.version, *(one.stock for one in self.draft.variants))

    def replaced_by(self, draft: Draft) -> "Edit":
        """The edit to another draft."""
        return Edit(self.id, self.draft, draft, self.version)


class Edit(NamedTuple):
    """A stored product, its new draft, and its previous version."""

    id: int
    stored: Draft
    draft: Draft
    version: int


_COPIED = (p.price, p.variant_id, p.variant_count, p.lowest_price, p.highest_price)
"""The values of the variants that lists sort and filter by."""
_FIELDS = (p.name_key, *_COPIED, *(p[attribute] for attribute in STORED))
_values = attrgetter(*STORED)
_SLUG = _FIELDS.index(p.slug)
_NOW = bindparam("now", type_=p.created_at.type)

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

_OF_IDS = select(p.id, p.version, *(p[attribute] for attribute in STORED)).where(one_of(p.id, "ids"))
_READ = Statement(_OF_IDS)
_LOCK = Statement(_OF_IDS.order_by(p.id).with_for_update())
_sold = attrgetter("variants", "currency")
_SORTED = [one.attribute for one in WRITABLE.values() if one.sort_column and not one.of_variant]
_placed_values = attrgetter("category_ids", "status", *_SORTED, *Members._fields)


@lru_cache(maxsize=64)
def _update(places: tuple[int, ...]) -> Statement:
    """The statement that sets the columns at some places of rows. It sets no others: on SQLite that writes an index."""
    fields = [_FIELDS[place] for place in places]
    edited = many_records(p.id, *fields)
    values = {field.name: edited.c[field.name] for field in fields} | EDITED
    return Statement(update(product).where(p.id == edited.c.id).values(values).returning(p.id))


async def stored(unit: Unit, ids: Sequence[int], *, lock: bool = True) -> dict[int, Stored]:
    """The stored products by id, locked until the transaction ends."""
    rows = await unit.all(_LOCK if lock else _READ, ids=list(ids))
    if not rows:
        return {}
    variants = await variant_rows.stored(unit, ids, lock=lock)
    places: dict[int, list[int]] = {row[0]: [] for row in rows}
    for product_id, category_id in await product_places.categories_of(unit, ids):
        places[product_id].append(category_id)
    return {
        row_id: Stored(row_id, _draft(values, variants[row_id], places[row_id]), version)
        for row_id, version, *values in rows
    }


def _draft(values: Sequence[Any], variants: tuple[Variant, ...], category_ids: Sequence[int]) -> Draft:
    return Draft(**dict(zip(STORED, values, strict=True)), variants=variants, category_ids=tuple(category_ids))


async def insert_all(unit: Unit, drafts: Sequence[Draft], known: Sequence[Prepared | None] = ()) -> list[int]:
    """Create products; returns their ids in order. Raises `Conflict` if a sku or slug is taken.

    `known` are their prepared parts.
    """
    drafts = await variant_rows.with_ids(unit, drafts)
    prepared = [one or prepare(draft) for one, draft in zip_longest(known, drafts)]
    ids = await _insert(unit, drafts, prepared)
    owned = list(zip(ids, drafts, strict=True))
    await variant_rows.insert_all(unit, owned)
    values = {product_id: _values_of(product_id, draft) for product_id, draft in owned}
    await product_places.insert_all(unit, owned, values)
    worded = [(row_id, draft, one.document) for (row_id, draft), one in zip(owned, prepared, strict=True)]
    await product_words.insert_all(unit, worded)
    await product_values.insert_all(unit, [*chain.from_iterable(values.values())])
    return ids


def _values_of(product_id: int, draft: Draft) -> list[Value]:
    return product_values.of_product(product_id, product_values.members(draft))


async def _insert(unit: Unit, drafts: Sequence[Draft], prepared: Sequence[Prepared]) -> list[int]:
    """The ids of new rows, which rise with them. Who has no slug gets one; it may be taken before it is stored."""
    ids: dict[int, int] = {}
    candidates = [draft.slug for draft in drafts]
    while left := [n for n in range(len(drafts)) if n not in ids]:
        made = [n for n in left if not drafts[n].slug]
        for n, slug in zip(made, await _free_slugs(unit, [prepared[n].slug for n in made]), strict=True):
            candidates[n] = slug
        places = {candidates[n]: n for n in sorted(left, key=lambda n: bool(drafts[n].slug))}  # an explicit slug wins
        rows = [_row(drafts[n], prepared[n].name_key, candidates[n]) for n in sorted(places.values())]
        changes = {slug: _created(drafts[n].status) for slug, n in places.items()}
        made_rows = await log.effects(unit, _INSERT, changes, by=1, **bind_rows(unit.engine, rows), now=unit.now())
        ids |= {places[slug]: row_id for row_id, slug in made_rows}
        if any(drafts[n].slug and n not in ids for n in left):
            raise SlugTaken
    return [ids[n] for n in range(len(drafts))]


async def _free_slugs(unit: Unit, plain: Sequence[str]) -> list[str]:
    lookup, taken = slugs.choose(plain), None
    while True:
        try:
            candidates = lookup.send(taken)  # type: ignore[arg-type] # a generator begins with None
        except StopIteration as stop:
            return list(stop.value)
        taken = await taken_slugs(unit, candidates)


async def taken_slugs(unit: Unit, slugs: Collection[str]) -> set[str]:
    """The ones of these slugs that are taken."""
    return {row[0] for row in await unit.all(_TAKEN, slugs=list(slugs))}


async def update_all(unit: Unit, edits: Sequence[Edit]) -> None:
    """Edit products: each gets the next version. Raises `Conflict` if a sku or slug is taken."""
    drafts = await variant_rows.with_ids(unit, [edit.draft for edit in edits])
    edits = [edit._replace(draft=draft) for edit, draft in zip(edits, drafts, strict=True)]
    edits = await _with_slugs(unit, edits)
    sold = [edit[:3] for edit in edits if _sold(edit.stored) != _sold(edit.draft)]
    if sold:
        await variant_rows.update_all(unit, sold)
    await _update_rows(unit, edits)
    moved = [edit for edit in edits if _place(edit.stored) != _place(edit.draft)]
    values = {edit.id: _values_of(edit.id, edit.draft) for edit in moved}
    if moved:
        await product_places.replace_all(unit, [(edit.id, edit.draft) for edit in moved], values)
    if len(moved) < len(edits):
        await product_places.touch(unit, [edit.id for edit in edits])
    revalued = [one for one in moved if product_values.members(one.stored) != product_values.members(one.draft)]
    if revalued:
        ids = [one.id for one in revalued]
        await product_values.replace_all(unit, ids, [*chain.from_iterable(values[row_id] for row_id in ids)])
    await product_words.update_all(unit, [edit[:3] for edit in edits])


async def _update_rows(unit: Unit, edits: Sequence[Edit]) -> None:
    before = [_row(one.stored, text.key(one.stored.name), one.stored.slug) for one in edits]
    after = [_row(one.draft, text.key(one.draft.name), one.draft.slug) for one in edits]
    places = differing(before, after)
    rows = [(one.id, *[row[place] for place in places]) for one, row in zip(edits, after, strict=True)]
    logged = {one.id: _updated(one) for one in edits}
    try:
        await log.effects(unit, _update(places), logged, **bind_rows(unit.engine, rows), now=unit.now())
    except Violation as violation:
        raise (SlugTaken() if violation.constraint == "uq_product_slug" else violation) from None


async def _with_slugs(unit: Unit, edits: Sequence[Edit]) -> Sequence[Edit]:
    """The edits, with generated slugs for drafts without one."""
    without = [edit for edit in edits if not edit.draft.slug]
    if not without:
        return edits
    made = iter(await _free_slugs(unit, [slugs.of_name(edit.draft.name) for edit in without]))
    return [
        edit if edit.draft.slug else edit._replace(draft=msgspec.structs.replace(edit.draft, slug=next(made)))
        for edit in edits
    ]


def _row(draft: Draft, name_key: str, slug: str) -> list[Any]:
    row = [name_key, *_copies(draft), *_values(draft)]
    row[_SLUG] = slug
    return row


def _copies(draft: Draft) -> tuple[int | None, ...]:
    """The values of `_COPIED`; the lowest and the highest price only where they differ."""
    first = draft.first
    if len(draft.variants) == 1:
        return first.price, first.id, 1, None, None
    prices = {one.price for one in draft.variants}
    bounds = (min(prices), max(prices)) if len(prices) > 1 else (None, None)
    return first.price, first.id, len(draft.variants), *bounds


def _place(draft: Draft) -> tuple[object, ...]:
    """The columns of a product that its category rows copy."""
    price, _, _, *bounds = _copies(draft)
    return _placed_values(draft), price, *bounds


@cache
def _created(status: str) -> log.NewChange:
    return log.NewChange(Type.PRODUCT_CREATED, version=1, public_type=public_type(None, status))


def _updated(edit: Edit) -> log.NewChange:
    members = ",".join(_changed(edit.stored, edit.draft))
    shown_as = public_type(edit.stored.status, edit.draft.status)
    return log.NewChange(Type.PRODUCT_UPDATED, edit.id, edit.version + 1, members, public_type=shown_as)


_OF_DRAFT = [member.name for member in WRITABLE.values() if member.column and not member.of_variant]
_OF_FIRST = [member.name for member in WRITABLE.values() if member.of_variant]
_first_values = attrgetter(*OF_VARIANT)


def _changed(before: Draft, after: Draft) -> list[str]:
    """The shown members that an edit gives other values."""
    found = _different(_OF_DRAFT, _values(before), _values(after))
    if before.variants != after.variants:
        found += _different(_OF_FIRST, _first_values(before.first), _first_values(after.first))
    if before.category_ids != after.category_ids:
        found.append("categories")
    if before.variants[1:] != after.variants[1:] or _beside(before.first) != _beside(after.first):
        found.append("variants")
    return found


def _different(names: Sequence[str], before: Sequence[object], after: Sequence[object]) -> list[str]:
    if before == after:
        return []
    return [name for name, old, new in zip(names, before, after, strict=True) if old != new]


def _beside(first: Variant) -> tuple[object, ...]:
    """The members of a first variant that its product does not show."""
    return first.id, first.options, first.image_id


def public_type(before: str | None, after: str | None) -> str | None:
    """What the change of a product is to those who see active ones alone, by its status before and afterwards.

    To become active is to be made for them, to cease is to be deleted; empty: they see nothing of it.
    """
    was, is_ = (status is not None and visibility.is_public(status) for status in (before, after))
    if was == is_:
        return None if was else ""
    shown_as, real = (Type.PRODUCT_CREATED, before is None) if is_ else (Type.PRODUCT_DELETED, after is None)
    return None if real else shown_as.value
