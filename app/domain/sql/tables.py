"""The tables of models, for statements of SQLAlchemy Core (docs/decisions/0011-sqlmodel-declares-the-tables.md)."""

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """The table that a model declares."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined] # SQLModel makes it
