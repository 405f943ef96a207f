"""Exactly once under concurrency: many requests with one key, sweeps between them, and requests that are cut off."""

import asyncio
from functools import partial
from typing import Any

import pytest

from app.domain.errors import (
    Code,
    TandemError,
)
from app.domain.idempotency import Command, Outcome, Snapshot, sweep
from app.domain.unit_of_work import Engine, Unit
from app.stores.database import open_database
from tests.clock import Clock
from tests.conftest import Run
from tests.domain.tills import ANNE, PRODUCTS, TTL, Till
from tests.locks import until_waiting
from tests.servers import PATIENCE


def test_claimed_while_swept(till: Till, clock: Clock, engine: Engine, database_url: str) -> None:
    """A key that is used anew while its old record is being swept is not swept: the new outcome stays.

    On SQLite there is one writer, so that nothing comes in between.
    """
    till.send()
    clock.now += TTL

    async def race() -> None:
        claimed, go_on = asyncio.Event(), asyncio.Event()

        async def slow(unit: Unit) -> Snapshot:
            claimed.set()
            await go_on.wait()
            return await till.command().effect(unit)

        using = asyncio.create_task(till.runner.run(ANNE, "K", Command("test", 1, slow)))
        await claimed.wait()
        sweeping = asyncio.create_task(till.runner.database.write(lambda unit: sweep(unit, 100)))
        await until_waiting(database_url, 1)
        go_on.set()
        await asyncio.gather(using, sweeping)

    if engine == "postgresql":
        till.run(race())
    else:
        assert not till.send().replayed
        assert till.sweep() == 0
    assert till.send().replayed
    assert till.effects() == 2


@pytest.mark.parametrize("expired", [False, True], ids=["new", "expired"])
def test_many_at_once(till: Till, clock: Clock, expired: bool) -> None:
    """Of many concurrent requests with a key one takes effect; all others are told of it, or that it still runs.

    The same of a key whose old record has expired, but is there still.
    """
    if expired:
        till.send(payload="old")
        clock.now += TTL

    async def all_at_once() -> list[Any]:
        sent = (till.runner.run(ANNE, "K", till.command()) for _ in range(50))
        return await asyncio.gather(*sent, return_exceptions=True)

    outcomes = till.run(all_at_once())
    told = [one for one in outcomes if isinstance(one, Outcome)]
    assert {one.code for one in outcomes if not isinstance(one, Outcome)} <= {Code.IDEMPOTENCY_KEY_IN_USE}
    assert len({one.snapshot["id"] for one in told}) == 1
    assert sum(not one.replayed for one in told) == 1
    assert (till.effects(), till.records()) == (1 + expired, 1)


def test_still_running(till: Till, engine: Engine) -> None:
    """While a first request runs, others with its key are refused at once, and hold no connection; then replayed.

    On SQLite they wait for the one writer instead, so that there is nothing to be told apart.
    """
    if engine == "sqlite":
        return

    async def race() -> list[Any]:
        started, go_on = asyncio.Event(), asyncio.Event()

        async def slow(unit: Unit) -> Snapshot:
            started.set()
            await go_on.wait()
            return {"id": 7}

        using = asyncio.create_task(till.runner.run(ANNE, "K", Command("test", 1, slow)))
        await started.wait()
        sent = (till.runner.run(ANNE, "K", till.command()) for _ in range(50))
        refusals = await asyncio.gather(*sent, return_exceptions=True)
        go_on.set()
        return [await using, refusals]

    first, refusals = till.run(race())
    assert {(one.code, one.retry_after) for one in refusals} == {(Code.IDEMPOTENCY_KEY_IN_USE, 1)}
    assert dict(till.send().snapshot) == first.snapshot
    assert till.effects() == 0


def test_failed_while_others_waited(till: Till) -> None:
    """A key whose first request fails is free for the next, whoever tried in between."""
    with pytest.raises(RuntimeError):
        till.send(met=RuntimeError("a fault of ours"))
    assert not till.send(payload="another").replayed


def test_a_request_that_is_given_up(till: Till) -> None:
    """A request that is cancelled at any moment has its effect once or not at all, and its retry has it once."""

    async def given_up(turns: int) -> None:
        sending = asyncio.create_task(till.runner.run(ANNE, f"K{turns}", till.command()))
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    async def retried(key: str) -> None:
        """Send it as clients do, until the server knows that the first request is gone."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await till.runner.run(ANNE, key, till.command())
                except TandemError as error:
                    assert error.code is Code.IDEMPOTENCY_KEY_IN_USE  # noqa: PT017
                else:
                    return

    for turns in range(25):
        till.run(given_up(turns))
        till.run(retried(f"K{turns}"))
        assert till.send(f"K{turns}").replayed
    assert (till.effects(), till.records()) == (25, 25)


def test_a_fault_that_is_no_exception(database_url: str, engine: Engine, run: Run[Any]) -> None:
    """Whatever a unit of work raises, those that come after it, or share its commit, are served."""
    database = open_database(database_url)

    async def all_at_once() -> list[Any]:
        met = [SystemExit("no"), None, KeyboardInterrupt("no"), None, asyncio.CancelledError("no"), GeneratorExit("no")]
        if engine == "postgresql":  # what is no `Exception` ends the event loop there, as it should
            met = [None] * 6
        effects = [partial(Till.effect, met=one) for one in met]
        return await asyncio.gather(*(database.write(effect) for effect in effects), return_exceptions=True)

    outcomes = run(all_at_once())
    landed = [one for one in outcomes if isinstance(one, dict)]
    assert len(landed) == (2 if engine == "sqlite" else 6)
    (count,) = run(database.read(lambda unit: unit.all(PRODUCTS)))[0]
    assert count == len(landed)
    run(database.close())
