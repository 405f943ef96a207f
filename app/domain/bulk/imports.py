"""Imports: lines of products upserted by sku, one batch in one transaction.

A batch is planned first, in memory, from what a few statements found; then what differs is written. The number of
statements does not grow with the lines, only with the categories that are new.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy import select

from app.domain.bulk import category_paths, import_variants
from app.domain.bulk.category_paths import Planned, Tree
from app.domain.bulk.import_lines import Entry, Paths
from app.domain.bulk.import_targets import Holder, SeenSkus, Targets, repeated
from app.domain.catalogue import product_edits
from app.domain.catalogue.product_rows import Stored, insert_all, p, stored, update_all
from app.domain.catalogue.product_words import Prepared
from app.domain.catalogue.variant_rows import v
from app.domain.errors import FieldError, Invalid, SlugTaken
from app.domain.fields.drafts import Draft
from app.domain.sql.conditions import one_of
from app.domain.unicode import identity
from app.domain.unit_of_work import Statement, Unit
from app.domain.validation import Reader


class Bad(NamedTuple):
    """A bad line with all its errors."""

    number: int
    field_errors: tuple[FieldError, ...]


@dataclass
class Report:
    """The numbers of created, updated and unchanged products, and the bad lines."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: list[Bad] = field(default_factory=list)


class DryRunState(Protocol):
    """The results of the earlier batches of a dry run, which stores nothing."""

    planned: list[Planned]

    @property
    def newest(self) -> int:
        """The id of the newest product that is not stored; 0 if there is none."""

    def recall(self, ids: Iterable[int], keys: Iterable[str]) -> dict[int, Draft]:
        """The products after the earlier batches: those with these ids, and those with these sku keys."""

    def holders(self, slugs: Iterable[str]) -> dict[str, int]:
        """The ids of the products that earlier batches gave these slugs."""

    def keep(self, drafts: Mapping[int, Draft]) -> None:
        """Store products after this batch."""


_BY_SKU = Statement(
    select(v.product_id, v.sku, v.sku_key, v.position).where(one_of(v.sku, "skus") | one_of(v.sku_key, "keys"))
)
_BY_SLUG = Statement(select(p.slug, p.id).where(one_of(p.slug, "slugs")))
BATCH = "import"
"""The lock of batches that create products. They are serialised: concurrent ones would conflict repeatedly."""


async def upsert(unit: Unit, entries: Sequence[Entry], seen: SeenSkus | None = None) -> Report:
    """Store a batch; a line with a `seen` sku is bad.

    Raises `Conflict` or `Invalid` if another writer interfered: then run it again.
    """
    await unit.lock(BATCH)
    found = await _holders(unit, entries)
    known = await _stored(unit, found, lock=True)
    targets = Targets({product_id: one.draft for product_id, one in known.items()}, found)
    plan = _Plan(targets, await _slugs(unit, entries), await _tree(unit, entries))
    plan.add_all(entries, seen)
    ids = await category_paths.create_categories(unit, plan.tree.planned)
    drafts = {product_id: _linked(draft, ids) for product_id, draft in plan.drafts.items()} if ids else plan.drafts
    edits = [known[product_id].replaced_by(draft) for product_id, draft in drafts.items() if product_id in known]
    edits = [edit for edit in edits if edit.stored != edit.draft]
    new = {product_id: draft for product_id, draft in drafts.items() if product_id not in known}
    if edits:  # first, since new products may take skus that these give up
        await update_all(unit, edits)
    if new:
        await insert_all(unit, list(new.values()), [plan.prepared[product_id] for product_id in new])
    return plan.report


async def recognise(unit: Unit, entries: Sequence[Entry], seen: SeenSkus) -> None:
    """Store the skus of lines that were imported before an interruption."""
    targets = Targets({}, await _holders(unit, entries))
    seen.first_lines(_lines(entries, list(map(targets.skus, entries))))


