"""Running batches: a few statements look up and lock the rows, then the plan is written in waves."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from app.domain import addresses
from app.domain.addresses import OwnKey
from app.domain.bulk import imports
from app.domain.bulk.batch_plan import Plan, Step, Target, waves
from app.domain.bulk.batch_slugs import BatchSlugs
from app.domain.bulk.batches import Batch, Operation
from app.domain.catalogue import categories, products, variants
from app.domain.catalogue.product_rows import Edit, Stored, insert_all, stored, update_all
from app.domain.catalogue.variant_rows import with_ids
from app.domain.errors import Busy, Code, Conflict, FieldError, Invalid, NotFound, PreconditionFailed, TandemError
from app.domain.fields.drafts import Draft
from app.domain.fields.product_fields import SHOWN, values_of
from app.domain.idempotency import Snapshot, dump_error
from app.domain.pagination.paging import MAX_BYTES
from app.domain.unicode import identity
from app.domain.unit_of_work import Row, Unit

_ATTEMPTS = 5
_AT_ONCE = 300
"""The number of products that are read together: the largest product takes 300 KB."""
_COLUMNS = (*SHOWN, "stocks")
"""The columns of a product's snapshot."""
_EMPTY = {"id": None, "image": None, "images": "[]", "categories": "[]"}
"""The columns of a new product that are not in its draft."""
_OF_VARIANT = tuple(attribute for attribute in variants.MEMBERS.values() if attribute != "id")
Placed = tuple[int, Step]
"""A step, and the index of its operation in the batch."""


class _Raced(Exception):
    """Another transaction wrote between the look-up and the write."""


async def run(unit: Unit, batch: Batch) -> Snapshot:
    """Run a batch; returns the result of each operation in order. A dry run writes nothing.

    In the mode `all` it raises the first error.
    """
    if batch.dry_run:
        return await _run(unit, batch)
    for _ in range(_ATTEMPTS):
        try:
            async with unit.savepoint():
                return await _run(unit, batch)
        except _Raced:
            continue
    raise Busy


async def _run(unit: Unit, batch: Batch) -> Snapshot:
    names = await categories.names(unit, {i for one in batch.operations for i in one.edit.get("category_ids") or ()})
    plan = await _plan(unit, batch, names)
    steps: list[Placed] = []
    problems: dict[int, TandemError] = {}
    for place, operation in enumerate(batch.operations):
        try:
            await unit.pause()
            steps.append((place, await plan.add(operation)))
        except TandemError as refusal:
            problems[place] = _placed(refusal, place, operation)
            if batch.mode == "all":
                raise _of_batch(problems[place]) from None
    shown = await (_dry_run(unit, steps, names) if batch.dry_run else _write(unit, steps))
    statuses = {place: step.status for place, step in steps} | {place: one.status for place, one in problems.items()}
    results = [
        {
            "status": statuses[place],
            "product": shown.get(place),
            "problem": dump_error(problems[place]) if place in problems else None,
        }
        for place in range(len(batch.operations))
    ]
    return {"results": results, **_counts(statuses.values()), "dryRun": batch.dry_run}


def _counts(statuses: Iterable[int]) -> dict[str, int]:
    counts = {"created": 0, "updated": 0, "deleted": 0, "failed": 0}
    names = {201: "created", 200: "updated", 204: "deleted"}
    for status in statuses:
        counts[names.get(status, "failed")] += 1
    return counts


async def _plan(unit: Unit, batch: Batch, names: Mapping[int, str]) -> Plan:
    """The plan of a batch; the rows that it may change are locked in the order of ids."""
    operations = [one for one in batch.operations if not one.faults]
    if not batch.dry_run and any(one.kind in ("create", "upsert") for one in operations):
        await unit.lock(imports.BATCH)
    skus = [sku for one in operations for sku in _skus(one)]
    keys = {identity.key(sku) for sku in skus}
    spelled = {*skus, *map(identity.trim, skus)}
    holders = await imports.holders(unit, spelled, keys)
    ids = {one.address for one in operations if isinstance(one.address, int) and addresses.values(one.address)}
    ids |= {holder.product_id for holder in holders}
    found = await stored(unit, sorted(ids), lock=not batch.dry_run) if ids else {}
    for holder in holders:
        held = found.get(holder.product_id)
        if held and holder.sku not in {one.sku for one in held.draft.variants}:
            raise _Raced
    slugs = BatchSlugs(unit)
    known = {holder.key for holder in holders}
    await slugs.expect([one for one in operations if not (one.kind == "upsert" and _key(one) in known)])
    return Plan(found.values(), holders, names, slugs, unit)


def _key(operation: Operation) -> str | None:
    """The key of the sku that addresses the product of an operation."""
    return identity.key(operation.address.value) if isinstance(operation.address, OwnKey) else None


def _skus(operation: Operation) -> Iterable[str]:
    """The storable skus that an operation names."""
    address, sku = operation.address, operation.edit.get("sku")
    if isinstance(address, OwnKey) and addresses.values(address):
        yield address.value
    if sku is not None:
        yield sku
    yield from (one["sku"] for one in operation.edit.get("variants") or () if one.get("sku") is not None)


class _Size:
    """The characters of the products in an answer; raises `query_too_complex` if they are too many."""

    def __init__(self) -> None:
        self._characters = 0

    def add(self, values: Iterable[object]) -> None:
        """Take in the values of a product."""
        self._characters += sum([len(value) for value in values if isinstance(value, str)])
        if self._characters > MAX_BYTES:
            message = f"The products of the batch have more than {MAX_BYTES} bytes; send fewer operations at once."
            raise TandemError(Code.QUERY_TOO_COMPLEX, message)


