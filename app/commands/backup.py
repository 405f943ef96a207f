"""`tandem backup`: copy a SQLite database while the service runs."""

from pathlib import Path

import click

from app.commands.error_messages import as_click_errors, settings
from app.stores.database import sqlite_path
from app.stores.sqlite.backup import Damaged, back_up


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the SQLite database to FILE, and verify the copy; safe while the service runs.

    FILE must not exist. The copy does not contain files and images: copy their folder after the database.
    """
    source = sqlite_path(settings().database_url)
    if source is None:
        raise click.ClickException("The database is PostgreSQL: use pg_dump or pgBackRest.")
    if not source.exists():
        raise click.ClickException(f"There is no database at {source}.")
    with as_click_errors():
        try:
            size = back_up(source, file)
        except FileExistsError:
            raise click.ClickException(f"{file} already exists; a backup never replaces a file.") from None
        except FileNotFoundError:
            raise click.ClickException(f"There is no folder {file.parent}.") from None
        except Damaged as error:
            raise click.ClickException(f"The database is damaged; nothing was written. SQLite says: {error}") from None
    click.echo(f"{file}: {size:,} bytes, verified.", err=True)
