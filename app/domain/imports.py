"""Imports: lines of products upserted by sku, one batch in one transaction.

A batch is planned first, in memory, from what a few statements found; then what differs is written. The number of
statements does not grow with the lines, only with the categories that are new.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sqlalchemy import select

from app.domain import category_paths, products
from app.domain.category_paths import CategoryPath, Planned, Tree
from app.domain.errors import Code, Fault, Invalid
from app.domain.models import MAX_SKU
from app.domain.product_rows import Change, Draft, insert_all, link, p, update_all
from app.domain.reading import Reader
from app.domain.sql import one_of
from app.domain.unit import Statement, Unit

MEMBERS = ("sku", "name", "description", "price", "currency", "stock", "categories")
"""What a line may say of a product; whatever else it has is ignored."""

_REQUIRED = ("name", "price")
_OF_PRODUCT = frozenset(MEMBERS) - {"sku", "categories"}


class Line(NamedTuple):
    """A line: its number in the file, and its members or why it could not be read."""

    number: int
    members: Mapping[str, object] | Fault


class Bad(NamedTuple):
    """A line that did not land, and everything that is wrong with it."""

    number: int
    faults: tuple[Fault, ...]


@dataclass
class Report:
    """How many lines made a product, changed one, or found it as they say; and those that did not land."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: list[Bad] = field(default_factory=list)


class Rehearsal(Protocol):
    """What the earlier batches of a dry run came to, since nothing of it is stored."""

    planned: list[Planned]

    def recall(self, skus: Iterable[str]) -> dict[str, Draft]:
        """The products as earlier batches left them."""

    def keep(self, drafts: Mapping[str, Draft]) -> None:
        """Remember products as this batch leaves them."""


class Entry(NamedTuple):
    """A line as it was read by itself, with every fault that shows before the catalogue is asked."""

    number: int
    members: Mapping[str, object]
    sku: str
    edit: products.Edit
    paths: Mapping[int, CategoryPath] | None
    faults: list[Fault]


class _Stored(NamedTuple):
    id: int
    draft: Draft


_STORED = select(p.id, p.name, p.price, p.currency, p.description, p.sku, p.stock).where(one_of(p.sku, "skus"))
_LOOK = Statement(_STORED)
_LOCK = Statement(_STORED.order_by(p.id).with_for_update())
_BATCH = "import"
"""Batches of several imports take turns: what both make, one would have to take back, again and again."""
_LINKS = Statement(
    select(link.c.product_id, link.c.category_id)
    .where(one_of(link.c.product_id, "ids"))
    .order_by(link.c.product_id, link.c.category_id)
)


async def upsert(unit: Unit, entries: Sequence[Entry]) -> Report:
    """Store a batch. Raises `Conflict` or `Invalid` where another writer came in between: then run it again."""
    await unit.lock(_BATCH)
    stored = await _stored(unit, _LOCK, entries)
    plan = _Plan({sku: product.draft for sku, product in stored.items()}, await _tree(unit, entries))
    plan.add_all(entries)
    ids = await category_paths.make(unit, plan.tree.planned)
    drafts = {sku: _linked(draft, ids) for sku, draft in plan.drafts.items()} if ids else plan.drafts
    new = [draft for sku, draft in drafts.items() if sku not in stored]
    changes = [Change(*stored[sku], draft) for sku, draft in drafts.items() if sku in stored]
    changes = [change for change in changes if change.stored != change.draft]
    if new:
        await insert_all(unit, new)
    if changes:
        await update_all(unit, changes)
    return plan.report


async def rehearse(unit: Unit, entries: Sequence[Entry], rehearsal: Rehearsal) -> Report:
    """What `upsert` would report of a batch, after the earlier ones of the same rehearsal; writes nothing."""
    stored = await _stored(unit, _LOOK, entries)
    before = {sku: product.draft for sku, product in stored.items()} | rehearsal.recall(entry.sku for entry in entries)
    plan = _Plan(before, await _tree(unit, entries, rehearsal.planned))
    plan.add_all(entries)
    rehearsal.planned = plan.tree.planned
    rehearsal.keep(plan.drafts)
    return plan.report


