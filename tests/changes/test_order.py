"""The order of the log is that in which readers see it: a reader that follows misses nothing, whatever writers do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.callers import Caller
from app.domain.catalogue import products
from app.domain.catalogue.product_rows import insert_all
from app.domain.changes.change_log import ChangeLog
from app.domain.fields.drafts import Variant
from app.domain.fields.product_fields import Draft as Product
from app.domain.idempotency import IdempotentRunner
from app.domain.orders import placements
from app.domain.orders.drafts import Draft, Item
from app.domain.unit_of_work import Database, Statement, Unit
from tests.changes.follower import BySequence, Follower, turned
from tests.changes.writers import Writers, step_aside
from tests.conftest import Run

DAY = 86_400_000_000
ANNE = Caller("anne", frozenset())
_TEA = Product("Tea", (Variant(100, stock=1000),))
_WAITING = Statement(text("SELECT 1 FROM pg_locks WHERE NOT granted"))


class Transaction:
    """A transaction that goes on step by step, while others run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._steps: asyncio.Queue[Callable[[Unit], Awaitable[Any]] | None] = asyncio.Queue()
        self._done: asyncio.Queue[None] = asyncio.Queue()
        self._task = asyncio.create_task(database.write(self._work))

    async def _work(self, unit: Unit) -> None:
        while step := await self._steps.get():
            await step(unit)
            self._done.put_nowait(None)

    async def step(self, work: Callable[[Unit], Awaitable[Any]]) -> None:
        """Do the next piece of work."""
        self._steps.put_nowait(work)
        await self._done.get()

    async def commit(self) -> None:
        """Commit."""
        self._steps.put_nowait(None)
        await self._task


async def _made(database: Database, count: int) -> list[int]:
    return await database.write(lambda unit: insert_all(unit, [_TEA] * count))


def _price(product: int, price: int) -> Callable[[Unit], Awaitable[None]]:
    return lambda unit: products.change(unit, product, {"price": price * 100}, None)


@pytest.mark.postgresql
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
class TestOnPostgreSQL:
    """Interleavings of transactions, each by hand."""

    def test_a_late_commit(self, database: Database, run: Run[Any]) -> None:
        """What commits after a later one was written is seen after it; a reader by sequence has passed it by then."""

        async def play() -> None:
            a, b = await _made(database, 2)
            reader = Follower(ChangeLog(database, DAY))
            await reader.follow()
            slow = Transaction(database)
            await slow.step(_price(a, 2))
            await database.write(_price(b, 2))
            by_sequence = BySequence(database)
            await by_sequence.follow()
            early = await reader.follow()
            await slow.commit()
            late = await reader.follow()
            assert [one.subject_id for one in (*early, *late)] == [a, b]
            await by_sequence.follow()
            assert len(by_sequence.seen) == 2  # the creation of both and one edit: it has passed the other one

        run(play())

    def test_an_old_transaction_that_edits_late(self, database: Database, run: Run[Any]) -> None:
        """The edits of a subject stand in their order, even where the later one's transaction began first."""

        async def play() -> None:
            a, b = await _made(database, 2)
            reader = Follower(ChangeLog(database, DAY))
            old = Transaction(database)
            await old.step(_price(a, 2))  # it has its id now
            await database.write(_price(b, 2))
            await old.step(_price(b, 3))
            await old.commit()
            await reader.follow()
            assert [(one.subject_id, one.version) for one in reader.seen[2:]] == [(a, 2), (b, 2), (b, 3)]

        run(play())

    def test_an_order_that_waits(self, database: Database, run: Run[Any]) -> None:
        """An order of one statement stands behind what was committed to its products while it waited for one."""

        async def play() -> None:
            a, b, late = await _made(database, 3)
            reader, runner = Follower(ChangeLog(database, DAY)), IdempotentRunner(database, DAY)
            first = Transaction(database)
            await first.step(_price(b, 2))
            placing = placements.place_order("anne", Draft((Item(a, 1), Item(b, 1), Item(late, 1)), None))
            placed = asyncio.create_task(runner.run(ANNE, "k", placing))
            await _until_one_waits(database)
            await database.write(_price(late, 2))
            await first.commit()
            await placed
            await reader.follow()
            edits, moves = reader.seen[3:5], reader.seen[5:]
            assert {(one.type, one.subject_id) for one in edits} == {("product.updated", b), ("product.updated", late)}
            assert [(one.type, one.subject_id) for one in moves] == [
                ("product.stock_changed", one) for one in (a, b, late)
            ]

        run(play())

    def test_aborted_transactions_leave_no_gap(self, database: Database, run: Run[Any]) -> None:
        """A transaction that ends without a commit holds readers up only until then."""

        async def play() -> None:
            a, b = await _made(database, 2)
            reader = Follower(ChangeLog(database, DAY))
            failing = Transaction(database)
            await failing.step(_price(a, 2))
            await database.write(_price(b, 2))
            await reader.follow()
            assert len(reader.seen) == 2

            async def fail(_: Unit) -> None:
                raise LookupError

            failing._steps.put_nowait(fail)  # noqa: SLF001 - it has no second step
            with pytest.raises(LookupError):
                await failing._task  # noqa: SLF001
            await reader.follow()
            assert [one.subject_id for one in reader.seen] == [a, b, b]

        run(play())


async def _until_one_waits(database: Database) -> None:
    while not await database.read(lambda unit: unit.all(_WAITING)):
        pass


def test_many_writers(database: Database, run: Run[Any]) -> None:
    """Readers that follow sixteen writers see each change once, those of a subject in their order."""
    each = 12

    async def play() -> list[Follower]:
        writers = Writers(database, await _made(database, 4), each, step_aside)
        readers = [Follower(ChangeLog(database, DAY), size) for size in (1, 3, 100)]
        writing = asyncio.gather(*map(writers.write, range(16)))
        while not writing.done():
            for reader in readers:
                await reader.follow()
            await asyncio.sleep(0)
        await writing
        for reader in readers:
            await reader.follow()
        return readers

    total = 4 + 2 * 16 * each
    for reader in run(play()):
        ids = [one.id for one in reader.seen]
        assert len(ids) == len(set(ids)) == total
        assert turned(reader.seen) == []
