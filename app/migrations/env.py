"""Alembic's environment: the caller passes the connection, owns its transaction, and gets each revision."""

from alembic import context
from sqlmodel import SQLModel

import app.domain.changes.models
import app.domain.file_models
import app.domain.import_models
import app.domain.models
import app.domain.orders.models
import app.domain.webhooks.models  # noqa: F401 - they fill the metadata
from app.migrations.modelled import modelled

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=modelled,
    render_as_batch=True,
    transactional_ddl=False,
    on_version_apply=lambda step, **_: context.config.attributes["applied"](step.up_revision_id),
)
context.run_migrations()
