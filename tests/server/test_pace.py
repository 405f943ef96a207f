"""A pace bounds the steps of each key."""

import asyncio

from app.server.pace import Pace
from tests import virtual_time


def test_pace() -> None:
    """Some steps come at once, the others at the rate, also from many tasks; other keys are not behind them."""

    async def main() -> tuple[list[float], float, int]:
        pace, clock, times = Pace(10, 5), asyncio.get_running_loop().time, list[float]()

        async def step(key: str) -> float:
            await pace.wait(key)
            times.append(round(clock(), 3))
            return clock()

        first = asyncio.gather(*(step("a") for _ in range(8)))
        other = await step("b")
        await first
        await asyncio.sleep(10)
        pace.forget()
        return times, other, len(pace)

    times, other, kept = virtual_time.run(main())
    assert times == [0.0] * 6 + [0.1, 0.2, 0.3]
    assert (other, kept) == (0.0, 0)
