"""The database: SQLite where its URL says so, PostgreSQL else; the one place that reads the URL."""

import time
from collections.abc import Callable
from pathlib import Path

from app.stores.postgres.database import PostgresDatabase
from app.stores.sqlite.database import SqliteDatabase

_SQLITE = "sqlite:///"


def microseconds() -> int:
    """The time, in microseconds since the Unix epoch."""
    return time.time_ns() // 1000


def sqlite_path(url: str) -> Path | None:
    """The file that an SQLite URL names (`sqlite:///var/x.db` is relative, `sqlite:////x.db` absolute), else None."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def open_database(url: str, clock: Callable[[], int] = microseconds) -> SqliteDatabase | PostgresDatabase:
    """The database at a URL; it connects when it is first used."""
    path = sqlite_path(url)
    return PostgresDatabase(url, clock) if path is None else SqliteDatabase(path, clock)
