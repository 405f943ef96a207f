"""What is done to a server before it runs: it dies at a named point, or keeps its keys as most do."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import asyncpg as postgresql

from app import components
from app.domain import idempotency
from app.domain.callers import Caller
from app.domain.idempotency import Command, IdempotentRunner, Outcome
from app.domain.orders import order_statement
from app.domain.unit_of_work import Row, Statement, Unit, first
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.unit import PostgresUnit
from app.stores.prepared import prepare
from app.stores.sqlite.database import SqliteDatabase
from app.stores.sqlite.unit import SqliteUnit

POINTS = ("claimed", "effected", "stored", "committed")
"""After the claim, before the effect; after the effect, before its record; before the commit; before the answer."""


def die(point: str) -> None:
    """Have the server die, as by `kill -9`, when the first request with a key comes to a point.

    All but the last are points between statements: an order is not placed in one.
    """
    if point == "committed":
        for database in (SqliteDatabase, PostgresDatabase):
            _wrap(database, "write", after=lambda *_: True)
        _wrap(PostgresDatabase, "write_in_one_statement", after=lambda *_: True)
    else:
        PostgresDatabase.write_in_one_statement = SqliteDatabase.write_in_one_statement  # type: ignore[assignment,method-assign]
        statement = idempotency._CLAIM if point == "claimed" else idempotency._STORE  # noqa: SLF001
        for unit in (SqliteUnit, PostgresUnit):
            here = {("before" if point == "effected" else "after"): lambda run, *_: run is statement}
            _wrap(unit, "all", **here)


def die_sending(_: str) -> None:
    """Have the server die once it has sent the one statement of an order, and PostgreSQL is at it."""
    original = PostgresUnit.all

    async def wrapped(self: PostgresUnit, statement: Statement, /, **values: object) -> Any:
        if statement is not order_statement.PLACE:
            return await original(self, statement, **values)
        sql = prepare(statement, "postgresql", postgresql.dialect()).sql  # type: ignore[no-untyped-call]
        await self._session._connection._get_statement(sql, None)  # noqa: SLF001 - so that it is sent in one piece
        sending = asyncio.create_task(original(self, statement, **values))
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGKILL)
        return await sending

    PostgresUnit.all = wrapped  # type: ignore[method-assign]


def _never(*_: Any) -> bool:
    return False


def _wrap(owner: Any, name: str, before: Callable[..., bool] = _never, after: Callable[..., bool] = _never) -> None:
    original = getattr(owner, name)

    async def wrapped(self: Any, first: Any, /, *args: Any, **values: Any) -> Any:
        if before(first):
            os.kill(os.getpid(), signal.SIGKILL)
        result = await original(self, first, *args, **values)
        if after(first):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, wrapped)


def be_naive(how: str) -> None:
    """Have the server keep answers in `memory`, or store them `afterwards`, in a transaction of their own."""
    components.IdempotentRunner = {"memory": InMemory, "afterwards": Afterwards}[how]  # type: ignore[attr-defined]


class InMemory(IdempotentRunner):
    """Looks a key up, does what is asked, then remembers the answer."""

    async def run(self, caller: Caller, key: str | None, command: Command) -> Outcome:
        """Run a command, unless there is an answer."""
        assert key
        found = await self.recall(key)
        if found:
            return Outcome(found, replayed=True)
        made = dict(await self.database.write(command.effect))
        await self.remember(key, made)
        return Outcome(made)

    async def recall(self, key: str) -> dict[str, Any] | None:
        """The answer to a key."""
        return _ANSWERS.get(key)

    async def remember(self, key: str, made: dict[str, Any]) -> None:
        """Keep an answer."""
        _ANSWERS[key] = made


_ANSWERS: dict[str, dict[str, Any]] = {}
_RECORD = Statement(insert(idempotency.record))


class Afterwards(InMemory):
    """The same with answers in the database."""

    async def recall(self, key: str) -> dict[str, Any] | None:
        """The answer to a key."""
        claim = {"caller": "", "operation": "order.place", "key": key}

        async def work(unit: Unit) -> Row | None:
            return await first(unit, idempotency._FIND[unit.engine], **claim, now=unit.now())  # noqa: SLF001

        found = await self.database.read(work)
        return msgspec.json.decode(found[1])["done"] if found else None

    async def remember(self, key: str, made: dict[str, Any]) -> None:
        """Keep an answer; of two that race the first stays."""
        claim = {"caller": "", "operation": "order.place", "key": key}
        outcome = msgspec.json.encode({"done": made}).decode()

        async def work(unit: Unit) -> None:
            if await first(unit, idempotency._FIND[unit.engine], **claim, now=0) is None:  # noqa: SLF001
                await unit.all(_RECORD, **claim, fingerprint="", outcome=outcome, expires_at=unit.now() * 2)

        await self.database.write(work)
