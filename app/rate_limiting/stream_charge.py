"""Charging streams: points are taken while data is sent."""

import asyncio

from app.domain.errors import Code, TandemError
from app.rate_limiting import costs
from app.rate_limiting.budget import Budget

_LONGEST_PAUSE = 16
"""The maximum backoff in seconds, unless the next point takes longer."""


class StreamCharge:
    """The charge of one stream: a weight of 100 costs a point; `paid` points were charged when it began.

    A stream without points waits with exponential backoff, since many streams may wait for the same points.
    """

    def __init__(self, budget: Budget, paid: int = 0) -> None:
        self._budget, self._weight = budget, -paid * costs.WEIGHT_OF_POINT

    async def pay_bytes(self, size: int) -> None:
        """Charge for so many bytes of the whole catalogue; wait as `pay`."""
        await self.pay(size * costs.WEIGHT_OF_POINT // costs.BYTES_OF_POINT)

    async def pay(self, weight: int) -> None:
        """Charge for the weight of what is sent next; wait until the caller has the points."""
        self._weight += weight
        pause = 0
        while self._weight >= costs.WEIGHT_OF_POINT:
            try:
                await self._budget.charge_again(1)
            except TandemError as refusal:
                if refusal.code is not Code.RATE_LIMITED:
                    raise
                pause = max(refusal.retry_after or 1, min(2 * pause, _LONGEST_PAUSE))
                await asyncio.sleep(pause)
            else:
                self._weight -= costs.WEIGHT_OF_POINT
                pause = 0
