"""Imports: lines of products upserted by sku, one batch in one transaction.

A batch is planned first, in memory, from what a few statements found; then what differs is written. The number of
statements does not grow with the lines, only with the categories that are new.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy import select

from app.domain.bulk import category_paths, import_variants
from app.domain.bulk.category_paths import Planned, Tree
from app.domain.bulk.import_lines import CategoryPaths, Entry
from app.domain.bulk.import_targets import Holder, SeenSkus, Targets, repeated
from app.domain.catalogue import product_edits
from app.domain.catalogue.product_fields import Draft
from app.domain.catalogue.product_rows import Stored, insert_all, p, stored, update_all
from app.domain.catalogue.variant_rows import v
from app.domain.errors import Code, FieldError, Invalid
from app.domain.search.word_index import Document
from app.domain.sql.conditions import one_of
from app.domain.unicode import identity
from app.domain.unit_of_work import Statement, Unit
from app.domain.validation import Reader


class Bad(NamedTuple):
    """A line that did not land, and everything that is wrong with it."""

    number: int
    field_errors: tuple[FieldError, ...]


@dataclass
class Report:
    """How many lines made a product, changed one, or found it as they say; and those that did not land."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: list[Bad] = field(default_factory=list)


class Rehearsal(Protocol):
    """The results of the earlier batches of a dry run, which stores nothing."""

    planned: list[Planned]

    @property
    def newest(self) -> int:
        """The id of the newest product that is not stored; 0 if there is none."""

    def recall(self, ids: Iterable[int], keys: Iterable[str]) -> dict[int, Draft]:
        """The products as earlier batches left them: those with these ids, and those with skus of these keys."""

    def holders(self, slugs: Iterable[str]) -> dict[str, int]:
        """The ids of the products that earlier batches gave these slugs."""

    def keep(self, drafts: Mapping[int, Draft]) -> None:
        """Remember products as this batch leaves them."""


_BY_SKU = Statement(
    select(v.product_id, v.sku, v.sku_key, v.position).where(one_of(v.sku, "skus") | one_of(v.sku_key, "keys"))
)
_BY_SLUG = Statement(select(p.slug, p.id).where(one_of(p.slug, "slugs")))
BATCH = "import"
"""Batches that make products take turns: what two of them make, one would have to take back, again and again."""


async def upsert(unit: Unit, entries: Sequence[Entry], seen: SeenSkus | None = None) -> Report:
    """Store a batch; a sku that was `seen` before is a bad line.

    Raises `Conflict` or `Invalid` where another writer came in between: then run it again.
    """
    await unit.lock(BATCH)
    holders = await _holders(unit, entries)
    known = await _stored(unit, holders, lock=True)
    targets = Targets({product_id: one.draft for product_id, one in known.items()}, holders)
    plan = _Plan(targets, await _slugs(unit, entries), await _tree(unit, entries))
    plan.add_all(entries, seen)
    ids = await category_paths.make(unit, plan.tree.planned)
    drafts = {product_id: _linked(draft, ids) for product_id, draft in plan.drafts.items()} if ids else plan.drafts
    changes = [known[product_id].replaced_by(draft) for product_id, draft in drafts.items() if product_id in known]
    changes = [change for change in changes if change.stored != change.draft]
    new = [draft for product_id, draft in drafts.items() if product_id not in known]
    if changes:  # first, since what is new may have skus that these give up
        await update_all(unit, changes)
    if new:
        await insert_all(unit, new, plan.documents)
    return plan.report


async def recognise(unit: Unit, entries: Sequence[Entry], seen: SeenSkus) -> None:
    """Remember the skus of lines that landed before an import was cut off."""
    targets = Targets({}, await _holders(unit, entries))
    seen.first_lines(_lines(entries, list(map(targets.skus, entries))))


