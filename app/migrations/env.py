"""Alembic's environment: the connection is handed in, its transaction is the caller's."""

from typing import Any

from alembic import context

from app.domain import models

_NOT_MODELLED = "product_search"  # the word index is a virtual table on SQLite


def _modelled(_item: Any, name: str | None, *_: Any) -> bool:
    return not (name or "").startswith(_NOT_MODELLED)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.SQLModel.metadata,
    include_object=_modelled,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
