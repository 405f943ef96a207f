"""`tandem migrate`: bring the database to the newest revision."""

import click

from app.commands.plainly import plainly, settings
from app.stores import migrate as migrations


@click.command()
def migrate() -> None:
    """Bring the database to the newest revision; safe to repeat, and by two processes at once."""
    url = settings().database_url
    with plainly():
        migrations.migrate(url)
    click.echo("The database is at the newest revision.", err=True)
