"""JSON in SQL: what a statement makes of rows, and what it reads from a bound array."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Text
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from app.domain.sql.dialects import compiled_as
from app.domain.sql.types import POSTGRESQL

# ruff: noqa: N801 - these are named as SQL functions are


def json_text(value: Any) -> str:
    """A value as JSON, for a bound value or a column of text."""
    return msgspec.json.encode(value).decode()


# Concatenated with an empty string it is text, which is a string in other JSON, as on PostgreSQL.
@compiled_as(
    sqlite="(json_group_array(json_array({clauses})) || '')",
    postgresql="CAST(coalesce(json_agg(json_build_array({clauses})), '[]') AS text)",
)
class json_tuples(FunctionElement[str]):
    """The tuples of all rows as the text of one JSON array of arrays."""

    inherit_cache = True
    type = Text()


@compiled_as(sqlite="json_array({clauses})", postgresql="json_build_array({clauses})")
class json_array(FunctionElement[str]):
    """The values as one JSON array."""

    inherit_cache = True
    type = Text()


@compiled_as(sqlite="json_group_array({clauses})", postgresql="coalesce(json_agg({clauses}), '[]')")
class json_group(FunctionElement[str]):
    """All rows as one JSON array, each as an array of its values; or as its `single` value."""

    inherit_cache = True
    type = Text()

    def __init__(self, *values: ColumnElement[Any], single: bool = False) -> None:
        super().__init__(*(values if single else (json_array(*values),)))


@compiled_as(sqlite="json({column})", postgresql="{column}")
class json_value(ColumnElement[str]):
    """A column that holds JSON, as a value in other JSON: SQLite takes it for text otherwise."""

    inherit_cache = True
    type = Text()

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column


@compiled_as(sqlite="json_each({clauses})", postgresql="json_array_elements(CAST({clauses} AS json))")
class json_rows(FunctionElement[str]):
    """The rows of a bound JSON array of arrays as a table with the column `value`."""

    inherit_cache = True
    type = Text()


@compiled_as(sqlite="json_extract({array}, '$[{index}]')", postgresql="CAST({array} ->> {index} AS {type_name})")
class json_item(ColumnElement[Any]):
    """The item of a JSON array at an index, as a type."""

    inherit_cache = True

    def __init__(self, array: ColumnElement[Any], index: int, type_: TypeEngine[Any]) -> None:
        self.array, self.index, self.type = array, index, type_

    @property
    def type_name(self) -> str:
        """The type on PostgreSQL."""
        return POSTGRESQL[self.type.python_type]
