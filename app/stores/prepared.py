"""Statements as the driver takes them: compiled once by SQLAlchemy for an engine, then run without it."""

from typing import Any, NamedTuple

from sqlalchemy import Dialect

from app.domain.unit_of_work import Engine, Statement


class Prepared(NamedTuple):
    """SQL text with positional parameters, their names in order, and the values of those that come with the text."""

    sql: str
    names: tuple[str, ...]
    defaults: dict[str, Any]


def prepare(statement: Statement, engine: Engine, dialect: Dialect) -> Prepared:
    """Compile a statement for an engine and keep the result with it."""
    compiled: Any = statement.clause.compile(dialect=dialect)
    names = tuple(compiled.positiontup or ())
    defaults = {name: value for name, value in compiled.construct_params(_check=False).items() if value is not None}
    prepared = Prepared(str(compiled), names, defaults)
    statement.prepared[engine] = prepared
    return prepared
