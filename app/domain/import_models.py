"""The tables of imports that the service runs by itself."""

from sqlalchemy import CheckConstraint, Column, Identity, Index
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

from app.domain.columns import ID, integer, reference, text

STATUSES = QUEUED, RUNNING, DONE, FAILED, CANCELLED = ("queued", "running", "done", "failed", "cancelled")
_OPEN = sql_text(f"status IN ('{QUEUED}', '{RUNNING}')")


class ImportJob(SQLModel, table=True):
    """An import of a stored file: its options, progress and result.

    `taken` counts the bytes of the lines that were read. `options` is JSON, and so is `not_held`. The file of a job
    that `owns_file` is deleted at its end. `worker` runs it, and was active at `seen_at`.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("dry_run IN (0, 1) AND owns_file IN (0, 1)", name="flags"),
        Index("ix_import_job_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", ID, Identity(), primary_key=True))
    caller: str = Field(sa_column=text("caller"))
    status: str = Field(sa_column=text("status"))
    format: str = Field(sa_column=text("format"))
    dry_run: int = Field(sa_column=integer("dry_run"))
    options: str = Field(sa_column=text("options"))
    file_id: str = Field(sa_column=text("file_id"))
    owns_file: int = Field(sa_column=integer("owns_file"))
    name: str = Field(sa_column=text("name"))
    bytes: int = Field(sa_column=integer("bytes"))
    taken: int = Field(sa_column=integer("taken"))
    lines: int = Field(sa_column=integer("lines"))
    created: int = Field(sa_column=integer("created"))
    updated: int = Field(sa_column=integer("updated"))
    unchanged: int = Field(sa_column=integer("unchanged"))
    bad: int = Field(sa_column=integer("bad"))
    not_held: str = Field(sa_column=text("not_held"))
    message: str | None = Field(default=None, sa_column=text("message", nullable=True))
    created_at: int = Field(sa_column=integer("created_at"))
    started_at: int | None = Field(default=None, sa_column=integer("started_at", nullable=True))
    finished_at: int | None = Field(default=None, sa_column=integer("finished_at", nullable=True))
    worker: str | None = Field(default=None, sa_column=text("worker", nullable=True))
    seen_at: int | None = Field(default=None, sa_column=integer("seen_at", nullable=True))


class ImportProblem(SQLModel, table=True):
    """A bad line of an import; `faults` is JSON."""

    __tablename__ = "import_problem"
    job_id: int = Field(sa_column=reference("job_id", "import_job.id", cascade=True, primary_key=True))
    line: int = Field(sa_column=integer("line", primary_key=True))
    faults: str = Field(sa_column=text("faults"))
