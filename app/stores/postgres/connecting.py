"""Connections to PostgreSQL: to the first of several hosts that answers, with TCP keepalive."""

import asyncio
import socket
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import asyncpg

SECONDS_TO_CONNECT = 5.0
_KEEPALIVE = {"TCP_KEEPIDLE": 2, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": 4000}
"""A host that acknowledges nothing for 4 s is gone, also while we wait for an answer. Not all systems have all."""


async def connect(url: str, **options: Any) -> Any:
    """A connection of asyncpg's. The hosts that a URL names are tried at once: one that is cut off delays no other."""
    tries = [asyncio.create_task(_connect(one, options)) for one in each_host(url)]
    chosen: Any = None
    try:
        for ending in asyncio.as_completed(tries):
            try:
                chosen = await ending
            except Exception as error:  # noqa: BLE001 - the caller gets the last one
                failure = error
            else:
                return chosen
        raise failure
    finally:
        for task in tries:
            task.cancel()
            task.add_done_callback(partial(_close_others, chosen))


async def _connect(url: str, options: dict[str, Any]) -> Any:
    connection: Any = await asyncpg.connect(url, timeout=SECONDS_TO_CONNECT, **options)
    sock = connection._transport.get_extra_info("socket")  # noqa: SLF001 - nothing public leads to it
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if option := getattr(socket, name, None):
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
    return connection


def _close_others(chosen: Any, task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is None and task.result() is not chosen:
        task.result().terminate()


def each_host(url: str) -> list[str]:
    """The URL of each host that a URL names."""
    place = urlsplit(url).netloc
    user, at, hosts = place.rpartition("@")
    return [url.replace(place, f"{user}{at}{host}", 1) for host in hosts.split(",")]
