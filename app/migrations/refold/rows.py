"""Rows of a table by id, some at a time, and the keys among them that are taken."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, text

SIZE = 1_000


def batches(bind: Connection, columns: str, table: str) -> Iterator[Sequence[Sequence[Any]]]:
    """All rows of a table, `SIZE` at a time; the id comes first."""
    statement = text(f"SELECT {columns} FROM {table} WHERE id > :after ORDER BY id LIMIT {SIZE}")  # noqa: S608 - ours
    after = 0
    while rows := bind.execute(statement, {"after": after}).all():
        yield rows
        after = rows[-1][0]


def among(bind: Connection, sql: str, values: Sequence[str | int]) -> Sequence[Sequence[Any]]:
    """The rows of a query with `IN :values`."""
    return bind.execute(text(sql).bindparams(bindparam("values", expanding=True)), {"values": values}).all()


def shown(value: str) -> str:
    """A text in quotes, with escapes for what cannot be seen."""
    return f"`{value.encode('unicode_escape').decode() if not value.isprintable() else value}`"
