"""The few pieces of SQL that the engines spell differently, as SQLAlchemy constructs.

Lists are bound as one value (JSON text on SQLite, an array on PostgreSQL), so one statement serves any length.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    bindparam,
    func,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.domain.sql.types import POSTGRESQL

# ruff: noqa: N801 - these are named as SQL functions are


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
    array = f"{POSTGRESQL[element.column.type.python_type]}[]"
    return f"{column} = ANY (CAST({values} AS {array}))"


class alone(ColumnElement[bool]):
    """Whether this transaction got the lock on these texts, held until it ends.

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


class unsorted(ColumnElement[Any]):
    """A sort key of PostgreSQL whose index is left alone: the rows are found by another index, and sorted then."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column, self.type = column, column.type


@compiles(unsorted)
def _unsorted(element: unsorted, compiler: SQLCompiler, **kw: Any) -> str:
    nothing = "|| ''" if element.type.python_type is str else "+ 0"
    return f"({compiler.process(element.column, **kw)} {nothing})"


@compiles(unindexed, "sqlite")
def _unindexed_sqlite(element: unindexed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+{compiler.process(element.column, **kw)}"


@compiles(unindexed, "postgresql")
def _unindexed_postgresql(element: unindexed, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.column, **kw)
