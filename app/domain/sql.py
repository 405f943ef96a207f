"""The few pieces of SQL that the engines spell differently, as SQLAlchemy constructs.

Lists are bound as one value (JSON text on SQLite, an array on PostgreSQL), so one statement serves any length.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Subquery,
    Text,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from app.domain.unit_of_work import Engine

# ruff: noqa: N801 - these are named as SQL functions are


_KINDS = {str: "text", int: "bigint", float: "double precision"}


def integer(value: int) -> ColumnElement[int]:
    """An integer as a part of the statement's text, which its plan may depend on."""
    return literal_column(str(value), BigInteger())


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


class each_text(FunctionElement[str]):
    """The texts of a bound list as a table with the column `value`."""

    inherit_cache = True
    type = Text()


@compiles(each_text, "sqlite")
def _each_text_sqlite(element: each_text, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(each_text, "postgresql")
def _each_text_postgresql(element: each_text, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT unnest(CAST({compiler.process(element.clauses, **kw)} AS text[])) AS value)"


class contains(ColumnElement[bool]):
    """Whether a text has another as a part of it."""

    inherit_cache = True

    def __init__(self, text: ColumnElement[str], part: ColumnElement[str]) -> None:
        self.text, self.part = text, part


@compiles(contains, "sqlite")
def _contains_sqlite(element: contains, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.text, **kw)}, {compiler.process(element.part, **kw)}) > 0"


@compiles(contains, "postgresql")
def _contains_postgresql(element: contains, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.text, **kw)}, CAST({compiler.process(element.part, **kw)} AS text)) > 0"


class one_of(ColumnElement[bool]):
    """Whether a column is among the values of a bound list, given as an expression or by the name of its parameter."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], values: ColumnElement[Any] | str) -> None:
        self.column = column
        self.values = bindparam(values) if isinstance(values, str) else values


@compiles(one_of, "sqlite")
def _one_of_sqlite(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(one_of, "postgresql")
def _one_of_postgresql(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    array = f"{_KINDS[element.column.type.python_type]}[]"
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

    def __init__(self, column: ColumnElement[str], patterns: ColumnElement[Any]) -> None:
        self.column, self.patterns = column, patterns


@compiles(like_all, "sqlite")
def _like_all_sqlite(element: like_all, compiler: SQLCompiler, **kw: Any) -> str:
    column, patterns = compiler.process(element.column, **kw), compiler.process(element.patterns, **kw)
    return f"NOT EXISTS (SELECT 1 FROM json_each({patterns}) AS p WHERE {column} NOT LIKE p.value)"


@compiles(like_all, "postgresql")
def _like_all_postgresql(element: like_all, compiler: SQLCompiler, **kw: Any) -> str:
    column, patterns = compiler.process(element.column, **kw), compiler.process(element.patterns, **kw)
    return f"{column} LIKE ALL (CAST({patterns} AS text[]))"


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
    kind = _KINDS[element.type.python_type]
    return f"CAST({compiler.process(element.array, **kw)} ->> {element.index} AS {kind})"


def records(*columns: ColumnElement[Any], name: str = "rows") -> Subquery:
    """A bound JSON array of arrays as a table that has the names and types of these columns."""
    table = json_rows(bindparam(name)).table_valued("value", name="value")
    items = (json_item(table.c.value, n, column.type).label(column.name) for n, column in enumerate(columns))
    return select(*items).select_from(table).subquery("records")


class record_rows(FunctionElement[str]):
    """Bound rows as a derived table: one JSON array of arrays on SQLite, an array for each column on PostgreSQL."""

    inherit_cache = False  # its columns are no clauses

    def __init__(self, *columns: ColumnElement[Any]) -> None:
        super().__init__()
        self.columns_ = [(column.name, column.type) for column in columns]


@compiles(record_rows, "sqlite")
def _record_rows_sqlite(element: record_rows, compiler: SQLCompiler, **kw: Any) -> str:
    items = ", ".join(f"json_extract(value, '$[{n}]') AS {name}" for n, (name, _) in enumerate(element.columns_))
    return f"(SELECT {items} FROM json_each({compiler.process(bindparam('rows'), **kw)}))"


@compiles(record_rows, "postgresql")
def _record_rows_postgresql(element: record_rows, compiler: SQLCompiler, **kw: Any) -> str:
    names, arrays = [], []
    for n, (name, type_) in enumerate(element.columns_):
        array = f"{_KINDS[type_.python_type]}[]"
        names.append(name)
        arrays.append(f"CAST({compiler.process(bindparam(f'rows_{n}'), **kw)} AS {array})")
    return f"(SELECT * FROM unnest({', '.join(arrays)}) AS given ({', '.join(names)}))"


def many_records(*columns: ColumnElement[Any]) -> TableValuedAlias:
    """Rows, bound by `bind_rows`, as a table that has the names and types of these columns."""
    return record_rows(*columns).table_valued(*(Column(c.name, c.type) for c in columns), name="records")


def bind_rows(engine: Engine, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The values of `many_records`; there is at least one row."""
    if engine == "sqlite":
        return {"rows": list(rows)}
    return {f"rows_{n}": list(values) for n, values in enumerate(zip(*rows, strict=True))}
