"""Sweeping: what is not needed any more goes in small steps, beside the requests."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

_log = structlog.get_logger("tandem")
_SECONDS_BETWEEN = 60


async def sweep(step: Callable[[], Awaitable[bool]]) -> None:
    """Take a step each minute, and another one at once where it says that there may be more to do."""
    more = False
    while True:
        if not more:
            await asyncio.sleep(_SECONDS_BETWEEN)
        try:
            more = await step()
        except Exception:  # noqa: BLE001 - whatever it was, the next step may go well
            _log.exception("sweep failed")
            more = False