async def rehearse(unit: Unit, entries: Sequence[Entry], rehearsal: Rehearsal, seen: SeenSkus | None = None) -> Report:
    """What `upsert` would report of a batch, after the earlier ones of the same rehearsal; writes nothing."""
    stored_holders = await _holders(unit, entries)
    kept = rehearsal.recall({one.product_id for one in stored_holders}, map(identity.key, _skus(entries)))
    known = await _stored(unit, [one for one in stored_holders if one.product_id not in kept], lock=False)
    targets = Targets(
        {product_id: one.draft for product_id, one in known.items()} | kept,
        [one for one in stored_holders if one.product_id not in kept] + _held(kept, stored_holders),
        rehearsal.newest,
    )
    slugs = await _slugs(unit, entries)
    slugs |= rehearsal.holders(_given_slugs(entries))
    plan = _Plan(targets, slugs, await _tree(unit, entries, rehearsal.planned))
    plan.add_all(entries, seen)
    rehearsal.planned = plan.tree.planned
    rehearsal.keep(plan.drafts)
    return plan.report


def _held(drafts: Mapping[int, Draft], stored_holders: Iterable[Holder]) -> list[Holder]:
    """The variants that have skus in drafts; the key of one whose sku is stored is as it is there."""
    keys = {(one.product_id, one.sku): one.key for one in stored_holders}
    return [
        Holder(product_id, one.sku, keys.get((product_id, one.sku), identity.key(one.sku)), position)
        for product_id, draft in drafts.items()
        for position, one in enumerate(draft.variants)
        if one.sku is not None
    ]


def _skus(entries: Iterable[Entry]) -> set[str]:
    """The skus of lines and of their variants."""
    found = set[str]()
    for entry in entries:
        found.add(entry.sku)
        for variant in entry.edit.get("variants") or ():
            found.add(variant.get("sku") or "")
    return found - {""}


async def _holders(unit: Unit, entries: Sequence[Entry]) -> list[Holder]:
    """The variants that have the skus of lines and of their variants."""
    skus = _skus(entries)
    if not skus:
        return []
    keys = sorted(set(map(identity.key, skus)))
    spelled = sorted(skus.union(entry.spelled for entry in entries) - {""})
    return [Holder(*row) for row in await unit.all(_BY_SKU, skus=spelled, keys=keys)]


async def _stored(unit: Unit, holders: Iterable[Holder], *, lock: bool) -> dict[int, Stored]:
    """What is stored of the products of some variants, by id."""
    ids = list(dict.fromkeys(one.product_id for one in holders))
    return await stored(unit, ids, lock=lock) if ids else {}


def _given_slugs(entries: Iterable[Entry]) -> list[str]:
    return sorted({slug for entry in entries if (slug := entry.edit.get("slug"))})


async def _slugs(unit: Unit, entries: Iterable[Entry]) -> dict[str, int]:
    """The ids of the products that have the slugs of the entries."""
    given = _given_slugs(entries)
    rows = await unit.all(_BY_SLUG, slugs=given) if given else ()
    return {slug: product_id for slug, product_id in rows}  # noqa: C416 - rows are no tuples


def _lines(entries: Sequence[Entry], skus: Sequence[Sequence[str | None]]) -> dict[str, int]:
    """The first line of each sku."""
    return {
        sku: entry.number
        for entry, of_entry in zip(reversed(entries), reversed(skus), strict=True)
        for sku in of_entry
        if sku is not None
    }


async def _tree(unit: Unit, entries: Iterable[Entry], planned: Sequence[Planned] = ()) -> Tree:
    spelled = {entry.paths for entry in entries if entry.paths is not None}
    return await category_paths.tree(unit, (path for paths in spelled for path in paths.by_index.values()), planned)


def _linked(draft: Draft, ids: Mapping[int, int]) -> Draft:
    """The draft in the categories as they are stored now, not as they were planned, under negative ids."""
    if not draft.category_ids or draft.category_ids[0] > 0:
        return draft
    return msgspec.structs.replace(draft, category_ids=tuple(sorted(ids.get(i, i) for i in draft.category_ids)))


