"""Runs the domain's own writing in a migration, on the connection of that."""

import json
from collections.abc import Coroutine, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Executable

from app.domain.unit_of_work import Engine, Statement, Unit


class _Unit:
    """The connection of a migration, as the domain sees it."""

    def __init__(self, bind: Connection) -> None:
        self._bind = bind
        self.engine: Engine = "sqlite" if bind.dialect.name == "sqlite" else "postgresql"

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Any]:
        """Every row of the statement."""
        if self.engine == "sqlite":
            values = {name: json.dumps(v) if isinstance(v, list) else v for name, v in values.items()}
        found = self._bind.execute(cast(Executable, statement.clause), values)
        return found.all() if found.returns_rows else ()


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
