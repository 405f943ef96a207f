"""Errors of settings and databases as one line instead of a traceback."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import click
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.domain.errors import Code, NotMigrated, TandemError
from app.observability import terminal
from app.settings import Settings
from app.stores.postgres.connecting import each_host


def settings() -> Settings:
    """The settings of the environment. Raises click's usage error, naming the variables at fault."""
    try:
        chosen = Settings()
        for url in each_host(chosen.database_url):
            make_url(url)
    except ValidationError as invalid:
        raise click.UsageError("; ".join(map(_fault, invalid.errors()))) from None
    except (ArgumentError, ValueError) as invalid:
        raise click.UsageError(f"TANDEM_DATABASE_URL: {invalid}") from None
    return chosen


def _fault(error: ErrorDetails) -> str:
    """The variable, and what is wrong with it; its description in place of a pattern."""
    name = str(error["loc"][0])
    if error["type"] == "string_pattern_mismatch":
        return f"TANDEM_{name.upper()} must be: {Settings.model_fields[name].description}"
    return f"TANDEM_{name.upper()}: {error['msg'].removeprefix('Value error, ')}"


@contextmanager
def as_click_errors() -> Iterator[None]:
    """Translate database errors to click's errors, with the reason from the database or system."""
    try:
        yield
    except NotMigrated as error:
        raise click.ClickException(error.message) from error
    except TandemError as error:
        raise click.ClickException(terminal.line(_reasoned(error))) from error
    except DBAPIError as error:
        raise click.ClickException(terminal.line(f"The database cannot be used: {error.orig}")) from error
    except (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise click.ClickException(terminal.line(f"The database cannot be used: {error}")) from error


def _reasoned(error: TandemError) -> str:
    cause = error.__cause__
    if error.code is not Code.UNAVAILABLE or cause is None:
        return error.message
    reason = str(cause).partition("\n")[0] or type(cause).__name__  # libraries add lines for debugging
    return f"{error.message} The reason: {reason}"
