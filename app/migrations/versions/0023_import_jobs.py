"""Imports that the service runs by itself, and the lines of theirs that did not land."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_OPEN = sa.text("status IN ('queued', 'running')")


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, _TEXT, nullable=nullable) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def upgrade() -> None:
    op.create_table(
        "import_job",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        *_texts("caller", "status", "format"),
        *_numbers("dry_run"),
        *_texts("options", "file_id"),
        *_numbers("owns_file"),
        *_texts("name"),
        *_numbers("bytes", "taken", "lines", "created", "updated", "unchanged", "bad"),
        *_texts("not_held"),
        *_texts("message", nullable=True),
        *_numbers("created_at"),
        *_numbers("started_at", "finished_at", nullable=True),
        *_texts("worker", nullable=True),
        *_numbers("seen_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_import_job"),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_import_job_status")
        ),
        sa.CheckConstraint("dry_run IN (0, 1) AND owns_file IN (0, 1)", name=op.f("ck_import_job_flags")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_import_job_open", "import_job", ["id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "import_problem",
        sa.Column("job_id", _ID, nullable=False),
        *_numbers("line"),
        *_texts("faults"),
        sa.PrimaryKeyConstraint("job_id", "line", name="pk_import_problem"),
        sa.ForeignKeyConstraint(["job_id"], ["import_job.id"], name="fk_import_problem_job_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("import_problem")
    op.drop_table("import_job")
