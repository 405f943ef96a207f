"""Bound rows as tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Subquery, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias

from app.domain.sql import bound_rows
from app.domain.sql.json_values import json_item, json_rows
from app.domain.sql.types import POSTGRESQL
from app.domain.unit_of_work import Engine

# ruff: noqa: N801 - these are named as SQL functions are


def records(*columns: ColumnElement[Any], name: str = "rows") -> Subquery:
    """A bound JSON array of arrays as a table that has the names and types of these columns."""
    table = json_rows(bindparam(name)).table_valued("value", name="value")
    items = (json_item(table.c.value, n, column.type).label(column.name) for n, column in enumerate(columns))
    return select(*items).select_from(table).subquery("records")


class record_rows(FunctionElement[str]):
    """Bound rows as a derived table: a list of VALUES on SQLite, an array for each column on PostgreSQL."""

    inherit_cache = False  # its columns are no clauses

    def __init__(self, *columns: ColumnElement[Any]) -> None:
        super().__init__()
        self.columns_ = [(column.name, column.type) for column in columns]


@compiles(record_rows, "sqlite")
def _record_rows_sqlite(element: record_rows, compiler: SQLCompiler, **kw: Any) -> str:
    names = ", ".join(f"column{n} AS {name}" for n, (name, _) in enumerate(element.columns_, 1))
    rows = compiler.process(bindparam("rows"), **kw)
    return f"(SELECT {names} FROM (VALUES {bound_rows.place(len(element.columns_), rows)}))"


@compiles(record_rows, "postgresql")
def _record_rows_postgresql(element: record_rows, compiler: SQLCompiler, **kw: Any) -> str:
    names, arrays = [], []
    for n, (name, type_) in enumerate(element.columns_):
        array = f"{POSTGRESQL[type_.python_type]}[]"
        names.append(name)
        arrays.append(f"CAST({compiler.process(bindparam(f'rows_{n}'), **kw)} AS {array})")
    return f"(SELECT * FROM unnest({', '.join(arrays)}) AS given ({', '.join(names)}))"


def many_records(*columns: ColumnElement[Any]) -> TableValuedAlias:
    """Rows, bound by `bind_rows`, as a table that has the names and types of these columns."""
    return record_rows(*columns).table_valued(*(Column(c.name, c.type) for c in columns), name="records")


def bind_rows(engine: Engine, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The values of `many_records`; there is at least one row."""
    if engine == "sqlite":
        return {"rows": rows}
    return {f"rows_{n}": list(values) for n, values in enumerate(zip(*rows, strict=True))}


def differing(before: Iterable[Sequence[Any]], after: Iterable[Sequence[Any]]) -> tuple[int, ...]:
    """The places of the values that differ in any pair of rows."""
    columns = zip(zip(*before, strict=True), zip(*after, strict=True), strict=True)
    return tuple(place for place, (old, new) in enumerate(columns) if old != new)
