"""Budgets: what a request is charged beyond its first point."""

from typing import Any

import pytest
import structlog
from starlette.types import Message

from app.domain.callers import EVERYONE, Caller
from app.domain.errors import Code, TandemError
from app.rate_limiting.budget import Budget
from app.rate_limiting.limits import Rates
from app.rate_limiting.token_bucket import SECOND, MemoryBuckets
from tests.clock import Clock
from tests.conftest import Run


@pytest.fixture
def rates(clock: Clock) -> Rates:
    """Ten points a minute."""
    return Rates("10/minute", MemoryBuckets(clock))


def budget(rates: Rates | None, address: str = "192.0.2.1", **state: Any) -> Budget:
    """The budget of a new request."""
    scope = {"type": "http", "client": (address, 1), "headers": [], "state": {"request_id": "r1", **state}}
    return Budget(rates, scope, metered=True)


def test_charge(rates: Rates, clock: Clock, run: Run[Any]) -> None:
    """A charge is all or nothing, and what is refused may be tried again, from the start, after Retry-After."""
    first, second = budget(rates), budget(rates)
    run(first.charge(1))
    run(first.charge(6))
    assert (first.limit, first.cost, first.remaining, first.reset_seconds) == (10, 7, 3, 6)
    run(second.charge(1))
    with structlog.testing.capture_logs() as logs, pytest.raises(TandemError) as refused:
        run(second.charge(3))
    assert (refused.value.code, refused.value.retry_after) == (Code.RATE_LIMITED, 12)
    assert (logs[0]["event"], logs[0]["request_id"]) == ("rate limited", "r1")
    assert (second.cost, second.remaining) == (1, 2)
    clock.now += 12 * SECOND
    again = budget(rates)
    run(again.charge(1))
    run(again.charge(3))
    assert again.remaining == 0


def test_what_no_bucket_holds(rates: Rates, run: Run[Any]) -> None:
    """What costs more than a full bucket is told so at once: waiting would not help."""
    asked = budget(rates)
    run(asked.charge(1))
    with pytest.raises(TandemError) as refused:
        run(asked.charge(10))
    assert (refused.value.code, refused.value.retry_after) == (Code.QUERY_TOO_COMPLEX, None)
    assert asked.remaining == 9


def test_refund(rates: Rates, run: Run[Any]) -> None:
    """No more is given back than was paid."""
    asked = budget(rates)
    run(asked.charge(4))
    run(asked.refund(3))
    assert (asked.cost, asked.remaining) == (1, 9)
    run(asked.refund(5))
    assert (asked.cost, asked.remaining) == (0, 10)


def test_identified(rates: Rates, run: Run[Any]) -> None:
    """Once the caller is known its bucket pays, and the address is paid back; without a key the address pays."""
    for caller, left in ((Caller("alice", frozenset(), rate="20/minute"), 10), (EVERYONE, 9)):
        asked = budget(rates)
        run(asked.charge(1))
        asked._scope["state"]["caller"] = caller  # noqa: SLF001 - as Identity does
        run(asked.identified(caller))
        assert asked.cost == 1
        other = budget(rates)
        run(other.charge(0))
        assert other.remaining == left
    assert asked.limit == 10


def test_off(run: Run[Any]) -> None:
    """Without a limit costs are still added up."""
    asked = budget(None)
    run(asked.charge(500))
    run(asked.refund(100))
    assert (asked.limit, asked.cost, asked.remaining, asked.reset_seconds) == (None, 400, None, 0)
    start: Message = {"type": "http.response.start", "status": 200, "headers": []}
    assert asked.complete(start) is None
    assert start["headers"] == []
