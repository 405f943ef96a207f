"""Statements as the driver takes them: compiled once by SQLAlchemy for an engine, then run without it."""

from typing import Any, NamedTuple, cast

from sqlalchemy import ClauseElement, Dialect

from app.domain.sql import bound_rows
from app.domain.unit_of_work import Engine, Statement


class Prepared(NamedTuple):
    """SQL text with positional parameters, their names in order, and the values of those that come with the text.

    `takes_rows`: it is for SQLite, and binds rows (`bound_rows`).
    """

    sql: str
    names: tuple[str, ...]
    defaults: dict[str, Any]
    takes_rows: bool


def prepare(statement: Statement, engine: Engine, dialect: Dialect) -> Prepared:
    """Compile a statement for an engine and keep the result with it, in place of its clause if it is for no other."""
    clause = statement.clause
    if clause is None:  # another thread has just compiled it
        return cast(Prepared, statement.prepared[engine])
    made = clause if isinstance(clause, ClauseElement) else clause()
    compiled: Any = made.compile(dialect=dialect)
    names = tuple(compiled.positiontup or ())
    defaults = {name: value for name, value in compiled.construct_params(_check=False).items() if value is not None}
    sql = str(compiled)
    prepared = Prepared(sql, names, defaults, bound_rows.width(sql) > 0)
    statement.prepared[engine] = prepared
    if statement.engine:
        statement.clause = None
    return prepared
