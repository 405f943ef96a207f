"""Budgets: what one request pays for the rate limit, and how the bucket stands that pays it."""

from collections.abc import Awaitable
from functools import cache, lru_cache

import structlog
from starlette.types import Message, Scope

from app import metrics
from app.domain.callers import Caller
from app.domain.errors import Code, TandemError
from app.exchange import Field
from app.stores.buckets import SECOND, Level, Limit, level_of
from app.stores.rates import Rates, payer, payer_at

_log = structlog.get_logger("tandem")
_REPLAYED = (b"idempotent-replayed", b"true")


class Budget:
    """The budget of a request; without `rates` there is no limit, and costs are only added up.

    The address pays until a caller is `identified`. `metered` requests pay on entry, and their answers tell the level.
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
        """The points of a full bucket; None: there is no limit."""
        return self._limit.points if self._limit else None

    @property
    def remaining(self) -> int | None:
        """The whole points that are left; None: there is no limit, or its store does not answer."""
        return self._level.remaining if self._level and not self._level.failure else None

    @property
    def reset_seconds(self) -> int:
        """Seconds until there is a point more; 0: the bucket is full."""
        return _whole_seconds(self._level.next) if self._level else 0

    async def charge(self, points: int) -> None:
        """Pay points, or none: raises `rate_limited`, or `query_too_complex` where no bucket ever holds as many."""
        if late := self.pay(points):
            await late

    def pay(self, points: int) -> Awaitable[None] | None:
        """Charge without a coroutine where none is needed: what is given has to be awaited."""
        if self._rates is None or self._limit is None:
            self.cost += points
            return None
        if self.cost + points > self._limit.points:
            message = f"It costs {self.cost + points} points; the rate limit leaves at most {self._limit.points}."
            raise TandemError(Code.QUERY_TOO_COMPLEX, message)
        taken = self._rates.buckets.take(self._payer, self._limit, points)
        if not isinstance(taken, Level):
            return self._pay_late(points, taken)
        self._paid(points, taken)
        return None

    async def _pay_late(self, points: int, taken: Awaitable[Level]) -> None:
        self._paid(points, await taken)

    def _paid(self, points: int, level: Level) -> None:
        self._level = level
        if level.failure:
            self._note(level.failure)
        if not level.allowed:
            raise self._refusal(level.wait(self.cost + points))
        self.cost += points

    async def refund(self, points: int) -> None:
        """Get points back, at most those that were paid."""
        points = min(points, self.cost)
        if points and self._rates and self._limit:
            self._level = await level_of(self._rates.buckets.take(self._payer, self._limit, -points))
            if self._level.failure:
                self._note(self._level.failure)
        self.cost -= points

    async def identified(self, caller: Caller) -> None:
        """The request's state names its caller now: if that has a bucket, it pays, and the address is paid back."""
        if self._rates is None or not caller.name or (of_caller := payer(self._scope)) == self._payer:
            return
        await self.refund(self.cost)
        self._payer, self._limit, self._level = of_caller, self._rates.limit_for(caller), None
        if self.metered:
            await self.charge(1)

    def complete(self, message: Message) -> Awaitable[None] | None:
        """Give back what an answer is not to cost, and tell the level where the request is metered."""
        headers, level = message["headers"], self._level
        if message["status"] == 304 or _REPLAYED in headers:
            return self._complete_later(headers, self.cost)
        if not self.metered:
            return None
        if level is None:
            return self._complete_later(headers, 0)
        _tell(level, headers)
        return None

    async def _complete_later(self, headers: list[Field], points: int) -> None:
        await self.refund(points)
        if self.metered and self._level is None:
            await self.charge(0)
        if self.metered and self._level is not None:
            _tell(self._level, headers)

    def _note(self, failure: str) -> None:
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


def _tell(level: Level, headers: list[Field]) -> None:
    """Add the header fields (draft-ietf-httpapi-ratelimit-headers), with `t` to the next point."""
    headers.append(_policy(level.limit))
    if level.failure is None:
        headers.append(_left(*level.left))


@cache
def _policy(limit: Limit) -> Field:
    return b"ratelimit-policy", b'"default";q=%d;w=%d' % (limit.points, limit.seconds)


@lru_cache(maxsize=1024)
def _left(points: int, seconds: int) -> Field:
    return b"ratelimit", b'"default";r=%d;t=%d' % (points, seconds)


def _whole_seconds(microseconds: int) -> int:
    return -(-microseconds // SECOND)
