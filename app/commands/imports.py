"""`tandem import`: products from files into a migrated database."""

import gc
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

import click

from app.bulk import import_files, import_requests, import_runner
from app.bulk.import_options import Notes, Read, UnreadableFile
from app.bulk.pending_images import PendingImages
from app.commands.error_messages import settings
from app.commands.import_options import options
from app.commands.progress import Progress, shown, with_progress
from app.domain.fields.product_fields import IMPORTED
from app.domain.unit_of_work import Database
from app.media.blob_storage import Storage
from app.media.image_downloads import ImageDownloads
from app.media.image_import import ImageImport
from app.media.image_pool import ImagePool
from app.media.product_images import ProductImages
from app.stores.open_blobs import open_blobs

_EXAMPLES = 3
_OBJECTS = 50_000
"""New objects between two garbage collections. A batch has more than that, and hardly any of them are in cycles."""
_SECONDS_OF_PYTHON = 0.0005
"""The switch interval in seconds: how long the reading thread may delay the storing one after each statement."""
_HELP = f"""Upsert the products of FILE by sku; `-` is stdin.

FILE is NDJSON, a JSON array, CSV, XLSX, or an export of Shopify, WooCommerce, Magento, PrestaShop or Etsy, or a
Google feed; the header decides. docs/imports.md lists what an import reads of each.

Members: {", ".join(IMPORTED)}. An omitted member keeps its stored value. A category is a path from the
root (`Books > Comics`) or a bare name; `\\>` is a literal `>`. In CSV, `|` separates categories. The import lists bad
lines. It exits 0 if all lines were imported, 1 if some were bad.

The import commits batches of lines: if it is interrupted, run it again.
"""


@click.command("import", help=_HELP)
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Report what the import would do; store nothing.")
@click.option(
    "--last-wins",
    is_flag=True,
    help="If several lines have the same sku, import the last; default: the later ones are bad.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(import_requests.KNOWN_FORMATS),
    default="auto",
    show_default=True,
    help="Format of FILE; `csv` reads only columns named like members.",
)
@click.option("--map", "mapped", multiple=True, metavar="COLUMN=MEMBER", help="Read MEMBER from COLUMN.")
@click.option("--mapping", type=click.File("rb"), help="JSON file that maps columns to members.")
@click.option("--set", "preset", multiple=True, metavar="MEMBER=VALUE", help="Default VALUE for MEMBER.")
@click.option("--currency", metavar="CODE", help="Currency of prices without one; short for --set currency=CODE.")
@click.option(
    "--decimal",
    type=click.Choice(import_requests.DECIMALS),
    help="Decimal mark of numbers in a table; default: detected per column.",
)
@click.option(
    "--encoding",
    type=click.Choice(import_requests.ENCODINGS),
    help="Encoding of FILE; default: UTF-8, or UTF-16 with a BOM.",
)
@click.option("--no-images", is_flag=True, help="Do not fetch the images whose addresses FILE contains.")
@click.option("--report", type=click.File("ab", lazy=False), help="File for the bad lines (NDJSON); default: stderr.")
@click.pass_context
def import_file(
    ctx: click.Context,
    file: BinaryIO,
    report: BinaryIO | None,
    *,
    dry_run: bool,
    last_wins: bool,
    format_: str,
    mapped: tuple[str, ...],
    mapping: BinaryIO | None,
    preset: tuple[str, ...],
    currency: str | None,
    decimal: str | None,
    encoding: str | None,
    no_images: bool,
) -> None:
    """Import a file."""
    options_ = options(format_, mapping, mapped, preset, currency, decimal, encoding)
    notes = Notes()
    with shown(_size(file), _emptied(report, file)) as progress:
        lines = import_files.read(file, Path(getattr(file, "name", "-")).suffix, options_, notes)
        lines = _with_examples(lines, progress) if dry_run else lines
        with_progress(
            lambda database: _import(
                database, lines, progress, dry_run=dry_run, last_wins=last_wins, fetches=not no_images
            ),
            progress,
        )
        progress.notes(notes)
    if dry_run:
        click.echo("This was a dry run: nothing was stored.", err=True)
    click.echo(progress)
    ctx.exit(1 if progress.bad else 0)


async def _import(
    database: Database, lines: Iterator[Read], progress: Progress, *, dry_run: bool, last_wins: bool, fetches: bool
) -> None:
    settle()
    with closing(PendingImages()) as pending:
        try:
            await import_runner.run(
                database, lines, progress, dry_run=dry_run, last_wins=last_wins, pending=pending if fetches else None
            )
        except UnreadableFile as problem:
            raise click.UsageError(str(problem)) from None
        if pending.count:
            await _fetch(database, pending, progress)


def settle() -> None:
    """Tune this process for an import, its only work."""
    gc.freeze()  # loaded modules stay: collections that scan them took a tenth of the time
    gc.set_threshold(_OBJECTS)
    sys.setswitchinterval(_SECONDS_OF_PYTHON)


async def _fetch(database: Database, pending: PendingImages, progress: Progress) -> None:
    """Fetch the images of the products that landed."""
    chosen, pool = settings(), ImagePool()
    images = ProductImages(Storage(open_blobs(chosen.files_url), database), pool)
    downloads = ImageDownloads(images, chosen.max_upload_bytes)
    fetching = ImageImport(database, downloads, progress.warn)
    try:
        await fetching.run(pending)
    finally:
        progress.images(fetching.fetched, fetching.known)
        await downloads.close()
        pool.close()


def _with_examples(lines: Iterator[Read], progress: Progress) -> Iterator[Read]:
    """The lines; some of the first ones are shown."""
    for index, read in enumerate(lines):
        if index < _EXAMPLES:
            progress.example(read.line)
        yield read


def _emptied(report: BinaryIO | None, file: BinaryIO) -> BinaryIO | None:
    """The emptied report file; raises if it is the import's own file."""
    if report is not None:
        with suppress(OSError):  # what is no file cannot be compared
            theirs = os.fstat(file.fileno())
            if stat.S_ISREG(theirs.st_mode) and os.path.samestat(os.fstat(report.fileno()), theirs):
                raise click.BadParameter("The report cannot replace FILE.", param_hint="'--report'")
        with suppress(OSError):  # nor be cut
            report.truncate(0)
    return report


def _size(file: BinaryIO) -> int | None:
    """The size of a file in bytes; None for pipes and the like."""
    with suppress(OSError):
        status = os.fstat(file.fileno())
        return status.st_size if stat.S_ISREG(status.st_mode) else None
    return None
