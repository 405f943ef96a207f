"""A client of Redis by its address: one server, whichever one Sentinel says leads, or a cluster.

`redis+sentinel://HOST:PORT,HOST:PORT/SERVICE` names sentinels, `redis+cluster://HOST:PORT,HOST:PORT` some servers of a
cluster. With `rediss` every connection uses TLS. A user and password before the first host, `/DATABASE` at the end, and
parameters such as `?ssl_ca_certs=/etc/redis/ca.pem` are redis-py's; sentinels have `sentinel_username` and
`sentinel_password`.
"""

import asyncio
import re
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

Client = Redis | RedisCluster
FAILURES = (RedisError, RedisClusterException, OSError)
"""What is raised where Redis fails."""
_SEVERAL = re.compile(r"(rediss?)\+(sentinel|cluster)://(?:([^@/]*)@)?([^/?]+)(?:/([^/?]*))?([/?].*)?")
_PORTS = {"sentinel": 26379, "cluster": 6379}
_SLICES = 3
_SECONDS_A_SENTINEL = 0.1
"""Seconds until the next sentinel is asked."""


def open_redis(url: str, connections: int = 1000, **options: Any) -> Client:
    """A client, which connects when it is used; `options` are redis-py's for each connection. Nothing is retried."""
    options = {"protocol": 2, "driver_info": None, "retry": Retry(NoBackoff(), 0)} | options
    several = _SEVERAL.fullmatch(url)
    if several is None:
        pool = BlockingConnectionPool.from_url(url, max_connections=connections, timeout=None, **options)
        return Redis.from_pool(pool)
    scheme, kind, user, hosts, service, rest = several.groups()
    parsed = parse_url(f"{scheme}://{user + '@' if user else ''}host{rest or ''}")
    options |= {name: value for name, value in parsed.items() if name != "host"}
    options["ssl"] = options.pop("connection_class", None) is SSLConnection
    addresses = [_address(host, _PORTS[kind]) for host in hosts.split(",")]
    if kind == "cluster":
        return RedisCluster(startup_nodes=[ClusterNode(*address) for address in addresses], **options)
    return _led(addresses, service, options)


async def ends(call: asyncio.Future[Any], seconds: float) -> bool:
    """Whether a call ends in time. It waits in slices, so that delays of a busy event loop do not count."""
    for _ in range(_SLICES):
        if (await asyncio.wait({call}, timeout=seconds / _SLICES))[0]:
            return True
    return False


def _address(host: str, port: int) -> tuple[str, int]:
    name, _, number = host.rpartition(":") if re.search(r":\d+$", host) else (host, "", port)
    return name.strip("[]"), int(number)


class _Led(Redis):
    """A client of the server that sentinels say leads."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close the connections, those to sentinels too."""
        await super().aclose(close_connection_pool)
        pool: Any = self.connection_pool
        await pool.sentinel_manager.aclose()


def _led(addresses: list[tuple[str, int]], service: str, options: dict[str, Any]) -> Redis:
    own = {name: options.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    tls = {name: value for name, value in options.items() if name.startswith("ssl")}
    timeouts = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), _SECONDS_A_SENTINEL)
    common = {name: options[name] for name in ("protocol", "driver_info", "retry")}
    sentinel: Any = Sentinel  # redis-py leaves it untyped
    sentinels = sentinel(addresses, sentinel_kwargs=own | tls | timeouts | common)
    led: Redis = sentinels.master_for(service, redis_class=_Led, **options)
    return led
