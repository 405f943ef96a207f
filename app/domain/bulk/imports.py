"""Imports: lines of products upserted by sku, one batch in one transaction.

A batch is planned first, in memory, from what a few statements found; then what differs is written. The number of
statements does not grow with the lines, only with the categories that are new.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy import select

from app.domain.bulk import category_paths
from app.domain.bulk.category_paths import Planned, Tree
from app.domain.bulk.import_lines import CategoryPaths, Entry
from app.domain.bulk.import_targets import SeenSkus, Targets, stored_target
from app.domain.catalogue import product_edits
from app.domain.catalogue.product_fields import Draft
from app.domain.catalogue.product_rows import Stored, insert_all, p, product, stored, update_all
from app.domain.catalogue.variant_rows import v, variant
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

    def recall(self, skus: Iterable[str]) -> dict[str, Draft]:
        """The products as earlier batches left them."""

    def holders(self, slugs: Iterable[str]) -> dict[str, str]:
        """The targets of the products that earlier batches gave these slugs."""

    def keep(self, drafts: Mapping[str, Draft]) -> None:
        """Remember products as this batch leaves them."""


_BY_SKU = Statement(
    select(p.id, v.sku, v.sku_key, v.position)
    .join_from(variant, product, p.id == v.product_id)
    .where(one_of(v.sku, "skus") | one_of(v.sku_key, "keys"))
)
_HOLDERS = Statement(
    select(p.slug, v.sku, v.sku_key).join_from(product, variant, p.variant_id == v.id).where(one_of(p.slug, "slugs"))
)
BATCH = "import"
"""Batches that make products take turns: what two of them make, one would have to take back, again and again."""


async def upsert(unit: Unit, entries: Sequence[Entry], seen: SeenSkus | None = None) -> Report:
    """Store a batch; a sku that was `seen` before is a bad line.

    Raises `Conflict` or `Invalid` where another writer came in between: then run it again.
    """
    await unit.lock(BATCH)
    known, targets, others = await _stored(unit, entries, lock=True)
    before = {sku: product.draft for sku, product in known.items()}
    plan = _Plan(before, await _holders(unit, entries), await _tree(unit, entries), others)
    plan.add_all(entries, targets, seen)
    ids = await category_paths.make(unit, plan.tree.planned)
    drafts = {sku: _linked(draft, ids) for sku, draft in plan.drafts.items()} if ids else plan.drafts
    new = [draft for sku, draft in drafts.items() if sku not in known]
    changes = [known[sku].replaced_by(draft) for sku, draft in drafts.items() if sku in known]
    changes = [change for change in changes if change.stored != change.draft]
    if new:
        await insert_all(unit, new, plan.documents)
    if changes:
        await update_all(unit, changes)
    return plan.report


async def recognise(unit: Unit, entries: Sequence[Entry], seen: SeenSkus) -> None:
    """Remember the skus of lines that landed before an import was cut off."""
    _, targets, _ = await _stored(unit, entries, lock=False)
    seen.first_lines({targets[entry.number]: entry.number for entry in reversed(entries) if entry.number in targets})


async def rehearse(unit: Unit, entries: Sequence[Entry], rehearsal: Rehearsal, seen: SeenSkus | None = None) -> Report:
    """What `upsert` would report of a batch, after the earlier ones of the same rehearsal; writes nothing."""
    known, targets, others = await _stored(unit, entries, lock=False)
    before = {target: product.draft for target, product in known.items()} | rehearsal.recall(targets.values())
    holders = await _holders(unit, entries)
    holders |= rehearsal.holders(_given_slugs(entries))
    plan = _Plan(before, holders, await _tree(unit, entries, rehearsal.planned), others)
    plan.add_all(entries, targets, seen)
    rehearsal.planned = plan.tree.planned
    rehearsal.keep(plan.drafts)
    return plan.report


async def _stored(
    unit: Unit, entries: Sequence[Entry], *, lock: bool
) -> tuple[dict[str, Stored], dict[int, str], frozenset[str]]:
    """The stored products that the entries mean, by their targets, and the targets of the entries by their lines.

    Last, the keys of the entries' skus that variants have which are not the first of their products.
    """
    usable = [entry for entry in entries if entry.sku]
    spelled = {entry.spelled for entry in usable} | {entry.sku for entry in usable}
    keys = {identity.key(entry.sku) for entry in usable}
    variants = await unit.all(_BY_SKU, skus=sorted(spelled), keys=sorted(keys)) if usable else ()
    rows = [row[:3] for row in variants if row[3] == 0]
    others = frozenset(identity.key(row[1]) for row in variants if row[3] > 0)
    drafts = await stored(unit, [row[0] for row in rows], lock=lock) if rows else {}
    targets = Targets((sku, key) for _, sku, key in rows)
    found = {targets.of(sku, ""): drafts[row_id] for row_id, sku, _ in rows if row_id in drafts}
    return found, {entry.number: targets.of(entry.spelled, entry.sku) for entry in usable}, others


def _given_slugs(entries: Iterable[Entry]) -> list[str]:
    return sorted({slug for entry in entries if (slug := entry.edit.get("slug"))})


async def _holders(unit: Unit, entries: Iterable[Entry]) -> dict[str, str]:
    """The targets of the products that have the slugs of the entries; empty for one that no line can mean."""
    given = _given_slugs(entries)
    rows = await unit.all(_HOLDERS, slugs=given) if given else ()
    return {slug: stored_target(sku, key) for slug, sku, key in rows}


async def _tree(unit: Unit, entries: Iterable[Entry], planned: Sequence[Planned] = ()) -> Tree:
    spelled = {entry.paths for entry in entries if entry.paths is not None}
    return await category_paths.tree(unit, (path for paths in spelled for path in paths.by_index.values()), planned)


def _linked(draft: Draft, ids: Mapping[int, int]) -> Draft:
    """The draft in the categories as they are stored now, not as they were planned, under negative ids."""
    if not draft.category_ids or draft.category_ids[0] > 0:
        return draft
    return msgspec.structs.replace(draft, category_ids=tuple(sorted(ids.get(i, i) for i in draft.category_ids)))


class _Plan:
    """The plan of a batch: its effect on the stored products, line after line."""

    def __init__(
        self, before: Mapping[str, Draft], holders: dict[str, str], tree: Tree, others: frozenset[str]
    ) -> None:
        self.before, self.holders, self.tree, self.others = before, holders, tree, others
        self.drafts: dict[str, Draft] = {}
        self.documents: dict[str, Document | None] = {}
        self.report = Report()
        self._category_ids: dict[CategoryPaths, tuple[int, ...]] = {}

    def add_all(self, entries: Sequence[Entry], targets: Mapping[int, str], seen: SeenSkus | None) -> None:
        """Plan each line; a bad one leaves no trace but in the report.

        A sku that the file has `seen` is a bad line; without them the later of two lines wins.
        """
        lines = {targets[entry.number]: entry.number for entry in reversed(entries) if entry.number in targets}
        first_lines = {} if seen is None else seen.first_lines(lines)
        for entry in entries:
            target = targets.get(entry.number, "")
            first = first_lines.get(target, entry.number)
            planned = len(self.tree.planned)
            try:
                self._add(entry, target, first)
            except Invalid as invalid:
                self._undo(planned)
                self.report.bad.append(Bad(entry.number, invalid.field_errors))

    def _add(self, entry: Entry, target: str, first: int) -> None:
        before = self.drafts.get(target) or self.before.get(target)
        missing = entry.missing if before is None and entry.sku else ()
        if entry.field_errors or missing or first != entry.number:
            raise self._invalid(entry, missing, first)
        if before is None and identity.key(entry.sku) in self.others:
            raise Invalid([FieldError(("sku",), "A variant of a product has this sku.", Code.CONFLICT)])
        edit = entry.edit if before is None else {**entry.edit, "sku": before.first.sku}
        if entry.paths is not None:
            edit = {**edit, "category_ids": self._ids_of(entry.paths)}
        draft = product_edits.apply(edit, before)
        self._hold(entry.edit.get("slug"), target)
        if before is None:
            self.report.created += 1
        elif draft == before:
            self.report.unchanged += 1
        else:
            self.report.updated += 1
        self.drafts[target] = draft
        self.documents[entry.sku] = entry.document if before is None else None

    def _hold(self, slug: str | None, target: str) -> None:
        """Note whose a slug is; raises `Invalid` where another product has it, or had it before the batch."""
        if slug and self.holders.setdefault(slug, target) != target:
            raise Invalid([FieldError(("slug",), "Another product has this slug.", Code.CONFLICT)])

    def _invalid(self, entry: Entry, missing: Sequence[str], first: int) -> Invalid:
        """All errors of a line: its own, members that a new product needs, and a sku that the `first` line has."""
        reader = Reader({})
        reader.field_errors += entry.field_errors
        reader.require(*missing)
        if first != entry.number:
            reader.fault("sku", f"is already on line {first}")
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
