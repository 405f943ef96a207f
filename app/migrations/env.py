"""Alembic's environment: the connection is handed in, its transaction is the caller's."""

from typing import Any

from alembic import context
from sqlmodel import SQLModel

import app.domain.models  # noqa: F401 - it fills the metadata

_NOT_MODELLED = "product_search"  # the word index is a virtual table on SQLite


def _modelled(_item: Any, name: str | None, *_: Any) -> bool:
    return not (name or "").startswith(_NOT_MODELLED)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=_modelled,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
