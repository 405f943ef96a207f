"""`tandem serve`: the application on uvicorn."""

import asyncio
import gc
import os
import resource
from tempfile import TemporaryDirectory

import asyncpg
import click
import uvicorn

from app.commands.error_messages import settings
from app.observability import logs
from app.server.protocol import Protocol
from app.settings import Settings
from app.stores.database import sqlite_path
from app.stores.postgres.probe import Unsuitable, probe

_SECONDS_TO_FINISH = 10
"""Seconds that a request in flight may take when the server stops."""
_SECONDS_TO_START = 60
"""Seconds that a worker may take to load the application on a busy machine."""


def _environment() -> str:
    lines = ["\b", "Settings, from the environment:"]
    for name, field in Settings.model_fields.items():
        lines += [f"  TANDEM_{name.upper()} (default: {field.get_default()})", f"      {field.description}"]
    return "\n".join(lines)


@click.command(epilog=_environment())
@click.option("--host", help="Address to listen on; overrides TANDEM_HOST.")
@click.option("--port", type=int, help="Port to listen on; overrides TANDEM_PORT.")
@click.option("--workers", type=int, help="Number of worker processes; overrides TANDEM_WORKERS.")
@click.option("--root-path", help="Path below which a proxy publishes the service; overrides TANDEM_ROOT_PATH.")
def serve(host: str | None, port: int | None, workers: int | None, root_path: str | None) -> None:
    """Serve the catalogue over GraphQL and REST."""
    overrides = {"TANDEM_HOST": host, "TANDEM_PORT": port, "TANDEM_WORKERS": workers, "TANDEM_ROOT_PATH": root_path}
    # Workers are other processes, so they get it by the environment.
    os.environ.update({name: str(value) for name, value in overrides.items() if value is not None})
    chosen = settings()
    require_shared_limit(chosen)
    require_redis_for_replicas(chosen)
    _require_suitable(chosen.database_url)
    logs.configure(chosen.log_format)
    _allow_connections()
    if chosen.workers == 1:
        gc.disable()  # its passes over what imports make took 20 % of a start; `app.main.served` enables it again
        _serve(chosen)  # without a folder for metrics: the process ends by its signal, and would leave it behind
        return
    with TemporaryDirectory(prefix="tandem-metrics-") as folder:
        os.environ.setdefault("TANDEM_METRICS_FOLDER", folder)
        _serve(chosen)


def require_shared_limit(chosen: Settings) -> None:
    """Raise click's usage error where several workers would each count the whole rate limit."""
    if chosen.workers > 1 and not (chosen.redis_url or chosen.rate_limit == "off"):
        raise click.UsageError(
            f"{chosen.workers} workers without a shared count allow {chosen.workers} times the rate limit:"
            " set TANDEM_REDIS_URL or TANDEM_RATE_LIMIT=off."
        )


def require_redis_for_replicas(chosen: Settings) -> None:
    """Raise click's usage error where there is no primary, or no Redis."""
    if not chosen.database_replica_urls:
        return
    if sqlite_path(chosen.database_url) is not None:
        raise click.UsageError("TANDEM_DATABASE_REPLICA_URLS needs a primary, a postgresql:// in TANDEM_DATABASE_URL.")
    if chosen.redis_url is None:
        raise click.UsageError(
            "TANDEM_DATABASE_REPLICA_URLS needs TANDEM_REDIS_URL: processes use it to share what a caller wrote."
        )


def _require_suitable(url: str) -> None:
    """Raise click's error where the engine does not do what the service relies on; one that is away may come later."""
    if sqlite_path(url) is not None:
        return
    try:
        asyncio.run(probe(url))
    except Unsuitable as error:
        raise click.ClickException(error.message) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return


def _serve(chosen: Settings) -> None:
    uvicorn.run(
        "app.main:served",
        factory=True,
        http=Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        host=chosen.host,
        port=chosen.port,
        workers=chosen.workers,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        timeout_worker_healthcheck=_SECONDS_TO_START,
    )


def _allow_connections() -> None:
    """Raise the limit of open files to the maximum: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
