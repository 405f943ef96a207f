"""Budgets: the points that one request is charged, and the level of the bucket that pays."""

from collections.abc import Awaitable
from functools import cache, lru_cache

import structlog
from starlette.types import Message, Scope

from app.domain.callers import Caller
from app.domain.errors import Code, TandemError
from app.http.request_state import Field, header
from app.observability import metrics
from app.rate_limiting.limits import Rates, payer, payer_at
from app.rate_limiting.token_bucket import SECOND, Level, Limit, level_of

_log = structlog.get_logger("tandem")
_REPLAYED = (b"idempotent-replayed", b"true")
_ENTRY = 1
"""The points for admission. Only they are refunded: work that was done stays charged."""


class Budget:
    """The budget of a request; without `rates` there is no limit, and costs are only added up.

    The address pays until a caller is `identified`. `metered` requests pay on entry, and their answers state the level.
    """

    __slots__ = ("_failed", "_level", "_limit", "_payer", "_rates", "_scope", "cost", "metered")
    _limit: Limit | None

    def __init__(self, rates: Rates | None, scope: Scope, metered: bool) -> None:
        self.cost, self._failed = 0, False
        self._rates, self._scope = rates, scope
        self._level: Level | None = None
        if rates is None:
            self.metered, self._payer, self._limit = False, "", None
        else:
            self.metered, self._payer, self._limit = metered, payer_at(scope), rates.default

    @property
    def limit(self) -> int | None:
        """The points of a full bucket; None without a limit."""
        return self._limit.points if self._limit else None

    @property
    def remaining(self) -> int | None:
        """The whole points left; None without a limit, or if its store does not answer."""
        return self._level.remaining if self._level and not self._level.failure else None

    @property
    def reset_seconds(self) -> int:
        """Seconds until the bucket gains a point; 0 if it is full."""
        return _whole_seconds(self._level.next) if self._level else 0

    async def charge(self, points: int) -> None:
        """Charge all the points or none. Raises `rate_limited`, or `query_too_complex` if a full bucket holds fewer."""
        if late := self.pay(points):
            await late

    async def charge_rest(self, points: int) -> None:
        """Charge what a request costs beyond its entry. Raises as `charge`."""
        if points > _ENTRY:
            await self.charge(points - _ENTRY)

    async def charge_again(self, points: int) -> None:
        """Charge a further part of a stream. Raises `rate_limited`."""
        self.cost = 0
        await self.charge(points)

    async def charge_at_most(self, points: int) -> None:
        """Charge points, at most a full bucket. Raises `rate_limited`."""
        await self.charge(points if self.limit is None else min(points, self.limit - self.cost))

    def pay(self, points: int) -> Awaitable[None] | None:
        """Charge, without a coroutine where possible. The caller has to await the result."""
        if self._rates is None or self._limit is None:
            self.cost += points
            return None
        if self.cost + points > self._limit.points:
            message = f"It costs {self.cost + points} points; the rate limit leaves at most {self._limit.points}."
            raise TandemError(Code.QUERY_TOO_COMPLEX, message)
        taken = self._rates.buckets.take(self._payer, self._limit, points)
        if not isinstance(taken, Level):
            return self._pay_late(points, taken)
        self._apply(points, taken)
        return None

    async def _pay_late(self, points: int, taken: Awaitable[Level]) -> None:
        self._apply(points, await taken)

    def _apply(self, points: int, level: Level) -> None:
        self._level = level
        if level.failure:
            self._log_failure(level.failure)
        if not level.allowed:
            raise self._refusal(level.wait(self.cost + points))
        self.cost += points

    async def refund(self, points: int) -> None:
        """Refund points, at most those that were charged."""
        points = min(points, self.cost)
        if points and self._rates and self._limit:
            self._level = await level_of(self._rates.buckets.take(self._payer, self._limit, -points))
            if self._level.failure:
                self._log_failure(self._level.failure)
        self.cost -= points

    async def identified(self, caller: Caller) -> None:
        """Called once the caller is known: a caller with a bucket of its own pays, and the address gets a refund."""
        if self._rates is None or not caller.name or (of_caller := payer(self._scope)) == self._payer:
            return
        await self.refund(self.cost)
        self._payer, self._limit, self._level = of_caller, self._rates.limit_for(caller), None
        if self.metered:
            await self.charge(1)

    def complete(self, message: Message) -> Awaitable[None] | None:
        """Refund the admission of a 304 or a replay; add the rate limit headers if the request is metered."""
        headers, level = message["headers"], self._level
        if _REPLAYED in headers or (message["status"] == 304 and not self._is_unconditional()):
            return self._complete_later(headers, _ENTRY)
        if not self.metered:
            return None
        if level is None:
            return self._complete_later(headers, 0)
        _add_fields(level, headers)
        return None

    def _is_unconditional(self) -> bool:
        """Whether `If-None-Match: *` causes the 304: then the client has no copy, and gets no refund."""
        return (header(self._scope, b"if-none-match") or b"").strip() == b"*"

    async def _complete_later(self, headers: list[Field], points: int) -> None:
        await self.refund(points)
        if self.metered and self._level is None:
            await self.charge(0)
        if self.metered and self._level is not None:
            _add_fields(self._level, headers)

    def _log_failure(self, failure: str) -> None:
        if not self._failed:
            self._failed = True
            metrics.RATE_LIMITER_FAILURES.inc()
            _log.warning("rate limiter failed, request let through", request_id=self._request_id, reason=failure)

    def _refusal(self, wait: int) -> TandemError:
        seconds = max(1, _whole_seconds(wait))
        _log.warning("rate limited", request_id=self._request_id, payer=self._payer, retry_after=seconds)
        message = f"The rate limit of {self.limit} points is used up; try again in {seconds} s."
        return TandemError(Code.RATE_LIMITED, message, retry_after=seconds)

    @property
    def _request_id(self) -> str:
        request_id: str = self._scope["state"]["request_id"]
        return request_id


def _add_fields(level: Level, headers: list[Field]) -> None:
    """Add the header fields (draft-ietf-httpapi-ratelimit-headers); `t` is the seconds to the next point."""
    headers.append(_policy_field(level.limit))
    if level.failure is None:
        headers.append(_level_field(*level.left))


@cache
def _policy_field(limit: Limit) -> Field:
    return b"ratelimit-policy", b'"default";q=%d;w=%d' % (limit.points, limit.seconds)


@lru_cache(maxsize=1024)
def _level_field(points: int, seconds: int) -> Field:
    return b"ratelimit", b'"default";r=%d;t=%d' % (points, seconds)


def _whole_seconds(microseconds: int) -> int:
    return -(-microseconds // SECOND)
