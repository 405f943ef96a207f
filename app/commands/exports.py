"""`tandem export`: the catalogue on stdout, as one snapshot."""

import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, BinaryIO, cast

import click

from app.bulk.export_files import ExportFile, Format
from app.bulk.feeds.addresses import Addresses
from app.bulk.feeds.google_feed import GoogleFeed
from app.bulk.feeds.json_ld import JsonLd
from app.commands.error_messages import settings
from app.commands.on_database import on_database
from app.domain.bulk import exports, listings
from app.domain.bulk.exports import LeftOut
from app.domain.unit_of_work import Database, Snapshot
from app.media import image_urls

_FEEDS: Mapping[str, type[GoogleFeed | JsonLd]] = {"google": GoogleFeed, "jsonld": JsonLd}


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["ndjson", "csv", *_FEEDS]),
    default="ndjson",
    show_default=True,
    help="The format to write.",
)
@click.option(
    "--spreadsheet",
    is_flag=True,
    help="With csv: put an apostrophe before cells that a spreadsheet would run as formulas; `tandem import` removes"
    " it.",
)
def export(format_: str, *, spreadsheet: bool) -> None:
    """Write every product that has a sku to stdout, in the format that `tandem import` reads, or as a feed.

    The export is one consistent snapshot. A category is a path from the root (`Books > Comics`), or a bare name if no
    other category has it. The export leaves out products without a sku, and categories without a product in or under
    them; it counts both on stderr.

    The feeds are `google`, tab-separated values for Google Merchant Center, and `jsonld`, one document in the
    vocabulary of schema.org. They list the products for sale; their addresses begin with TANDEM_PUBLIC_URL. Products
    without a required member are left out, and counted on stderr.
    """
    if spreadsheet and format_ != "csv":
        raise click.UsageError("--spreadsheet goes with --format csv.")
    stdout = sys.stdout.buffer
    if format_ not in _FEEDS:
        _export_lines(cast(Format, format_), stdout, spreadsheet=spreadsheet)
        return
    feed = _FEEDS[format_](Addresses(settings().base_url, image_urls.path))
    on_database(lambda database: _write(database, stdout, feed, listings.batches))
    for name, count in feed.left_out.items():
        click.echo(f"Left out, without `{name}`: {count} products.", err=True)


def _export_lines(format_: Format, stdout: BinaryIO, *, spreadsheet: bool) -> None:
    left_out = LeftOut()
    file, batches = ExportFile(format_, spreadsheet=spreadsheet), partial(exports.batches, left_out=left_out)
    on_database(lambda database: _write(database, stdout, file, batches))
    if left_out.products:
        click.echo(f"Left out, without a sku: {left_out.products} products.", err=True)
    if left_out.categories:
        click.echo(f"Left out, without products: {left_out.categories} categories.", err=True)


async def _write(
    database: Database,
    stdout: BinaryIO,
    file: ExportFile | GoogleFeed | JsonLd,
    batches: Callable[[Snapshot], AsyncGenerator[list[Any], None]],
) -> None:
    async with database.snapshot() as snapshot, aclosing(batches(snapshot)) as found:
        _put(stdout, file.begin())
        async for items in found:
            _put(stdout, file.lines(items))
        _put(stdout, file.end())


def _put(stdout: BinaryIO, text: bytes) -> None:
    """Write to stdout; raises what ends the command, quietly if the reader has gone."""
    try:
        stdout.write(text)
        stdout.flush()
    except BrokenPipeError:
        raise click.exceptions.Exit(1) from None
    except OSError as error:
        raise click.ClickException(f"The export cannot be written: {error.strerror}.") from error
