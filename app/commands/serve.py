"""`tandem serve`: the application on uvicorn."""

import ipaddress
import os
import resource
from tempfile import TemporaryDirectory

import click
import uvicorn

from app import logs
from app.commands.plainly import settings
from app.server import Protocol
from app.settings import Settings

_SECONDS_TO_FINISH = 10
"""What a stalled request is given when the server is told to stop."""
_SECONDS_TO_START = 60
"""What a worker is given to load the application, on a machine that is busy serving."""


def _environment() -> str:
    lines = ["\b", "Settings, from the environment:"]
    for name, field in Settings.model_fields.items():
        lines += [f"  TANDEM_{name.upper()} (default: {field.get_default()})", f"      {field.description}"]
    return "\n".join(lines)


@click.command(epilog=_environment())
@click.option("--host", help="Address to listen on; goes before TANDEM_HOST.")
@click.option("--port", type=int, help="Port to listen on; goes before TANDEM_PORT.")
@click.option("--workers", type=int, help="Processes that serve; goes before TANDEM_WORKERS.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the catalogue."""
    given = {"TANDEM_HOST": host, "TANDEM_PORT": port, "TANDEM_WORKERS": workers}
    # The environment is how workers, which are processes of their own, get to know it.
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    chosen = settings()
    if chosen.auth is None and _is_loopback(chosen.host):
        os.environ["TANDEM_AUTH"] = "open"
    if chosen.workers > 1 and not (chosen.redis_url or chosen.rate_limit == "off"):
        raise click.UsageError(
            f"{chosen.workers} workers that each count for themselves let through {chosen.workers} times as many:"
            " set TANDEM_REDIS_URL, so that they count together, or TANDEM_RATE_LIMIT=off."
        )
    logs.configure(chosen.log_format)
    _allow_connections()
    if chosen.workers == 1:  # it ends by the signal that stops it, and would leave a folder behind
        _serve(chosen)
        return
    with TemporaryDirectory(prefix="tandem-metrics-") as folder:
        os.environ.setdefault("TANDEM_METRICS_FOLDER", folder)
        _serve(chosen)


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
    """As many open files as the system lets this process have: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
