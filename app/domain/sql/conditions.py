"""The few pieces of SQL that the engines spell differently, as SQLAlchemy constructs.

Lists are bound as one value (JSON text on SQLite, an array on PostgreSQL), so one statement serves any length.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, bindparam, func, literal_column
from sqlalchemy.sql.functions import FunctionElement

from app.domain.sql.dialects import compiled_as
from app.domain.sql.types import POSTGRESQL

# ruff: noqa: N801 - these are named as SQL functions are


def integer(value: int) -> ColumnElement[int]:
    """An integer as a part of the statement's text, which its plan may depend on."""
    return literal_column(str(value), BigInteger())


@compiled_as(sqlite="json_each({clauses})", postgresql="unnest(CAST({clauses} AS bigint[]))")
class each(FunctionElement[int]):
    """The integers of a bound list as a table with the column `value`."""

    inherit_cache = True
    type = BigInteger()


@compiled_as(sqlite="json_each({clauses})", postgresql="(SELECT unnest(CAST({clauses} AS text[])) AS value)")
class each_text(FunctionElement[str]):
    """The texts of a bound list as a table with the column `value`."""

    inherit_cache = True
    type = Text()


@compiled_as(sqlite="instr({text}, {part}) > 0", postgresql="strpos({text}, CAST({part} AS text)) > 0")
class contains(ColumnElement[bool]):
    """Whether a text has another as a part of it."""

    inherit_cache = True

    def __init__(self, text: ColumnElement[str], part: ColumnElement[str]) -> None:
        self.text, self.part = text, part


@compiled_as(
    sqlite="{column} IN (SELECT value FROM json_each({values}))",
    postgresql="{column} = ANY (CAST({values} AS {type_name}[]))",
)
class one_of(ColumnElement[bool]):
    """Whether a column is among the values of a bound list, given as an expression or by the name of its parameter."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], values: ColumnElement[Any] | str) -> None:
        self.column = column
        self.values = bindparam(values) if isinstance(values, str) else values

    @property
    def type_name(self) -> str:
        """The type of the values on PostgreSQL."""
        return POSTGRESQL[self.column.type.python_type]


@compiled_as(sqlite="+{column} IN {rows}", postgresql="({column} IN {rows}) IS TRUE")
class among(ColumnElement[bool]):
    """Whether a column is among the rows of a select, which are read once, and hashed.

    Otherwise the engines might join the rows, and look each of them up: they expect few, whatever the values.
    """

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], rows: Select[Any]) -> None:
        self.column, self.rows = column, rows.scalar_subquery()


@compiled_as(sqlite="true", postgresql="pg_try_advisory_xact_lock(hashtextextended({texts}, 0))")
class alone(ColumnElement[bool]):
    """Whether this transaction got the lock on these texts, which it holds until it ends.

    True on SQLite, where one transaction writes at a time.
    """

    inherit_cache = True

    def __init__(self, *texts: ColumnElement[str]) -> None:
        self.texts = func.concat_ws(literal_column("chr(31)"), *texts)


@compiled_as(
    sqlite="NOT EXISTS (SELECT 1 FROM json_each({patterns}) AS p WHERE {column} NOT LIKE p.value)",
    postgresql="{column} LIKE ALL (CAST({patterns} AS text[]))",
)
class like_all(ColumnElement[bool]):
    """Whether a text column is LIKE every pattern of a bound list."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[str], patterns: ColumnElement[Any]) -> None:
        self.column, self.patterns = column, patterns


@compiled_as(sqlite="+{column}", postgresql="{column}")
class unindexed(ColumnElement[Any]):
    """A column whose indexes a condition should leave to another one; PostgreSQL uses an index for both."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column, self.type = column, column.type


@compiled_as(sqlite="({column} {nothing})", postgresql="({column} {nothing})")
class unsorted(ColumnElement[Any]):
    """A sort key whose index is left alone: the rows are found by another index, and sorted then."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column, self.type = column, column.type
        self.nothing = "|| ''" if column.type.python_type is str else "+ 0"