async def dry_run(unit: Unit, entries: Sequence[Entry], state: DryRunState, seen: SeenSkus | None = None) -> Report:
    """The report of `upsert` without writing, after the earlier batches of the same dry run."""
    stored_holders = await _holders(unit, entries)
    kept = state.recall({one.product_id for one in stored_holders}, _skus(entries).values())
    known = await _stored(unit, [one for one in stored_holders if one.product_id not in kept], lock=False)
    targets = Targets(
        {product_id: one.draft for product_id, one in known.items()} | kept,
        [one for one in stored_holders if one.product_id not in kept] + _held(kept, stored_holders),
        state.newest,
    )
    slugs = await _slugs(unit, entries)
    slugs |= state.holders(_given_slugs(entries))
    plan = _Plan(targets, slugs, await _tree(unit, entries, state.planned))
    plan.add_all(entries, seen)
    state.planned = plan.tree.planned
    state.keep(plan.drafts)
    return plan.report


def _held(drafts: Mapping[int, Draft], stored_holders: Iterable[Holder]) -> list[Holder]:
    """The variants with skus in drafts; a stored sku keeps its stored key."""
    keys = {(one.product_id, one.sku): one.key for one in stored_holders}
    return [
        Holder(product_id, one.sku, keys.get((product_id, one.sku), identity.key(one.sku)), position)
        for product_id, draft in drafts.items()
        for position, one in enumerate(draft.variants)
        if one.sku is not None
    ]


def _skus(entries: Iterable[Entry]) -> dict[str, str]:
    """The skus of lines and of their variants, and their keys."""
    found = {entry.sku: entry.key for entry in entries if entry.sku}
    listed = (entry.edit["variants"] or () for entry in entries if "variants" in entry.edit)
    own_slugs = {sku for variants in listed for variant in variants if (sku := variant.get("sku"))}
    return found | {sku: identity.key(sku) for sku in own_slugs}


async def _holders(unit: Unit, entries: Sequence[Entry]) -> list[Holder]:
    """The variants that have the skus of lines and of their variants."""
    keys = _skus(entries)
    spelled = {*keys, *(entry.spelled for entry in entries)} - {""}
    return await holders(unit, spelled, set(keys.values()))


async def holders(unit: Unit, skus: Collection[str], keys: Collection[str]) -> list[Holder]:
    """The variants that have one of these skus, or one of these keys."""
    rows = await unit.all(_BY_SKU, skus=sorted(skus), keys=sorted(keys)) if skus else ()
    return [Holder(*row) for row in rows]


async def _stored(unit: Unit, found: Iterable[Holder], *, lock: bool) -> dict[int, Stored]:
    """The stored products of some variants, by id."""
    ids = list(dict.fromkeys(one.product_id for one in found))
    return await stored(unit, ids, lock=lock) if ids else {}


def _given_slugs(entries: Iterable[Entry]) -> list[str]:
    return sorted({slug for entry in entries if (slug := entry.edit.get("slug"))})


async def _slugs(unit: Unit, entries: Iterable[Entry]) -> dict[str, int]:
    """The ids of the products that have the slugs of the entries."""
    own_slugs = _given_slugs(entries)
    rows = await unit.all(_BY_SLUG, slugs=own_slugs) if own_slugs else ()
    return {slug: product_id for slug, product_id in rows}  # noqa: C416 - rows are no tuples


def _lines(entries: Sequence[Entry], skus: Sequence[Sequence[str | None]]) -> dict[str, int]:
    """The first line of each sku."""
    return {
        sku: entry.number
        for entry, of_entry in zip(reversed(entries), reversed(skus), strict=True)
        for sku in of_entry
        if sku is not None
    }


def _repeated(seen: SeenSkus, entries: Sequence[Entry], skus: Sequence[Sequence[str | None]]) -> Mapping[str, int]:
    """The first line of each sku; nothing where no sku is on two lines."""
    lines = _lines(entries, skus)
    first_lines = seen.first_lines(lines)
    return {} if first_lines == lines and len(lines) == sum(map(len, skus)) else first_lines


async def _tree(unit: Unit, entries: Iterable[Entry], planned: Sequence[Planned] = ()) -> Tree:
    paths = {path for entry in entries if entry.paths is not None for path in entry.paths.values()}
    return await category_paths.tree(unit, paths, planned)


def _linked(draft: Draft, ids: Mapping[int, int]) -> Draft:
    """The draft with the ids of stored categories instead of the negative ids of planned ones."""
    if not draft.category_ids or draft.category_ids[0] > 0:
        return draft
    return msgspec.structs.replace(draft, category_ids=tuple(sorted(ids.get(i, i) for i in draft.category_ids)))


