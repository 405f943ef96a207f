"""Charging streams: points are taken while data is sent."""

import asyncio

from app.domain.errors import Code, TandemError
from app.rate_limiting import costs
from app.rate_limiting.budget import Budget
from app.rate_limiting.costs import Selected


class StreamCharge:
    """The charge of one stream: 100 of weight cost a point. A stream without points waits until it has some."""

    def __init__(self, budget: Budget) -> None:
        self._budget, self._weight = budget, 0

    async def pay(self, *selected: Selected) -> None:
        """Charge for the objects that are sent next; wait until the caller has the points."""
        self._weight += costs.work(selected).weight
        while self._weight >= costs.WEIGHT_OF_POINT:
            try:
                await self._budget.charge_again(1)
            except TandemError as refusal:
                if refusal.code is not Code.RATE_LIMITED:
                    raise
                await asyncio.sleep(refusal.retry_after or 1)
            else:
                self._weight -= costs.WEIGHT_OF_POINT
