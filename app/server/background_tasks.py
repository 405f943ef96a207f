"""Background tasks: expired data is deleted in small steps while requests are served."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.domain.errors import TandemError

_log = structlog.get_logger("tandem")
_SECONDS_BETWEEN = 60


async def run_periodically(step: Callable[[], Awaitable[bool]]) -> None:
    """Run `step` once a minute, and again at once while it returns True: there may be more to do."""
    more = False
    while True:
        if not more:
            await asyncio.sleep(_SECONDS_BETWEEN)
        try:
            more = await step()
        except TandemError as away:  # of a database that fails over, for one
            _log.warning("background task failed", cause=str(away))
            more = False
        except Exception:  # noqa: BLE001 - the next step is tried whatever this one raised
            _log.exception("background task failed")
            more = False