async def _write(unit: Unit, steps: Iterable[Placed]) -> dict[int, Snapshot]:
    """Write steps; returns the product after each of them."""
    shown: dict[int, Snapshot] = {}
    size = _Size()
    numbers: dict[Target, list[int]] = {}
    for wave in waves(steps):
        try:
            await _write_wave(unit, [_numbered(step, numbers.get(step.target, ())) for _, step in wave], numbers)
        except (Conflict, Invalid) as raced:
            raise _Raced from raced
        left = {place: step.target.id for place, step in wave if step.after is not None}
        rows = await _rows(unit, sorted(left.values()), size)
        shown |= {place: dict(zip(_COLUMNS, rows[i][1:], strict=True)) for place, i in left.items()}
    return shown


async def _write_wave(unit: Unit, wave: Sequence[Step], numbers: dict[Target, list[int]]) -> None:
    """Write steps that change each product at most once; stores the ids of new variants in `numbers`."""
    drafts = [step.after for step in wave if step.after is not None]
    numbered = iter(await with_ids(unit, drafts))
    written = [(step, next(numbered) if step.after is not None else None) for step in wave]
    for step, draft in written:
        if draft is not None and step.after is not None and draft is not step.after:
            pairs = zip(step.after.variants, draft.variants, strict=True)
            numbers.setdefault(step.target, []).extend(new.id for planned, new in pairs if not planned.id)
    gone = [Stored(step.target.id, step.before, step.version) for step in wave if step.before and step.after is None]
    if gone:
        await products.remove_all(unit, gone)
    edits = [
        Edit(step.target.id, step.before, draft, step.version - 1)
        for step, draft in written
        if step.before and draft and not step.sale and step.before != draft
    ]
    if edits:
        await update_all(unit, edits)
    stocks = {step.target.id: draft.first.stock or 0 for step, draft in written if step.sale and draft}
    if stocks:
        await products.set_stocks(unit, stocks)
    new = [(step.target, draft) for step, draft in written if step.before is None and draft]
    if new:
        for (target, _), identity_ in zip(new, await insert_all(unit, [draft for _, draft in new]), strict=True):
            target.id = identity_


def _numbered(step: Step, numbers: Sequence[int]) -> Step:
    """A step, with the ids of variants that earlier waves created."""
    if not numbers:
        return step
    before, after = (_with_numbers(draft, numbers) for draft in (step.before, step.after))
    return step._replace(before=before, after=after)


def _with_numbers(draft: Draft | None, numbers: Sequence[int]) -> Draft | None:
    if draft is None:
        return None
    left = iter(numbers)
    return replace(draft, variants=tuple(one if one.id else replace(one, id=next(left, 0)) for one in draft.variants))


async def _dry_run(unit: Unit, steps: Sequence[Placed], names: Mapping[int, str]) -> dict[int, Snapshot]:
    """The products after each step of a dry run; nothing is written."""
    ids = sorted({step.target.id for _, step in steps if step.target.id})
    rows = await _rows(unit, ids, _Size())
    now = unit.now()
    shown: dict[int, Snapshot] = {}
    size = _Size()
    states: dict[Target, dict[str, Any]] = {}
    for place, step in steps:
        if step.after is None:
            continue
        if step.target not in states:
            row = rows.get(step.target.id)
            states[step.target] = dict(zip(_COLUMNS, row[1:], strict=True)) if row else {**_EMPTY, "createdAt": now}
        state = states[step.target] = states[step.target] | _members(step.after) | {"version": step.version}
        if not step.sale and step.before != step.after:
            state["updatedAt"] = now
        if step.before is None or step.before.category_ids != step.after.category_ids:
            places = [[i, names[i]] for i in step.after.category_ids]
            state["categories"] = msgspec.json.encode(places).decode()
        shown[place] = state
        size.add(state.values())
    return shown


async def _rows(unit: Unit, ids: Sequence[int], size: _Size) -> dict[int, Row]:
    """Products by id for the results of a batch."""
    found: dict[int, Row] = {}
    for begin in range(0, len(ids), _AT_ONCE):
        part = await products.by_ids(unit, ids[begin : begin + _AT_ONCE], _COLUMNS)
        for row in part.values():
            size.add(row)
        found |= part
    return found


def _members(draft: Draft) -> dict[str, Any]:
    """The members of a product that are in its draft."""
    sold = [[one.id or None, *(getattr(one, name) for name in _OF_VARIANT)] for one in draft.variants]
    stocks = msgspec.json.encode([[one.stock] for one in draft.variants]).decode() if len(sold) > 1 else None
    return {"variants": msgspec.json.encode(sold).decode(), "stocks": stocks} | values_of(draft)


def _placed(refusal: TandemError, place: int, operation: Operation) -> TandemError:
    """An error with its fields below its operation."""
    if operation.faults:
        return refusal
    path = ("operations", place)
    of_address = ("sku",) if operation.kind == "upsert" else None
    faults = [
        fault._replace(field=(*path, *(() if fault.field == of_address else ("product",)), *fault.field))
        for fault in refusal.field_errors
    ]
    if not faults:
        faults = [FieldError((*path, _member_of(refusal, operation)), refusal.message, refusal.code)]
    return TandemError(refusal.code, refusal.message, faults)


def _member_of(refusal: TandemError, operation: Operation) -> str:
    """The member of an operation that an error without fields is about."""
    if isinstance(refusal, PreconditionFailed):
        return "ifMatch"
    return addresses.kind(operation.address or 0) if isinstance(refusal, NotFound) else "delta"


def _of_batch(refusal: TandemError) -> TandemError:
    """The error of a whole batch: an unknown product is an error in its body."""
    if refusal.code is not Code.NOT_FOUND:
        return refusal
    return Invalid([fault._replace(code=Code.VALIDATION_FAILED) for fault in refusal.field_errors])
