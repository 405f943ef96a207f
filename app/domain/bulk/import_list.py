"""Lists of imports: their progress, results and bad lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, case, func, literal_column, select

from app.domain import addresses
from app.domain.callers import Scope
from app.domain.import_models import QUEUED, RUNNING, ImportJob, ImportProblem
from app.domain.pagination.paging import Listing, Source, Values
from app.domain.sql.conditions import integer
from app.domain.sql.tables import bind, table_of
from app.domain.unit_of_work import Engine, Row, Statement, Unit

job = table_of(ImportJob)
problem = table_of(ImportProblem)
j = job.c


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of imports: all, or those with a status."""

    status: str | None = None
    scope: ClassVar[Scope | None] = Scope.CATALOG_WRITE

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions with their values."""
        return {} if self.status is None else {"status": self.status}


def _source(_key: str, conditions: tuple[str, ...], values: Values, _bare: bool) -> Source:
    rows = select().select_from(job).where(*(j.status == values(name, j.status) for name in conditions))
    return Source(rows, j.id, j.id)


_other = job.alias("other")


def has_status(*statuses: str, table: str = job.name) -> ColumnElement[bool]:
    """Whether an import has one of these states, as literals: the partial index has only unfinished imports."""
    words = ", ".join(f"'{status}'" for status in statuses)
    return literal_column(f"{table}.status IN ({words})")


OPEN = has_status(QUEUED, RUNNING)
"""The unfinished imports."""
_milliseconds = (j.seen_at - j.started_at) // integer(1_000)
_AHEAD = (
    select(func.count())
    .select_from(_other)
    .where(has_status(QUEUED, RUNNING, table="other"), _other.c.id < j.id)
    .correlate(job)
    .scalar_subquery()
)
_SECONDS_LEFT: ColumnElement[Any] = case(
    (
        and_(has_status(RUNNING), j.taken > integer(0)),
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
        "ahead": case((has_status(QUEUED), _AHEAD), else_=integer(0)),
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


_GET = Statement(select(*LISTING.columns.values()).where(j.id == bind(j.id)))
_PROBLEMS = Statement(
    select(problem.c.line, problem.c.faults)
    .where(problem.c.job_id == bind(problem.c.job_id, "job"), problem.c.line > bind(problem.c.line, "after"))
    .order_by(problem.c.line)
    .limit(bind(j.id, "size"))
)


async def get(unit: Unit, job_id: int) -> Row:
    """All columns of an import; raises `NotFound`."""
    return await addresses.find(unit, "import", _GET, job_id)


async def snapshot(unit: Unit, job_id: int) -> dict[str, Any]:
    """All columns of an import by name; raises `NotFound`."""
    return dict(zip(EVERYTHING, await get(unit, job_id), strict=True))


async def problems(unit: Unit, job_id: int, after: int, size: int) -> Sequence[Row]:
    """Some bad lines after a line number: their numbers, and the JSON of their errors."""
    return await unit.all(_PROBLEMS, job=job_id, after=after, size=size)
