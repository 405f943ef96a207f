"""JSON in SQL: what a statement makes of rows, and what it reads from a bound array."""

from typing import Any

from sqlalchemy import ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from app.domain.sql.types import POSTGRESQL

# ruff: noqa: N801 - these are named as SQL functions are


class json_tuples(FunctionElement[str]):
    """The tuples of all rows as the text of one JSON array of arrays."""

    inherit_cache = True
    type = Text()


@compiles(json_tuples, "sqlite")
def _json_tuples_sqlite(element: json_tuples, compiler: SQLCompiler, **kw: Any) -> str:
    # Joined to nothing it is text, which stands inside other JSON as a string, as it does on PostgreSQL.
    return f"(json_group_array(json_array({compiler.process(element.clauses, **kw)})) || '')"


@compiles(json_tuples, "postgresql")
def _json_tuples_postgresql(element: json_tuples, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(coalesce(json_agg(json_build_array({compiler.process(element.clauses, **kw)})), '[]') AS text)"


class json_array(FunctionElement[str]):
    """The values as one JSON array."""

    inherit_cache = True
    type = Text()


@compiles(json_array, "sqlite")
def _json_array_sqlite(element: json_array, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **kw)})"


@compiles(json_array, "postgresql")
def _json_array_postgresql(element: json_array, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_build_array({compiler.process(element.clauses, **kw)})"


class json_group(FunctionElement[str]):
    """All rows as one JSON array, each as an array of its values; or as its `single` value."""

    inherit_cache = True
    type = Text()

    def __init__(self, *values: ColumnElement[Any], single: bool = False) -> None:
        super().__init__(*(values if single else (json_array(*values),)))


@compiles(json_group, "sqlite")
def _json_group_sqlite(element: json_group, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **kw)})"


@compiles(json_group, "postgresql")
def _json_group_postgresql(element: json_group, compiler: SQLCompiler, **kw: Any) -> str:
    return f"coalesce(json_agg({compiler.process(element.clauses, **kw)}), '[]')"


class json_value(ColumnElement[str]):
    """A column that holds JSON, as it stands inside other JSON: SQLite takes it for text otherwise."""

    inherit_cache = True
    type = Text()

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column


@compiles(json_value, "sqlite")
def _json_value_sqlite(element: json_value, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json({compiler.process(element.column, **kw)})"


@compiles(json_value, "postgresql")
def _json_value_postgresql(element: json_value, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.column, **kw)


class json_rows(FunctionElement[str]):
    """The rows of a bound JSON array of arrays as a table with the column `value`."""

    inherit_cache = True
    type = Text()


@compiles(json_rows, "sqlite")
def _json_rows_sqlite(element: json_rows, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(json_rows, "postgresql")
def _json_rows_postgresql(element: json_rows, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **kw)} AS json))"


class json_item(ColumnElement[Any]):
    """The item of a JSON array at an index, as a type."""

    inherit_cache = True

    def __init__(self, array: ColumnElement[Any], index: int, type_: TypeEngine[Any]) -> None:
        self.array, self.index, self.type = array, index, type_


@compiles(json_item, "sqlite")
def _json_item_sqlite(element: json_item, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_extract({compiler.process(element.array, **kw)}, '$[{element.index}]')"


@compiles(json_item, "postgresql")
def _json_item_postgresql(element: json_item, compiler: SQLCompiler, **kw: Any) -> str:
    kind = POSTGRESQL[element.type.python_type]
    return f"CAST({compiler.process(element.array, **kw)} ->> {element.index} AS {kind})"
