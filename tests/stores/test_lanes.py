"""Lanes: what one caller holds or waits for never keeps others out for longer than their turn."""

import asyncio
from typing import Any

import pytest

from app.domain.errors import Unavailable
from app.stores.lanes import Bounds, Lane
from tests.conftest import Run


class Scene:
    """Work in a lane: each piece holds its place until it is let go."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.running: list[str] = []
        self.refused: list[str] = []
        self.told: list[tuple[int, int | None]] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def begin(self, *names: str) -> None:
        """Begin work, each piece named by its caller and a number (`a1`)."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._work(name))
            await self._settled()

    async def end(self, *names: str) -> None:
        """Let pieces of work end."""
        for name in names:
            self._ends[name].set()
            await self._settled()

    async def cancel(self, *names: str) -> None:
        """Cancel pieces of work, all in one turn of the loop."""
        for name in names:
            self._tasks[name].cancel()
        await self._settled()

    async def _work(self, name: str) -> None:
        try:
            async with self.lane.hold(name[0]):
                self.running.append(name)
                try:
                    await self._ends[name].wait()
                finally:
                    self.running.remove(name)
        except Unavailable as refusal:
            self.refused.append(name)
            self.told.append((refusal.status, refusal.retry_after))

    async def _settled(self) -> None:
        for _ in range(8):
            await asyncio.sleep(0)


def scene(bounds: Bounds, play: Any) -> None:
    """Run a scene to its end; by then the lane is empty."""

    async def run() -> None:
        made = Scene(Lane(bounds))
        await play(made)
        await made.cancel(*made._tasks)  # noqa: SLF001
        assert (made.lane.used, made.lane.queued) == (0, 0)
        assert made.lane._running == {}  # noqa: SLF001
        assert made.lane._queues == {}  # noqa: SLF001

    asyncio.run(run())


def test_one_caller_leaves_places_to_others() -> None:
    """A caller gets its own number of places, however many are free."""

    async def play(s: Scene) -> None:
        await s.begin("a1", "a2", "a3", "b1")
        assert s.running == ["a1", "a2", "b1"]
        await s.end("a2")
        assert s.running == ["a1", "b1", "a3"]

    scene(Bounds(3, 2, 9, 9, 60), play)


def test_callers_take_turns() -> None:
    """Who waits with much work gets one place, then the next caller does."""

    async def play(s: Scene) -> None:
        await s.begin("a1", "a2", "a3", "a4", "b1", "b2", "c1")
        order = []
        while s.running:
            order += s.running
            await s.end(s.running[0])
        assert order == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]

    scene(Bounds(1, 1, 9, 9, 60), play)


def test_a_full_queue_refuses() -> None:
    """Too much waiting is refused at once: of one caller, and of all."""

    async def play(s: Scene) -> None:
        await s.begin("a1", "a2", "a3", "a4", "b1", "c1")
        assert s.refused == ["a4", "c1"]
        assert s.told == [(503, 60), (503, 60)]
        assert s.running == ["a1"]
        await s.end("a1", "a2")
        assert s.running == ["b1"]

    scene(Bounds(1, 1, 3, 2, 60), play)


def test_a_long_wait_is_refused() -> None:
    """Who gets no place in time is refused, and is no longer in the queue."""

    async def play(s: Scene) -> None:
        await s.begin("a1", "b1")
        assert s.refused == ["b1"]
        await s.begin("a2")
        await s.end("a1")
        assert s.running == []

    scene(Bounds(1, 1, 9, 9, 0), play)


def test_cancelled_waiting_leaves_the_queue() -> None:
    """Who is cancelled waits no longer."""

    async def play(s: Scene) -> None:
        await s.begin("a1", "b1", "c1")
        await s.cancel("b1")
        assert s.lane.queued == 1
        await s.end("a1")
        assert s.running == ["c1"]

    scene(Bounds(1, 1, 9, 9, 60), play)


def test_a_place_given_to_the_cancelled_goes_on() -> None:
    """Who is cancelled at the moment it gets a place hands that on."""

    async def run() -> Lane:
        lane = Lane(Bounds(1, 1, 9, 9, 60))
        assert lane.try_acquire("a")
        cancelled, next_one = asyncio.create_task(lane.acquire("b")), asyncio.create_task(lane.acquire("c"))
        await asyncio.sleep(0)
        lane.release("a")
        cancelled.cancel()
        await next_one
        assert cancelled.cancelled()
        lane.release("c")
        return lane

    lane = asyncio.run(run())
    assert (lane.used, lane.queued) == (0, 0)


def test_the_queue_survives_many_cancellations() -> None:
    """Whatever order work begins, ends and is cancelled in, places are neither lost nor given twice."""

    async def play(s: Scene) -> None:
        names = [f"{'abcde'[n % 5]}{n}" for n in range(60)]
        await s.begin(*names)
        for n, name in enumerate(names):
            assert len(s.running) <= 3
            await (s.cancel(name) if n * 7 % 3 else s.end(name))
        assert s.running == []

    scene(Bounds(3, 2, 99, 99, 60), play)


def test_who_wants_a_place() -> None:
    """A place is wanted by more work of its caller, and by anybody's if the lane is full."""

    async def run() -> None:
        lane = Lane(Bounds(2, 1, 9, 9, 60))
        assert lane.try_acquire("a")
        waiting = asyncio.create_task(lane.acquire("a"))
        await asyncio.sleep(0)
        assert (lane.is_wanted("a"), lane.is_wanted("b")) == (True, False)
        assert lane.try_acquire("b")
        assert (lane.is_wanted("a"), lane.is_wanted("b")) == (True, True)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert (lane.is_wanted("a"), lane.is_wanted("b")) == (False, False)

    asyncio.run(run())


@pytest.mark.parametrize("bounds", [Bounds(1, 1, 0, 0, 60)])
def test_no_queue_at_all(bounds: Bounds) -> None:
    """A lane may have no queue."""

    async def play(s: Scene) -> None:
        await s.begin("a1", "a2")
        assert s.refused == ["a2"]

    scene(bounds, play)


def test_a_place_is_left_while_a_turn_is_cancelled(run: Run[Any]) -> None:
    """Whoever leaves at the moment in which a waiting turn was cancelled leaves in peace, and the place is free."""

    async def scene() -> tuple[int, int]:
        lane = Lane(Bounds(places=1, places_each=1, waiting=4, waiting_each=4, seconds=5.0))
        assert lane.try_acquire("a")
        waiting = asyncio.create_task(lane.acquire("b"))
        await asyncio.sleep(0)
        waiting.cancel()
        lane.release("a")
        await asyncio.gather(waiting, return_exceptions=True)
        return lane.used, lane.queued

    assert run(scene()) == (0, 0)
