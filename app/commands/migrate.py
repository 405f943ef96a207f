"""`tandem migrate`: bring the database to the newest revision."""

import click

from app.commands.error_messages import plainly, settings
from app.stores import migrate as migrations


@click.command()
def migrate() -> None:
    """Migrate the database to the newest revision; safe to repeat, and from two processes at once.

    The command lists names and skus that newer rules treat differently.
    """
    url = settings().database_url
    with plainly():
        notes = migrations.migrate(url)
    for note in notes:
        click.echo(note, err=True)
    click.echo("The database is at the newest revision.", err=True)
