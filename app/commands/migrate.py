"""`tandem migrate`: bring the database to the newest revision."""

import click

from app.commands.error_messages import as_click_errors, settings
from app.stores import migrate as migrations


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what the migration would lock, and for how long; migrate nothing.")
def migrate(*, dry_run: bool) -> None:
    """Migrate the database to the newest revision; safe to repeat, and from two processes at once.

    The command prints what each revision will lock and for how long, then how long each one took. It lists names and
    skus that newer rules treat differently.
    """
    url = settings().database_url
    with as_click_errors():
        notes = migrations.migrate(url, report=lambda line: click.echo(line, err=True), dry_run=dry_run)
    for note in notes:
        click.echo(note, err=True)
