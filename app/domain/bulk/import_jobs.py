"""Imports that the service runs by itself: one at a time on a database, in their order, each by one worker.

A worker holds a lease that it renews with every batch, in the transaction of that batch. Once the lease has run out,
another worker goes on after the last batch.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    select,
    update,
)

from app.domain.bulk.imports import Bad, Report
from app.domain.callers import Scope
from app.domain.changes import log
from app.domain.changes.log import Change, Type
from app.domain.errors import Conflict, NotFound
from app.domain.files import files
from app.domain.files.files import File
from app.domain.import_models import CANCELLED, QUEUED, RUNNING, ImportJob, ImportProblem
from app.domain.pagination.paging import Listing, Source, Values
from app.domain.sql.conditions import integer
from app.domain.unit_of_work import Engine, Row, Statement, Unit, first

job = cast(Table, ImportJob.__table__)  # type: ignore[attr-defined] # SQLModel makes it
problem = cast(Table, ImportProblem.__table__)  # type: ignore[attr-defined]
j = job.c
LEASE = 10_000_000
"""Microseconds without a sign of life after which another worker takes over."""
MOST_FAULTS = 10
"""Faults of a line that are kept at most."""


class Stopped(Exception):
    """The job no longer belongs to this worker: it was cancelled, or another worker took over."""


class Wanted(NamedTuple):
    """A request for an import: the format, the options of reading as JSON, and whether it is a dry run."""

    format: str
    dry_run: bool
    options: dict[str, Any]


class Job(NamedTuple):
    """A job as a worker gets it."""

    id: int
    caller: str
    dry_run: int
    format: str
    options: str
    file_id: str
    owns_file: int
    lines: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which imports: all of them, or those of a status."""

    status: str | None = None
    scope: ClassVar[Scope | None] = Scope.CATALOG_WRITE

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions that apply, with their values."""
        return {} if self.status is None else {"status": self.status}


def _source(_key: str, conditions: tuple[str, ...], values: Values, _bare: bool) -> Source:
    rows = select().select_from(job).where(*(j.status == values(name, j.status) for name in conditions))
    return Source(rows, j.id, j.id)


_other = job.alias("other")


def _is(*statuses: str, table: str = job.name) -> ColumnElement[bool]:
    """Whether an import has one of these states, in literals: the index holds those that have not ended alone."""
    words = ", ".join(f"'{status}'" for status in statuses)
    return literal_column(f"{table}.status IN ({words})")


_OPEN = _is(QUEUED, RUNNING)
_milliseconds = (j.seen_at - j.started_at) // integer(1_000)
_AHEAD = (
    select(func.count())
    .select_from(_other)
    .where(_is(QUEUED, RUNNING, table="other"), _other.c.id < j.id)
    .correlate(job)
    .scalar_subquery()
)
_SECONDS_LEFT: ColumnElement[Any] = case(
    (
        and_(_is(RUNNING), j.taken > integer(0)),
        case((j.bytes > j.taken, (j.bytes - j.taken) * _milliseconds // j.taken // integer(1_000)), else_=integer(0)),
    )
)
LISTING = Listing(
    name="imports",
    table=job,
    id=j.id,
    keys={"id": j.id},
    columns={
        "id": j.id,
        "status": j.status,
        "format": j.format,
        "dryRun": j.dry_run,
        "lines": j.lines,
        "created": j.created,
        "updated": j.updated,
        "unchanged": j.unchanged,
        "bad": j.bad,
        "notHeld": j.not_held,
        "ahead": case((_is(QUEUED), _AHEAD), else_=integer(0)),
        "linesPerSecond": case((_milliseconds > integer(0), j.lines * integer(1_000) // _milliseconds)),
        "secondsLeft": _SECONDS_LEFT,
        "message": j.message,
        "createdAt": j.created_at,
        "startedAt": j.started_at,
        "finishedAt": j.finished_at,
    },
    source=_source,
    unindexed=frozenset({"status"}),
)
EVERYTHING = tuple(LISTING.columns)


def _bind(column: ColumnElement[Any], name: str = "") -> Any:
    return bindparam(name or column.name, type_=column.type)


_NEW = (
    *(j.caller, j.status, j.format, j.dry_run, j.options, j.file_id, j.owns_file, j.name, j.bytes, j.not_held),
    j.created_at,
)
_COUNTS = ("taken", "lines", "created", "updated", "unchanged", "bad")
_INSERT = Statement(
    insert(job)
    .values({c: bindparam(f"new_{c.name}", type_=c.type) for c in _NEW} | {j[name]: 0 for name in _COUNTS})
    .returning(j.id)
)
_GET = Statement(select(*LISTING.columns.values()).where(j.id == _bind(j.id)))
_WAITING = Statement(select(j.id).where(_OPEN, _is(QUEUED) | (j.seen_at < _bind(j.seen_at, "lapsed"))).limit(1))
_ALIVE = Statement(select(j.id).where(_OPEN, _is(RUNNING), j.seen_at >= _bind(j.seen_at, "lapsed")).limit(1))
_next = (
    select(j.id)
    .where(_OPEN)
    .order_by(case((_is(RUNNING), integer(0)), else_=integer(1)), j.id)
    .limit(1)
    .scalar_subquery()
)
_CLAIM = Statement(
    update(job)
    .where(j.id == _next)
    .values(
        status=RUNNING,
        worker=_bind(j.worker, "new_worker"),
        seen_at=_bind(j.seen_at, "now"),
        started_at=func.coalesce(j.started_at, _bind(j.seen_at, "now")),
    )
    .returning(*(j[name] for name in Job._fields))
)
_MINE = and_(j.id == _bind(j.id, "job"), _is(RUNNING), j.worker == _bind(j.worker, "mine"))
_RECORD = Statement(
    update(job)
    .where(_MINE)
    .values(
        {j[name]: j[name] + _bind(j[name], f"more_{name}") for name in _COUNTS} | {j.seen_at: _bind(j.seen_at, "now")}
    )
    .returning(j.id)
)
_AGAIN = Statement(update(job).where(_MINE).values(dict.fromkeys(_COUNTS, 0)).returning(j.id))
_NO_PROBLEMS = Statement(problem.delete().where(problem.c.job_id == _bind(j.id, "job")))
_END = {
    j.status: _bind(j.status, "new_status"),
    j.message: _bind(j.message, "new_message"),
    j.finished_at: _bind(j.finished_at, "now"),
}
_ENDED = (j.id, j.caller, j.file_id, j.owns_file, j.dry_run, j.created + j.updated)
_FINISH = Statement(update(job).where(_MINE).values({**_END, j.not_held: _bind(j.not_held, "held")}).returning(*_ENDED))
_CANCEL = Statement(update(job).where(j.id == _bind(j.id, "job"), _OPEN).values(_END).returning(*_ENDED))
_ADD_PROBLEM = Statement(
    insert(problem).values(
        job_id=_bind(problem.c.job_id, "job"),
        line=_bind(problem.c.line, "bad_line"),
        faults=_bind(problem.c.faults, "bad_faults"),
    )
)
_PROBLEMS = Statement(
    select(problem.c.line, problem.c.faults)
    .where(problem.c.job_id == _bind(problem.c.job_id, "job"), problem.c.line > _bind(problem.c.line, "after"))
    .order_by(problem.c.line)
    .limit(bindparam("size", type_=BigInteger()))
)


async def start(unit: Unit, caller: str, wanted: Wanted, file: File, *, owns_file: bool) -> dict[str, Any]:
    """Queue an import of a file; its snapshot."""
    values = {
        "caller": caller,
        "status": QUEUED,
        "format": wanted.format,
        "dry_run": int(wanted.dry_run),
        "options": msgspec.json.encode(wanted.options).decode(),
        "file_id": file.id,
        "owns_file": int(owns_file),
        "name": file.name,
        "bytes": file.bytes,
        "not_held": "[]",
        "created_at": unit.now(),
    }
    rows = await unit.all(_INSERT, **{f"new_{name}": value for name, value in values.items()})
    return await snapshot(unit, rows[0][0])


async def get(unit: Unit, job_id: int) -> Row:
    """Everything of an import; raises `NotFound`."""
    row = await first(unit, _GET, id=job_id)
    if row is None:
        raise NotFound("import")
    return row


async def snapshot(unit: Unit, job_id: int) -> dict[str, Any]:
    """Everything of an import, by name; raises `NotFound`."""
    return dict(zip(EVERYTHING, await get(unit, job_id), strict=True))


async def waits(unit: Unit) -> bool:
    """Whether a worker has work: an import waits, or the worker of one shows no sign of life."""
    return await first(unit, _WAITING, lapsed=unit.now() - LEASE) is not None


async def claim(unit: Unit, worker: str) -> Job | None:
    """Assign the next import to a worker; None while another one runs. A dry run starts over."""
    await unit.lock("import jobs")
    now = unit.now()
    if await unit.all(_ALIVE, lapsed=now - LEASE):
        return None
    rows = await unit.all(_CLAIM, new_worker=worker, now=now)
    if not rows:
        return None
    claimed = Job(*rows[0])
    if not claimed.dry_run:
        return claimed
    await unit.all(_NO_PROBLEMS, job=claimed.id)
    await unit.all(_AGAIN, job=claimed.id, mine=worker)
    return claimed._replace(lines=0)


async def record(unit: Unit, job_id: int, worker: str, report: Report, lines: int = 0, size: int = 0) -> None:
    """Record the outcome of some lines in the transaction that stores them, and renew the lease; raises `Stopped`."""
    counts = (size, lines, report.created, report.updated, report.unchanged, len(report.bad))
    more = {f"more_{name}": count for name, count in zip(_COUNTS, counts, strict=True)}
    if not await unit.all(_RECORD, job=job_id, mine=worker, now=unit.now(), **more):
        raise Stopped
    for bad in report.bad:
        await unit.all(_ADD_PROBLEM, job=job_id, bad_line=bad.number, bad_faults=_faults(bad))


def _faults(bad: Bad) -> str:
    faults = [
        {"field": ".".join(map(str, one.field)), "code": one.code, "message": one.message}
        for one in bad.field_errors[:MOST_FAULTS]
    ]
    return msgspec.json.encode(faults).decode()


async def finish(
    unit: Unit, job_id: int, worker: str, status: str, message: str | None, held: Sequence[tuple[str, int]]
) -> None:
    """End an import, and tell the change log where the catalogue changed; raises `Stopped`."""
    not_held = msgspec.json.encode([{"name": name, "count": count} for name, count in held]).decode()
    rows = await unit.all(
        _FINISH, job=job_id, mine=worker, new_status=status, new_message=message, now=unit.now(), held=not_held
    )
    if not rows:
        raise Stopped
    await _ended(unit, rows[0])


async def cancel(unit: Unit, job_id: int) -> dict[str, Any]:
    """Cancel an import that waits or runs: no line lands after this; raises `NotFound`, `Conflict`."""
    rows = await unit.all(_CANCEL, job=job_id, new_status=CANCELLED, new_message=None, now=unit.now())
    if not rows:
        status = (await snapshot(unit, job_id))["status"]
        raise Conflict(f"The import has ended: it is {status}.")
    await _ended(unit, rows[0])
    return await snapshot(unit, job_id)


async def _ended(unit: Unit, row: Row) -> None:
    _, caller, file_id, owns_file, dry_run, landed = row
    if owns_file:
        with suppress(NotFound):
            await files.remove(unit, caller, file_id, None)
    if landed and not dry_run:
        await log.write(unit, Change(Type.IMPORT_FINISHED, public_type="", caller=caller))


async def problems(unit: Unit, job_id: int, after: int, size: int) -> Sequence[Row]:
    """Some lines that did not land, after one: their numbers, and the JSON of their faults."""
    return await unit.all(_PROBLEMS, job=job_id, after=after, size=size)