class _Plan:
    """The plan of a batch: its effect on the stored products, line after line.

    `drafts` are those by their ids that good lines mean. `slugs` are the ids of products by slugs that they have, or
    had before the batch.
    """

    def __init__(self, targets: Targets, slugs: dict[str, int], tree: Tree) -> None:
        self._targets, self._slugs, self.tree = targets, slugs, tree
        self.drafts: dict[int, Draft] = {}
        self.documents: dict[str, Document | None] = {}
        self.report = Report()
        self._category_ids: dict[CategoryPaths, tuple[int, ...]] = {}

    def add_all(self, entries: Sequence[Entry], seen: SeenSkus | None) -> None:
        """Plan each line; a bad one leaves no trace but in the report.

        A sku that the file has `seen` is a bad line; without them the later of two lines wins.
        """
        skus = list(map(self._targets.skus, entries))
        first_lines = {} if seen is None else seen.first_lines(_lines(entries, skus))
        for entry, of_entry in zip(entries, skus, strict=True):
            planned = len(self.tree.planned)
            try:
                self._add(entry, of_entry, first_lines)
            except Invalid as invalid:
                self._undo(planned)
                self.report.bad.append(Bad(entry.number, invalid.field_errors))

    def _add(self, entry: Entry, skus: Sequence[str | None], first_lines: Mapping[str, int]) -> None:
        target, conflicts = self._targets.meant(skus) if skus else (None, [])
        before = None if target is None else target.draft
        if first_lines:
            conflicts = repeated(entry.number, skus, first_lines) or conflicts
        missing = entry.missing if target is None and skus else ()
        if entry.field_errors or missing or conflicts:
            raise self._invalid(entry, missing, conflicts)
        draft = product_edits.apply(self._edit(entry, before), before)
        target = target or self._targets.new()
        self._hold(entry.edit.get("slug"), target.id)
        if before is None:
            self.report.created += 1
        elif draft == before:
            self.report.unchanged += 1
        else:
            self.report.updated += 1
        self._targets.settle(target, draft, skus)
        self.drafts[target.id] = draft
        self.documents[draft.first.sku or ""] = entry.document if before is None else None

    def _edit(self, entry: Entry, before: Draft | None) -> product_edits.Edit:
        """The edit of a line, whose skus are spelled as they are stored."""
        edit = entry.edit
        if edit.get("variants"):
            edit = {**edit, **import_variants.spelled(edit, () if before is None else before.variants)}
        elif before is not None:
            edit = {**edit, "sku": before.first.sku}
        return edit if entry.paths is None else {**edit, "category_ids": self._ids_of(entry.paths)}

    def _hold(self, slug: str | None, product_id: int) -> None:
        """Note whose a slug is; raises `Invalid` where another product has it, or had it before the batch."""
        if slug and self._slugs.setdefault(slug, product_id) != product_id:
            raise Invalid([FieldError(("slug",), "Another product has this slug.", Code.CONFLICT)])

    def _invalid(self, entry: Entry, missing: Sequence[str], conflicts: Sequence[FieldError]) -> Invalid:
        """All errors of a line: its own, members that a new product needs, and skus that others have."""
        reader = Reader({})
        reader.field_errors += entry.field_errors
        reader.require(*missing)
        reader.field_errors += conflicts
        if entry.paths is not None:
            reader.field_errors += self._find(entry.paths)[1]
        return Invalid(reader.field_errors)

    def _ids_of(self, paths: CategoryPaths) -> tuple[int, ...]:
        ids = self._category_ids.get(paths)
        if ids is None:
            ids, field_errors = self._find(paths)
            if field_errors:
                raise Invalid(field_errors)
            self._category_ids[paths] = ids
        return ids

    def _find(self, paths: CategoryPaths) -> tuple[tuple[int, ...], list[FieldError]]:
        """The categories of a line, ascending, planned where they do not exist, and the errors of ambiguous names."""
        found: set[int] = set()
        field_errors = []
        for index, path in paths.by_index.items():
            node = self.tree.find(path)
            if node is None:
                name = path.names[0]
                message = f"`{name}` names several categories; give its path, such as `Parent > {name}`."
                field_errors.append(FieldError(("categories", index), message))
            else:
                found.add(node)
        return tuple(sorted(found)), field_errors

    def _undo(self, planned: int) -> None:
        if len(self.tree.planned) > planned:
            self.tree.undo(planned)
            self._category_ids.clear()