class _Plan:
    """The plan of a batch: its effect on the stored products, line after line.

    `drafts` are those by their ids that good lines mean; `prepared` is what is known of new ones already. `slugs` are
    the ids of products by slugs that they have, or had before the batch.
    """

    def __init__(self, targets: Targets, slugs: dict[str, int], tree: Tree) -> None:
        self._targets, self._slugs, self.tree = targets, slugs, tree
        self.drafts: dict[int, Draft] = {}
        self.prepared: dict[int, Prepared | None] = {}
        self.report = Report()

    def add_all(self, entries: Sequence[Entry], seen: SeenSkus | None) -> None:
        """Plan each line; a bad line only appears in the report.

        A sku that the file has `seen` is a bad line; without them the later of two lines wins.
        """
        skus = list(map(self._targets.skus, entries))
        first_lines = {} if seen is None else _repeated(seen, entries, skus)
        for entry, of_entry in zip(entries, skus, strict=True):
            planned = len(self.tree.planned)
            try:
                self._add(entry, of_entry, first_lines)
            except Invalid as invalid:
                self.tree.undo(planned)
                self.report.bad.append(Bad(entry.number, invalid.field_errors))

    def _add(self, entry: Entry, skus: Sequence[str | None], first_lines: Mapping[str, int]) -> None:
        target, conflicts = self._targets.meant(skus) if skus else (None, [])
        before = None if target is None else target.draft
        if first_lines:
            conflicts = repeated(entry.number, skus, first_lines) or conflicts
        missing = entry.missing if target is None and skus else ()
        if entry.field_errors or missing or conflicts:
            raise self._invalid(entry, missing, conflicts)
        if before is None and entry.made is not None:
            draft = self._made(entry.made, entry.paths)
        else:
            draft = product_edits.apply(self._edit(entry, before), before)
        target = target or self._targets.new()
        if slug := entry.edit.get("slug"):
            self._hold(slug, target.id)
        if before is None:
            self.report.created += 1
        elif draft == before:
            self.report.unchanged += 1
        else:
            self.report.updated += 1
        self._targets.settle(target, draft, skus)
        self.drafts[target.id] = draft
        self.prepared[target.id] = entry.prepared if before is None else None

    def _edit(self, entry: Entry, before: Draft | None) -> product_edits.Edit:
        """The edit of a line, with skus in their stored spelling."""
        edit = entry.edit
        if edit.get("variants"):
            edit = {**edit, **import_variants.spelled(edit, () if before is None else before.variants)}
        elif before is not None:
            edit = {**edit, "sku": before.first.sku}
        return edit if entry.paths is None else {**edit, "category_ids": self._ids_of(entry.paths)}

    def _made(self, made: Draft, paths: Paths | None) -> Draft:
        """The new product of a line, in its categories."""
        return made if paths is None else msgspec.structs.replace(made, category_ids=self._ids_of(paths))

    def _hold(self, slug: str, product_id: int) -> None:
        """Record the owner of a slug; raises `Invalid` if another product has it, or had it before the batch."""
        if self._slugs.setdefault(slug, product_id) != product_id:
            raise Invalid(SlugTaken().field_errors)

    def _invalid(self, entry: Entry, missing: Sequence[str], conflicts: Sequence[FieldError]) -> Invalid:
        """All errors of a line: its own, members that a new product needs, and skus that others have."""
        reader = Reader({})
        reader.field_errors += entry.field_errors
        reader.require(*missing)
        reader.field_errors += conflicts
        if entry.paths is not None:
            reader.field_errors += self._find(entry.paths)[1]
        return Invalid(reader.field_errors)

    def _ids_of(self, paths: Paths) -> tuple[int, ...]:
        ids, field_errors = self._find(paths)
        if field_errors:
            raise Invalid(field_errors)
        return ids

    def _find(self, paths: Paths) -> tuple[tuple[int, ...], list[FieldError]]:
        """The categories of a line, ascending, planned where they do not exist, and the errors of ambiguous names."""
        found: set[int] = set()
        field_errors = []
        for index, path in paths.items():
            node = self.tree.find(path)
            if node is None:
                name = path.names[0]
                message = f"`{name}` names several categories; give its path, such as `Parent > {name}`."
                field_errors.append(FieldError(("categories", index), message))
            else:
                found.add(node)
        return tuple(sorted(found)), field_errors
