"""The tables of models, for statements of SQLAlchemy Core (docs/decisions/0011-sqlmodel-declares-the-tables.md)."""

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """The table that a model declares."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined] # SQLModel makes it


def bind(column: ColumnElement[Any], name: str = "") -> BindParameter[Any]:
    """A parameter with the type of a column, under its name or another name."""
    return bindparam(name or column.name, type_=column.type)


def new_values(columns: Iterable[ColumnElement[Any]]) -> dict[str, BindParameter[Any]]:
    """Parameters for values of columns, which are named `new_` and the column's name."""
    return {column.name: bind(column, f"new_{column.name}") for column in columns}
