"""Checks of the database, the clock and the files, for operators; each returns its finding or raises `CheckFailed`."""

import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from app.domain.unit_of_work import Database, Statement, first
from app.stores.blobs import Blobs
from app.stores.postgres.database import LANES, PostgresDatabase
from app.stores.replicas.replica import IDENTITY
from app.stores.sqlite.backup import Damaged, quick_check

_OLDEST_POSTGRESQL = 13
"""The first with `pg_current_snapshot`."""
CONNECTIONS = sum(lane.places for lane in LANES) + 1
"""The maximum number of connections of one process: its lanes, and one that listens for commits."""
_MAX_MICROSECONDS_APART = 2_000_000
_SERVER = Statement(
    text(
        "SELECT CAST(current_setting('server_version_num') AS integer), current_setting('server_version'),"
        " current_setting('server_encoding'), pg_is_in_recovery()"
    )
)
_MAX_CONNECTIONS = Statement(text("SELECT CAST(current_setting('max_connections') AS integer)"))
_STANDBY = Statement(
    text(
        "SELECT pg_is_in_recovery(), pg_postmaster_start_time(),"
        " CAST(coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) AS double precision)"
    )
)
_SERVER_CLOCK = Statement(text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"))
_NEWEST_CHANGE = Statement(text("SELECT at FROM change ORDER BY id DESC LIMIT 1"))


class CheckFailed(Exception):
    """Something to mend; the text says what, and how."""


def check_sqlite(path: Path) -> str:
    """Check that a database file exists, and its structure."""
    if not path.exists():
        raise CheckFailed(f"There is no database at {path}; run `tandem migrate`.")
    try:
        quick_check(path)
    except Damaged as error:
        raise CheckFailed(f"{path} is damaged; restore a backup. SQLite says: {error}") from error
    return f"SQLite {sqlite3.sqlite_version}, {path}"


async def check_postgresql(database: Database) -> str:
    """Check the version, the encoding and the role of a server."""
    ((number, version, encoding, standby),) = await database.read(lambda unit: unit.all(_SERVER))
    if number < _OLDEST_POSTGRESQL * 10_000:
        raise CheckFailed(f"PostgreSQL {version} is too old; use {_OLDEST_POSTGRESQL} or newer.")
    if encoding != "UTF8":
        raise CheckFailed(f"The encoding of the database is {encoding}; create it with ENCODING 'UTF8'.")
    if standby:
        raise CheckFailed("The server is a standby, which takes no writes; name the primary in TANDEM_DATABASE_URL.")
    return f"PostgreSQL {version}"


async def check_connections(database: Database, workers: int) -> str:
    """Check whether a server takes the connections of all workers of this machine."""
    ((allowed,),) = await database.read(lambda unit: unit.all(_MAX_CONNECTIONS))
    needed = workers * CONNECTIONS
    if needed > allowed:
        raise CheckFailed(
            f"The server allows {allowed} connections, and {workers} workers open up to {needed};"
            " raise max_connections, or put PgBouncer in front of it."
        )
    return f"up to {needed} connections from here; the server allows {allowed}, those of other machines included"


async def check_replica(replica: PostgresDatabase, primary: PostgresDatabase) -> str:
    """Check that a server is a standby of the primary, or the primary itself, and close the connections to both."""
    servers = (replica, primary)
    try:
        ((standby, started, seconds),), ((_, leads_since, _),) = [
            await one.read(lambda unit: unit.all(_STANDBY)) for one in servers
        ]
        whose = [await one.read(lambda unit: first(unit, IDENTITY)) for one in servers]
    finally:
        await replica.close()
        await primary.close()
    if whose[0] != whose[1]:
        raise CheckFailed("This is not a replica of TANDEM_DATABASE_URL; it is not used.")
    if standby:
        return f"a standby; it replayed its last transaction {seconds:,.0f} s ago"
    if started != leads_since:
        raise CheckFailed("This server is neither a standby nor the primary; it is not used.")
    return "the primary now; it is read as a replica once it is a standby"


async def check_clock(database: Database, clock: Callable[[], int]) -> str:
    """Compare the clock of this machine, in microseconds, with the newest change and with the database server."""
    newest = await database.read(lambda unit: first(unit, _NEWEST_CHANGE))
    if newest and newest[0] - clock() > _MAX_MICROSECONDS_APART:
        raise CheckFailed(
            f"The newest change is {_seconds(newest[0] - clock())} s ahead of the clock; set the clock by NTP."
        )
    if database.engine == "sqlite":
        return "no change is from the future"
    before = clock()
    ((server,),) = await database.read(lambda unit: unit.all(_SERVER_CLOCK))
    apart = max(before - server, server - clock(), 0)
    if apart > _MAX_MICROSECONDS_APART:
        raise CheckFailed(f"The clock and the database server's are {_seconds(apart)} s apart; set both by NTP.")
    return "it agrees with the database server's within 2 s"


async def check_files(blobs: Blobs) -> str:
    """Write, read and remove a few random bytes."""
    content = secrets.token_bytes(32)
    async with blobs.writing() as writer:
        await writer.write(content)
        name = await writer.keep()
    read = b"".join([chunk async for chunk in blobs.read(name)])
    await blobs.delete(name)
    if read != content:
        raise CheckFailed("The store of files returned other bytes than were written.")
    return "written, read and removed"


def _seconds(microseconds: int) -> str:
    return f"{microseconds / 1_000_000:,.0f}"
