"""`tandem doctor`: check everything that the service needs, and report what to fix."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

import click

from app.commands.error_messages import as_click_errors, settings
from app.commands.serve import require_redis_for_replicas, require_shared_limit
from app.domain.unit_of_work import Database
from app.observability import terminal
from app.rate_limiting.redis_token_bucket import ping
from app.redis_client import FAILURES
from app.settings import Settings, unknown_settings
from app.stores.checkup import (
    CheckFailed,
    check_clock,
    check_connections,
    check_files,
    check_postgresql,
    check_replica,
    check_sqlite,
)
from app.stores.database import microseconds, open_database, sqlite_path
from app.stores.open_blobs import open_blobs
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.probe import probe
from app.stores.revision import require_served

_PREFIX = "TANDEM_"
_SECONDS_TO_PING = 10.0


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check settings, database, schema revision, clock, files and Redis; safe while the service runs.

    Prints one line per check, and exits 1 if a check fails. Run it as the user of the service.
    """
    chosen, sound = _run_settings()
    if chosen is not None:
        sound &= asyncio.run(_run_checks(chosen))
    ctx.exit(0 if sound else 1)


def _run_settings() -> tuple[Settings | None, bool]:
    """The settings, if they can be read, and whether nothing about them is to be mended."""
    try:
        chosen = settings()
    except click.ClickException as fault:
        return None, _tell("settings", fault=fault.format_message())
    try:
        require_shared_limit(chosen)
        require_redis_for_replicas(chosen)
        findings = _check_settings(chosen)
    except (click.ClickException, CheckFailed) as fault:
        return chosen, _tell("settings", fault=str(fault))
    return chosen, _tell("settings", findings)


def _check_settings(chosen: Settings) -> str:
    """Check what a start does not refuse: misspelt names, and folders that are not there."""
    for name, similar in unknown_settings(os.environ):
        raise CheckFailed(f"{name} is not a setting{f'; {similar} is' if similar else ''}.")
    for setting in ("graphql_documents", "metrics_folder"):
        folder = getattr(chosen, setting)
        if folder is not None and not folder.is_dir():
            raise CheckFailed(f"{_PREFIX}{setting.upper()}: there is no folder {folder}.")
    return f"{sum(f'{_PREFIX}{name.upper()}' in os.environ for name in Settings.model_fields)} set"


async def _run_checks(chosen: Settings) -> bool:
    """Check what the settings name. What needs a sound database is left out where it is not."""
    sound = await _run_database(chosen)
    for url in chosen.database_replica_urls:
        servers = (PostgresDatabase(each, microseconds) for each in (url, chosen.database_url))
        sound &= await _report("replica", check_replica(*servers), about=f"{_place(url)}: ")
    sound &= await _report("files", check_files(open_blobs(chosen.files_url)))
    if chosen.redis_url is not None:
        sound &= await _report("redis", _check_redis(chosen.redis_url))
    return sound


async def _run_database(chosen: Settings) -> bool:
    path = sqlite_path(chosen.database_url)
    if path is not None and not await _report("database", asyncio.to_thread(check_sqlite, path)):
        return False
    database = open_database(chosen.database_url)

    async def revision() -> str:
        return f"revision {await require_served(database)}"

    try:
        if path is None and not await _report("database", _check_server(chosen.database_url, database)):
            return False
        sound = path is not None or await _report("workers", check_connections(database, chosen.workers))
        sound &= await _report("schema", revision()) and await _report("clock", check_clock(database, microseconds))
        return sound
    finally:
        await database.close()


async def _check_server(url: str, database: Database) -> str:
    findings = await check_postgresql(database)
    await probe(url)
    return findings


async def _check_redis(url: str) -> str:
    try:
        await ping(url, _SECONDS_TO_PING)
    except FAILURES as error:
        reason = terminal.line(str(error) or type(error).__name__)
        raise CheckFailed(f"Redis cannot be used, and requests pass uncounted. The reason: {reason}") from error
    return "it answers"


def _place(url: str) -> str:
    """The host and the database of a URL, without its user and password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


async def _report(name: str, check: Coroutine[Any, Any, str], *, about: str = "") -> bool:
    """Await a check and print its line; whether it found no fault."""
    try:
        with as_click_errors():
            findings = await check
    except click.ClickException as fault:
        return _tell(name, fault=about + fault.format_message())
    except CheckFailed as fault:
        return _tell(name, fault=about + str(fault))
    return _tell(name, about + findings)


def _tell(name: str, findings: str = "", *, fault: str = "") -> bool:
    click.echo(f"{'mend' if fault else 'ok':5} {name:9} {fault or findings}")
    return not fault
