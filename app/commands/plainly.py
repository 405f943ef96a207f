"""What goes wrong with settings and databases, said in a line instead of a traceback."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import click
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.domain.errors import TandemError
from app.settings import Settings


def settings() -> Settings:
    """The settings of the environment. Raises click's usage error, naming the variables at fault."""
    try:
        chosen = Settings()
        make_url(chosen.database_url)
    except ValidationError as invalid:
        faults = [f"TANDEM_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in invalid.errors()]
        raise click.UsageError("; ".join(faults)) from None
    except (ArgumentError, ValueError) as invalid:
        raise click.UsageError(f"TANDEM_DATABASE_URL: {invalid}") from None
    return chosen


@contextmanager
def plainly() -> Iterator[None]:
    """Turn what a database refuses into click's own errors."""
    try:
        yield
    except TandemError as error:
        raise click.ClickException(error.message) from error
    except DBAPIError as error:
        raise click.ClickException(f"The database cannot be used: {error.orig}") from error
    except (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise click.ClickException(f"The database cannot be used: {error}") from error
