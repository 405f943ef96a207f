"""Background imports: one at a time per database, in order, each run by one worker.

A worker holds a lease that it renews with every batch, in the transaction of that batch. Once the lease has run out,
another worker continues after the last batch.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import and_, case, delete, func, insert, select, update

from app.domain.bulk.import_list import OPEN, has_status, j, job, problem, snapshot
from app.domain.bulk.imports import Bad, Report
from app.domain.changes import log
from app.domain.changes.log import NewChange, Type
from app.domain.errors import Conflict, NotFound
from app.domain.files import files
from app.domain.files.files import File
from app.domain.import_models import CANCELLED, QUEUED, RUNNING
from app.domain.sql.conditions import integer
from app.domain.sql.tables import bind, new_values
from app.domain.unit_of_work import Row, Statement, Unit

LEASE = 10_000_000
"""Microseconds without a renewal until another worker takes over."""
MAX_FAULTS = 10
"""The maximum number of stored errors per line."""
MAX_PROBLEMS = 10_000
"""The maximum number of bad lines whose errors are stored; all are counted."""
_SWEPT_AT_ONCE = 1_000
"""Problems; few enough that no writer waits for long."""


class Stopped(Exception):
    """This worker lost the job: it was cancelled, or another worker took over."""


class ImportSettings(NamedTuple):
    """A request for an import: the format, the options of reading as JSON, and whether it is a dry run.

    With `remove_file` a file that is stored already is deleted at the end of the import, too.
    """

    format: str
    dry_run: bool
    options: dict[str, Any]
    remove_file: bool = False


class Job(NamedTuple):
    """A job for a worker."""

    id: int
    caller: str
    dry_run: int
    format: str
    options: str
    file_id: str
    owns_file: int
    lines: int


_NEW = (
    *(j.caller, j.status, j.format, j.dry_run, j.options, j.file_id, j.owns_file, j.name, j.bytes, j.not_held),
    j.created_at,
)
_COUNTS = ("taken", "lines", "created", "updated", "unchanged", "bad")
_INSERT = Statement(insert(job).values(new_values(_NEW) | {j[name]: 0 for name in _COUNTS}).returning(j.id))
_alive = case((and_(has_status(RUNNING), j.seen_at >= bind(j.seen_at, "lapsed")), integer(1)))
_COUNT = Statement(select(func.count(), func.count(_alive)).select_from(job).where(OPEN))
_next = (
    select(j.id)
    .where(OPEN)
    .order_by(case((has_status(RUNNING), integer(0)), else_=integer(1)), j.id)
    .limit(1)
    .scalar_subquery()
)
_CLAIM = Statement(
    update(job)
    .where(j.id == _next)
    .values(
        status=RUNNING,
        worker=bind(j.worker, "new_worker"),
        seen_at=bind(j.seen_at, "now"),
        started_at=func.coalesce(j.started_at, bind(j.seen_at, "now")),
    )
    .returning(*(j[name] for name in Job._fields))
)
_MINE = and_(j.id == bind(j.id, "job"), has_status(RUNNING), j.worker == bind(j.worker, "mine"))
_RECORD = Statement(
    update(job)
    .where(_MINE)
    .values(
        {j[name]: j[name] + bind(j[name], f"more_{name}") for name in _COUNTS} | {j.seen_at: bind(j.seen_at, "now")}
    )
    .returning(j.bad)
)
_AGAIN = Statement(update(job).where(_MINE).values(dict.fromkeys(_COUNTS, 0)).returning(j.id))
_NO_PROBLEMS = Statement(problem.delete().where(problem.c.job_id == bind(j.id, "job")))
_END = {
    j.status: bind(j.status, "new_status"),
    j.message: bind(j.message, "new_message"),
    j.finished_at: bind(j.finished_at, "now"),
}
_ENDED = (j.id, j.caller, j.file_id, j.owns_file, j.dry_run, j.created + j.updated)
_FINISH = Statement(update(job).where(_MINE).values({**_END, j.not_held: bind(j.not_held, "held")}).returning(*_ENDED))
_CANCEL = Statement(update(job).where(j.id == bind(j.id, "job"), OPEN).values(_END).returning(*_ENDED))
_ADD_PROBLEM = Statement(
    insert(problem).values(
        job_id=bind(problem.c.job_id, "job"),
        line=bind(problem.c.line, "bad_line"),
        faults=bind(problem.c.faults, "bad_faults"),
    )
)
_oldest = select(j.id).order_by(j.id).limit(integer(100)).scalar_subquery()
_OLD = Statement(
    select(j.id).where(j.id.in_(_oldest), j.finished_at < bind(j.finished_at, "before")).order_by(j.id).limit(1)
)
_some = (
    select(problem.c.line)
    .where(problem.c.job_id == bind(problem.c.job_id, "job"))
    .order_by(problem.c.line)
    .limit(bind(j.id, "size"))
    .scalar_subquery()
)
_SOME_PROBLEMS = Statement(
    delete(problem)
    .where(problem.c.job_id == bind(problem.c.job_id, "job"), problem.c.line.in_(_some))
    .returning(problem.c.line)
)
_FORGET = Statement(delete(job).where(j.id == bind(j.id, "job")))


async def start(unit: Unit, caller: str, settings: ImportSettings, file: File, *, owns_file: bool) -> dict[str, Any]:
    """Queue an import of a file; its snapshot."""
    values = {
        "caller": caller,
        "status": QUEUED,
        "format": settings.format,
        "dry_run": int(settings.dry_run),
        "options": msgspec.json.encode(settings.options).decode(),
        "file_id": file.id,
        "owns_file": int(owns_file),
        "name": file.name,
        "bytes": file.bytes,
        "not_held": "[]",
        "created_at": unit.now(),
    }
    rows = await unit.all(_INSERT, **{f"new_{name}": value for name, value in values.items()})
    return await snapshot(unit, rows[0][0])


class Line(NamedTuple):
    """The number of unfinished imports, and how many of them have a live worker."""

    unfinished: int
    alive: int

    @property
    def waits(self) -> bool:
        """Whether a worker has work: one import runs at a time."""
        return self.unfinished > 0 and not self.alive


async def line(unit: Unit) -> Line:
    """The unfinished imports."""
    return Line(*(await unit.all(_COUNT, lapsed=unit.now() - LEASE))[0])


async def claim(unit: Unit, worker: str) -> Job | None:
    """Assign the next import to a worker; None while another one runs. A dry run starts over."""
    await unit.lock("import jobs")
    if not (await line(unit)).waits:
        return None
    rows = await unit.all(_CLAIM, new_worker=worker, now=unit.now())
    claimed = Job(*rows[0])
    if not claimed.dry_run:
        return claimed
    await unit.all(_NO_PROBLEMS, job=claimed.id)
    await unit.all(_AGAIN, job=claimed.id, mine=worker)
    return claimed._replace(lines=0)


async def record(unit: Unit, job_id: int, worker: str, report: Report, lines: int = 0, size: int = 0) -> None:
    """Record the outcome of some lines in their transaction, and renew the lease; raises `Stopped`."""
    counts = (size, lines, report.created, report.updated, report.unchanged, len(report.bad))
    more = {f"more_{name}": count for name, count in zip(_COUNTS, counts, strict=True)}
    rows = await unit.all(_RECORD, job=job_id, mine=worker, now=unit.now(), **more)
    if not rows:
        raise Stopped
    before = rows[0][0] - len(report.bad)
    for bad in report.bad[: max(0, MAX_PROBLEMS - before)]:
        await unit.all(_ADD_PROBLEM, job=job_id, bad_line=bad.number, bad_faults=_faults(bad))


def _faults(bad: Bad) -> str:
    faults = [
        {"field": ".".join(map(str, one.field)), "code": one.code, "message": one.message}
        for one in bad.field_errors[:MAX_FAULTS]
    ]
    return msgspec.json.encode(faults).decode()


async def finish(
    unit: Unit, job_id: int, worker: str, status: str, message: str | None, held: Sequence[tuple[str, int]]
) -> None:
    """End an import, and write to the change log if the catalogue changed; raises `Stopped`."""
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
        await log.write(unit, NewChange(Type.IMPORT_FINISHED, public_type="", caller=caller))


async def sweep(unit: Unit, ttl: int) -> bool:
    """Delete some remains of imports that ended longer ago than `ttl` microseconds; returns whether more remain."""
    rows = await unit.all(_OLD, before=unit.now() - ttl)
    if not rows:
        return False
    old = rows[0][0]
    if len(await unit.all(_SOME_PROBLEMS, job=old, size=_SWEPT_AT_ONCE)) < _SWEPT_AT_ONCE:
        await unit.all(_FORGET, job=old)
    return True
