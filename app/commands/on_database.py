"""Runs a command's work on the configured database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.commands.error_messages import as_click_errors, settings
from app.domain.unit_of_work import Database
from app.stores.database import open_database
from app.stores.revision import require_served

T = TypeVar("T")


def on_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """Run work; database errors become click's errors."""
    url = settings().database_url

    async def run() -> T:
        database = open_database(url)
        try:
            await require_served(database)
            return await work(database)
        finally:
            await database.close()

    with as_click_errors():
        return asyncio.run(run())
