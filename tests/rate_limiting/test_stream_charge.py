"""Streams pay as they go."""

import pytest

from app.domain.errors import Code, TandemError
from app.rate_limiting import stream_charge
from app.rate_limiting.stream_charge import StreamCharge

pytestmark = pytest.mark.anyio


class _Budget:
    """Takes points, but for the first few times."""

    def __init__(self, refusals: int = 0, code: Code = Code.RATE_LIMITED) -> None:
        self.paid, self.refusals, self._code = 0, refusals, code

    async def charge_again(self, points: int) -> None:
        """Take points."""
        if self.refusals:
            self.refusals -= 1
            raise TandemError(self._code, "No points are left.", retry_after=7)
        self.paid += points


async def test_what_is_paid() -> None:
    """Each 100 of the weight is a point, however small the parts are."""
    budget = _Budget()
    charge = StreamCharge(budget)  # type: ignore[arg-type]
    for _ in range(399):
        await charge.pay(1)
    assert budget.paid == 3
    await charge.pay(101)
    assert budget.paid == 5


async def test_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without points a stream waits for as long as it is told, then longer; any other refusal ends it."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(stream_charge.asyncio, "sleep", sleep)
    budget = _Budget(refusals=3)
    await StreamCharge(budget).pay(100)  # type: ignore[arg-type]
    assert (waits, budget.paid) == ([7, 14, 16], 1)
    with pytest.raises(TandemError):
        await StreamCharge(_Budget(1, Code.UNAVAILABLE)).pay(100)  # type: ignore[arg-type]
