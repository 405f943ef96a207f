"""Rate limits: slowapi parses and holds them, and our token bucket is a strategy of `limits`.

slowapi does no more than that here, for the reasons in decision 6. `Budget` takes points from the buckets directly.
"""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import cast

from limits import RateLimitItem, WindowStats
from limits.aio.strategies import RateLimiter
from limits.strategies import STRATEGIES
from slowapi import Limiter
from starlette.requests import Request
from starlette.types import Scope

from app.domain.callers import Caller
from app.rate_limiting.token_bucket import SECOND, Buckets, Level, Limit, level_of, limit_of, parse_limit

STRATEGY = "token-bucket"


class TokenBucket(RateLimiter):
    """The strategy `token-bucket` of `limits`, over buckets that `Rates` gives it; a hit that fails takes nothing.

    slowapi's `Limiter` needs a strategy with these four methods. `Budget` does not use them: it needs the level of the
    bucket after each charge, which `hit` does not return, and a second call would be a second trip to Redis.
    """

    buckets: Buckets

    async def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Take points, or nothing; whether they were taken."""
        return (await self._take(item, identifiers, cost)).allowed

    async def test(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Whether a hit would pass."""
        return (await self._take(item, identifiers, 0)).wait(cost) == 0

    async def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        """The points left, and the seconds until the next one."""
        level = await self._take(item, identifiers, 0)
        return WindowStats(level.next / SECOND, level.remaining)

    async def clear(self, item: RateLimitItem, *identifiers: str) -> None:
        """Fill the bucket."""
        await self._take(item, identifiers, -item.amount)

    async def _take(self, item: RateLimitItem, identifiers: tuple[str, ...], cost: int) -> Level:
        return await level_of(self.buckets.take("/".join(identifiers), limit_of(item), cost))


STRATEGIES[STRATEGY] = TokenBucket  # type: ignore[assignment] # it is awaited, which slowapi's own wrappers are not


class Rates(Limiter):
    """The rate limits: the default one, those of single callers, and the buckets that they are kept in."""

    def __init__(self, default: str, buckets: Buckets) -> None:
        # The storage is that of other strategies, and stays empty.
        super().__init__(_payer, default_limits=[default], strategy=STRATEGY, storage_uri="async+memory://")
        self.buckets = buckets
        cast(TokenBucket, self.limiter).buckets = buckets
        ((configured,),) = self._default_limits
        self.default = limit_of(configured.limit)

    def limit_for(self, caller: Caller | None) -> Limit:
        """The limit of a caller: its key's own, else the default."""
        if caller is None or caller.rate is None:
            return self.default
        try:
            return parse_limit(caller.rate)
        except ValueError:  # it was stored before limits were checked
            return self.default


def _payer(request: Request) -> str:
    return payer(request.scope)


def payer(scope: Scope) -> str:
    """The bucket that pays: that of the caller if it has a key, else that of the address."""
    caller: Caller | None = scope["state"].get("caller")
    if caller and caller.known and caller.name:
        return f"key {caller.name}"
    return payer_at(scope)


def payer_at(scope: Scope) -> str:
    """The bucket of the address that a request comes from."""
    client = scope.get("client")
    return _of_address(client[0]) if client else "address local"


@lru_cache(maxsize=4096)
def _of_address(address: str) -> str:
    return f"address {network(address)}"


def network(address: str) -> str:
    """The network of one subscriber: an IPv4 address, or the /64 of an IPv6 one (RFC 6177)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