def read(line: Line) -> Entry:
    """Read a line by itself; whatever can be found out outside of a transaction is."""
    if isinstance(line.members, Fault):
        return Entry(line.number, {}, "", {}, None, [line.members])
    members = {name: line.members[name] for name in MEMBERS if name in line.members}
    reader = Reader(members)
    reader.require("sku")
    sku = reader.text("sku", 1, MAX_SKU) if "sku" in members else ""
    paths = category_paths.read(reader, "categories") if "categories" in members else None
    of_product = {name: value for name, value in members.items() if name in _OF_PRODUCT}
    edit: products.Edit = {}
    try:
        edit = products.read(of_product, _OF_PRODUCT, patch=True, keeps=True)
    except Invalid as invalid:
        reader.faults += invalid.faults
    return Entry(line.number, members, sku, edit, paths, reader.faults)


async def _stored(unit: Unit, statement: Statement, entries: Iterable[Entry]) -> dict[str, _Stored]:
    """The stored products that bear a sku of the entries, by it."""
    skus = {entry.sku for entry in entries if _storable(entry)}
    rows = await unit.all(statement, skus=sorted(skus)) if skus else ()
    category_ids: dict[int, list[int]] = {row[0]: [] for row in rows}
    if rows:
        for product_id, category_id in await unit.all(_LINKS, ids=list(category_ids)):
            category_ids[product_id].append(category_id)
    return {row[5]: _Stored(row[0], Draft._make((*row[1:], tuple(category_ids[row[0]])))) for row in rows}


async def _tree(unit: Unit, entries: Iterable[Entry], planned: Sequence[Planned] = ()) -> Tree:
    return await category_paths.tree(
        unit, (path for entry in entries for path in (entry.paths or {}).values()), planned
    )


def _storable(entry: Entry) -> bool:
    return bool(entry.sku) and not any(fault.field == ("sku",) for fault in entry.faults)


def _linked(draft: Draft, ids: Mapping[int, int]) -> Draft:
    """The draft in the categories as they are stored now, not as they were planned."""
    return draft._replace(category_ids=tuple(sorted(ids.get(i, i) for i in draft.category_ids)))


class _Plan:
    """What a batch makes of the products that it found, line after line: of two with the same sku the later wins."""

    def __init__(self, before: Mapping[str, Draft], tree: Tree) -> None:
        self.before, self.tree = before, tree
        self.drafts: dict[str, Draft] = {}
        self.report = Report()

    def add_all(self, entries: Iterable[Entry]) -> None:
        """Plan each line; a bad one leaves no trace but in the report."""
        for entry in entries:
            planned = len(self.tree.planned)
            try:
                self._add(entry)
            except Invalid as invalid:
                self.tree.undo(planned)
                self.report.bad.append(Bad(entry.number, invalid.faults))

    def _add(self, entry: Entry) -> None:
        before = self.drafts.get(entry.sku, self.before.get(entry.sku))
        reader = Reader(entry.members)
        reader.faults += entry.faults
        if before is None and _storable(entry):
            reader.require(*_REQUIRED)
        edit = {**entry.edit, "sku": entry.sku}
        if entry.paths is not None:
            edit["category_ids"] = self._categories(entry.paths, reader)
        reader.done()
        draft = products.apply(edit, before)
        if before is None:
            self.report.created += 1
        elif draft == before:
            self.report.unchanged += 1
        else:
            self.report.updated += 1
        self.drafts[entry.sku] = draft

    def _categories(self, paths: Mapping[int, CategoryPath], reader: Reader) -> tuple[int, ...]:
        found: set[int] = set()
        for index, path in paths.items():
            identity = self.tree.find(path)
            if identity is None:
                message = (
                    f"`{path.names[0]}` names several categories; give its path, such as `Parent > {path.names[0]}`."
                )
                reader.faults.append(Fault(("categories", index), message, Code.VALIDATION_FAILED))
            else:
                found.add(identity)
        return tuple(sorted(found))
