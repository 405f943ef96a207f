"""Work on pictures is bounded, leaves the event loop alone, and is done once for all who wait for it."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.errors import Unavailable
from app.media import image_pool
from app.media.image_pool import ImagePool, SingleFlight
from app.stores.lanes import Bounds
from tests.conftest import Run


@pytest.fixture
def pool() -> Iterator[ImagePool]:
    """A pool of its own."""
    made = ImagePool()
    yield made
    made.close()


def test_one_at_a_time_beside_the_loop(pool: ImagePool, run: Run[Any]) -> None:
    """However many ask, one work runs, in another thread than the event loop's."""
    running, most, seen = 0, 0, set()

    def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        seen.add(threading.get_ident())
        running -= 1

    async def many() -> None:
        await asyncio.gather(*(pool.run(work) for _ in range(image_pool.BOUNDS.waiting_each)))

    run(many())
    assert most == 1
    assert threading.get_ident() not in seen


def test_what_waits_is_bounded(run: Run[Any]) -> None:
    """Beyond the bound one is told to come back, until there is room again."""
    pool, gate = ImagePool(Bounds(1, 1, 1, 1, 60.0)), threading.Event()

    async def crowd() -> None:
        waiting = [asyncio.ensure_future(pool.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await pool.run(gate.wait)
        gate.set()
        await asyncio.gather(*waiting)
        assert await pool.run(lambda: 7) == 7

    run(crowd())
    pool.close()


def test_who_leaves_waits_for_what_runs(pool: ImagePool, run: Run[Any]) -> None:
    """A cancelled work that runs has ended when it is given up; one that waits never runs."""
    begun, gate, ran = threading.Event(), threading.Event(), []

    def first() -> None:
        begun.set()
        gate.wait()
        ran.append("first")

    async def leave() -> None:
        running = asyncio.ensure_future(pool.run(first))
        await asyncio.to_thread(begun.wait)
        waiting = asyncio.ensure_future(pool.run(lambda: ran.append("second")))
        await asyncio.sleep(0)
        running.cancel()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert not running.done()
        gate.set()
        await asyncio.wait([running])
        assert ran == ["first"]
        assert running.cancelled()

    run(leave())


def test_a_hundred_at_once_make_it_once(run: Run[Any]) -> None:
    """All who ask while it is made get what is made; who asks later makes it anew."""
    made, flight = [], SingleFlight()

    async def make() -> None:
        await asyncio.sleep(0)
        made.append(len(made))

    async def many() -> None:
        await asyncio.gather(*(flight("a", make) for _ in range(100)))
        assert made == [0]
        await asyncio.gather(flight("a", make), flight("b", make))
        assert made == [0, 1, 2]

    run(many())


def test_a_flight_that_fails(run: Run[Any]) -> None:
    """It fails for all who wait for it, and is tried again by who asks later."""
    tries, flight = [], SingleFlight()

    async def fail() -> None:
        tries.append(1)
        await asyncio.sleep(0)
        raise Unavailable

    async def many() -> None:
        told = await asyncio.gather(*(flight("a", fail) for _ in range(5)), return_exceptions=True)
        assert [type(error) for error in told] == [Unavailable] * 5
        with pytest.raises(Unavailable):
            await flight("a", fail)

    run(many())
    assert len(tries) == 2


def test_who_leaves_a_flight_does_not_end_it(run: Run[Any]) -> None:
    """The others get theirs, even if it was the first who left."""
    gate, made, flight = asyncio.Event(), [], SingleFlight()

    async def make() -> None:
        await gate.wait()
        made.append(1)

    async def many() -> None:
        first, second = (asyncio.ensure_future(flight("a", make)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        gate.set()
        await second
        assert made == [1]

    run(many())
