"""The few pieces of SQL that the engines spell differently, as SQLAlchemy constructs.

Lists are bound as one value (JSON text on SQLite, an array on PostgreSQL), so one statement serves any length.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, Text, bindparam, func, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

# ruff: noqa: N801 - these are named as SQL functions are


class each(FunctionElement[int]):
    """The integers of a bound list as a table with the column `value`."""

    inherit_cache = True
    type = BigInteger()


@compiles(each, "sqlite")
def _each_sqlite(element: each, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(each, "postgresql")
def _each_postgresql(element: each, compiler: SQLCompiler, **kw: Any) -> str:
    return f"unnest(CAST({compiler.process(element.clauses, **kw)} AS bigint[]))"


class one_of(ColumnElement[bool]):
    """Whether a column is among the values of a bound list."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values: ColumnElement[Any] = bindparam(name)


@compiles(one_of, "sqlite")
def _one_of_sqlite(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(one_of, "postgresql")
def _one_of_postgresql(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    array = "text[]" if element.column.type.python_type is str else "bigint[]"
    return f"{column} = ANY (CAST({values} AS {array}))"


class alone(ColumnElement[bool]):
    """Whether no other open transaction says the same of these texts; then none can until this one ends.

    True on SQLite, where one transaction writes at a time.
    """

    inherit_cache = True

    def __init__(self, *texts: ColumnElement[str]) -> None:
        self.texts = func.concat_ws(literal_column("chr(31)"), *texts)


@compiles(alone, "sqlite")
def _alone_sqlite(element: alone, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "true"


@compiles(alone, "postgresql")
def _alone_postgresql(element: alone, compiler: SQLCompiler, **kw: Any) -> str:
    return f"pg_try_advisory_xact_lock(hashtextextended({compiler.process(element.texts, **kw)}, 0))"


class like_all(ColumnElement[bool]):
    """Whether a text column is LIKE every pattern of a bound list."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        self.column = column
        self.patterns: ColumnElement[Any] = bindparam(name)


@compiles(like_all, "sqlite")
def _like_all_sqlite(element: like_all, compiler: SQLCompiler, **kw: Any) -> str:
    column, patterns = compiler.process(element.column, **kw), compiler.process(element.patterns, **kw)
    return f"NOT EXISTS (SELECT 1 FROM json_each({patterns}) AS p WHERE {column} NOT LIKE p.value)"


@compiles(like_all, "postgresql")
def _like_all_postgresql(element: like_all, compiler: SQLCompiler, **kw: Any) -> str:
    column, patterns = compiler.process(element.column, **kw), compiler.process(element.patterns, **kw)
    return f"{column} LIKE ALL (CAST({patterns} AS text[]))"


class among(ColumnElement[bool]):
    """Whether a column is among the rows of a limited, correlated select, which is read once for each outer row."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], rows: Select[Any]) -> None:
        self.column, self.rows = column, rows


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, rows = compiler.process(element.column, **kw), compiler.process(element.rows.scalar_subquery(), **kw)
    return f"{column} IN {rows}"


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, rows = compiler.process(element.column, **kw), compiler.process(element.rows.scalar_subquery(), **kw)
    return f"{column} = ANY (ARRAY{rows})"


class unindexed(ColumnElement[Any]):
    """A column whose indexes a condition should leave to another one; PostgreSQL uses an index for both."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column, self.type = column, column.type


@compiles(unindexed, "sqlite")
def _unindexed_sqlite(element: unindexed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+{compiler.process(element.column, **kw)}"


@compiles(unindexed, "postgresql")
def _unindexed_postgresql(element: unindexed, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.column, **kw)


class json_tuples(FunctionElement[str]):
    """The tuples of all rows as the text of one JSON array of arrays."""

    inherit_cache = True
    type = Text()


@compiles(json_tuples, "sqlite")
def _json_tuples_sqlite(element: json_tuples, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **kw)}))"


@compiles(json_tuples, "postgresql")
def _json_tuples_postgresql(element: json_tuples, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(coalesce(json_agg(json_build_array({compiler.process(element.clauses, **kw)})), '[]') AS text)"


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
    kind = "text" if element.type.python_type is str else "bigint"
    return f"CAST({compiler.process(element.array, **kw)} ->> {element.index} AS {kind})"


def records(*columns: ColumnElement[Any], name: str = "rows") -> Subquery:
    """A bound JSON array of arrays as a table that has the names and types of these columns."""
    table = json_rows(bindparam(name)).table_valued("value", name="value")
    items = (json_item(table.c.value, n, column.type).label(column.name) for n, column in enumerate(columns))
    return select(*items).select_from(table).subquery("records")
