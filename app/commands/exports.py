"""`tandem export`: the catalogue on stdout, as one snapshot."""

import sys
from contextlib import aclosing
from typing import BinaryIO

import click

from app import export_files
from app.commands.on_database import on_database
from app.domain import exports
from app.domain.exports import LeftOut
from app.domain.unit import Database
from app.export_files import Format


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["ndjson", "csv"]),
    default="ndjson",
    show_default=True,
    help="What to write.",
)
def export(format_: Format) -> None:
    """Write every product that has a sku to stdout, as `tandem import` takes it.

    All of it is of one moment, whatever is written meanwhile. A category is a path from the root (`Books > Comics`),
    or a bare name where no other bears it. What an import has no line for is left out, and counted on stderr: products
    without a sku, and categories that no product stands in or under.
    """
    left_out = LeftOut()
    stdout = sys.stdout.buffer
    on_database(lambda database: _write(database, stdout, format_, left_out))
    if left_out.products:
        click.echo(f"Left out, for want of a sku: {left_out.products} products.", err=True)
    if left_out.categories:
        click.echo(f"Left out, for want of products: {left_out.categories} categories.", err=True)


async def _write(database: Database, stdout: BinaryIO, format_: Format, left_out: LeftOut) -> None:
    async with database.snapshot() as snapshot, aclosing(exports.batches(snapshot, left_out)) as batches:
        _put(stdout, export_files.begin(format_))
        async for items in batches:
            _put(stdout, export_files.lines(format_, items))


def _put(stdout: BinaryIO, text: bytes) -> None:
    """Write to stdout; raises what ends the command, quietly where nobody reads any more."""
    try:
        stdout.write(text)
        stdout.flush()
    except BrokenPipeError:
        raise click.exceptions.Exit(1) from None
    except OSError as error:
        raise click.ClickException(f"The export cannot be written: {error.strerror}.") from error
