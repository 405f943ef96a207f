"""`tandem keys`: create, list and revoke API keys."""

import re
from datetime import UTC, datetime

import click

from app.commands.on_database import on_database
from app.domain.callers import Scope
from app.rate_limiting.token_bucket import parse_limit
from app.stores import keys as store
from app.stores.database import microseconds

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_MICROSECONDS_A_DAY = 86_400_000_000


@click.group()
def keys() -> None:
    """API keys. A name has at most two live keys: to rotate, create the second, roll it out, revoke the first."""


@keys.command()
@click.option("--name", required=True, help="The owner; orders and idempotency keys belong to this name.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="A scope of the key; repeatable.",
)
@click.option(
    "--expires-in", type=click.IntRange(1), metavar="DAYS", help="Days until the key expires; default: never."
)
@click.option("--rate", metavar="LIMIT", help="A rate limit for this key, such as 1000/minute.")
def create(name: str, scopes: tuple[str, ...], expires_in: int | None, rate: str | None) -> None:
    """Create a key, and print its secret to stdout. No command shows the secret again."""
    if not _NAME.fullmatch(name):
        raise click.BadParameter("1 to 64 letters, digits, dots, dashes, underscores or at-signs", param_hint="--name")
    if rate is not None and not _is_limit(rate):
        raise click.BadParameter("must look like 1000/minute", param_hint="--rate")
    lifetime = None if expires_in is None else expires_in * _MICROSECONDS_A_DAY
    scopes_ = [Scope(scope) for scope in scopes]
    secret = on_database(lambda database: store.create(database, name, scopes_, lifetime=lifetime, rate=rate))
    click.echo(f"A key for {name}. It is shown only once; keep it safe.", err=True)
    click.echo(secret)


@keys.command("list")
def list_keys() -> None:
    """List all keys: their ids, names, scopes and states; never their secrets."""
    now = microseconds()
    for key in on_database(store.list_all):
        state = "revoked" if key.revoked_at else "live" if key.live(now) else "expired"
        until = f"expires {_day(key.expires_at)}" if key.expires_at else "never expires"
        click.echo(
            "\t".join([key.id, key.name, state, key.scopes, f"made {_day(key.created_at)}", until, key.rate or ""])
        )


@keys.command()
@click.argument("which", metavar="ID|NAME")
def revoke(which: str) -> None:
    """Revoke a key by its id, or every key of a name; every process refuses it within two seconds."""
    revoked = on_database(lambda database: store.revoke(database, which))
    click.echo(f"Revoked: {revoked}.", err=True)


def _is_limit(text: str) -> bool:
    try:
        parse_limit(text)
    except ValueError:
        return False
    return True


def _day(microseconds_: int | None) -> str:
    return datetime.fromtimestamp((microseconds_ or 0) / 1e6, UTC).date().isoformat()
