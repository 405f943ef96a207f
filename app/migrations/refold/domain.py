"""Runs the domain's own writing in a migration, on the connection of that."""

import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Executable

from app.domain.sql import bound_rows
from app.domain.unit_of_work import Engine, Statement, Unit


class _Unit:
    """The connection of a migration, as the domain sees it."""

    def __init__(self, bind: Connection) -> None:
        self._bind = bind
        self.engine: Engine = "sqlite" if bind.dialect.name == "sqlite" else "postgresql"

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Any]:
        """Every row of the statement."""
        if self.engine == "sqlite":
            compiled: Any = cast(ClauseElement, statement.clause).compile(dialect=self._bind.dialect)
            if bound_rows.width(sql := str(compiled)):
                return self._all_rows(sql, compiled.positiontup, compiled.params | values)
            values = {name: json.dumps(v) if isinstance(v, list) else v for name, v in values.items()}
        found = self._bind.execute(cast(Executable, statement.clause), values)
        return found.all() if found.returns_rows else ()

    def _all_rows(self, sql: str, names: Sequence[str], values: Mapping[str, Any]) -> Sequence[Any]:
        """Every row of a statement that binds rows."""
        rows: list[Any] = []
        for text, part in bound_rows.parts(sql, names, [values[name] for name in names]):
            found = self._bind.exec_driver_sql(text, tuple(part))
            rows += found.all() if found.returns_rows else ()
        return rows


def unit(bind: Connection) -> Unit:
    """A unit of work that runs statements, and nothing else."""
    return cast(Unit, _Unit(bind))


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never suspends."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise RuntimeError("a migration suspended")
