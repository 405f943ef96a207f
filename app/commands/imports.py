"""`tandem import` and `tandem seed`: products from files into a migrated database."""

import gc
import os
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import click

from app import import_files, imports
from app.commands.on_database import on_database
from app.commands.plainly import settings
from app.commands.progress import Progress, shown
from app.domain.errors import TandemError
from app.domain.unit import Database
from app.picture_pool import PicturePool
from app.product_images import ProductImages
from app.storage import Storage
from app.stores.files import open_blobs
from seed import loader

T = TypeVar("T")


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what it would do; store nothing.")
@click.option("--report", type=click.File("ab", lazy=False), help="List bad lines in it (NDJSON), not on stderr.")
@click.pass_context
def import_file(ctx: click.Context, file: BinaryIO, report: BinaryIO | None, *, dry_run: bool) -> None:
    """Store the products of FILE (NDJSON or CSV; `-`: stdin), by their sku.

    Members: sku, name, description, price, currency, stock, categories; what a line leaves out stays as it is stored.
    A category is a path from the root (`Books > Comics`) or a bare name; a backslash takes `>` literally. In CSV, `|`
    stands between categories. Bad lines are listed; exits 1 where there were some, 0 where all landed.

    Lines land some at a time: to go on after an import that was cut off, run it again.
    """
    with shown(_size(file), _emptied(report, file)) as progress:
        _with_database(lambda database: _import(database, file, progress, dry_run=dry_run), progress)
    if dry_run:
        click.echo("This was a dry run: nothing was stored.", err=True)
    click.echo(progress)
    ctx.exit(1 if progress.bad else 0)


@click.command()
def seed() -> None:
    """Load the seed catalogue, with its pictures, into a database that has no products; nothing into one that has."""
    progress = Progress()
    if _with_database(lambda database: _seed(database, progress), progress):
        click.echo(f"Seeded: {progress}", err=True)
    else:
        click.echo("The catalogue has products already: nothing was seeded.", err=True)


async def _seed(database: Database, progress: Progress) -> bool:
    """Whether there was anything to do. A catalogue whose pictures find no place is one all the same."""
    if not await loader.load(database, progress):
        return False
    pool = PicturePool()
    try:
        images = ProductImages(Storage(open_blobs(settings().files_url), database), pool)
        await loader.illustrate(database, images.give)
    except (OSError, TandemError) as error:
        click.echo(f"Its pictures cannot be stored: {error}", err=True)
    finally:
        pool.close()
    return True


async def _import(database: Database, file: BinaryIO, progress: Progress, *, dry_run: bool) -> None:
    gc.freeze()  # what is loaded by now stays: a tenth of the time went into looking whether it does
    lines = import_files.read(file, Path(getattr(file, "name", "-")).suffix)
    try:
        await imports.run(database, lines, progress, dry_run=dry_run)
    except import_files.NoHeader:
        raise click.UsageError(
            "FILE is no NDJSON, and no CSV whose first line names the columns, `sku` among them."
        ) from None


def _emptied(report: BinaryIO | None, file: BinaryIO) -> BinaryIO | None:
    """The report's file, emptied now that it is known not to be the import's own."""
    if report is not None:
        with suppress(OSError):  # what is no file cannot be compared
            theirs = os.fstat(file.fileno())
            if stat.S_ISREG(theirs.st_mode) and os.path.samestat(os.fstat(report.fileno()), theirs):
                raise click.BadParameter("The report cannot replace FILE.", param_hint="'--report'")
        with suppress(OSError):  # nor be cut
            report.truncate(0)
    return report


def _with_database(work: Callable[[Database], Awaitable[T]], progress: Progress) -> T:
    """Run work on the database; what stops it is told with what landed before."""
    try:
        return on_database(work)
    except click.UsageError:
        raise
    except click.ClickException as error:
        raise click.ClickException(error.message + _landed(progress)) from error
    except KeyboardInterrupt:
        raise click.ClickException(f"Interrupted.{_landed(progress)}") from None


def _landed(progress: Progress) -> str:
    return f" Before that: {progress}; to go on, import the whole file again." if progress.lines else ""


def _size(file: BinaryIO) -> int | None:
    """How many bytes a file has; None for pipes and the like."""
    with suppress(OSError):
        status = os.fstat(file.fileno())
        return status.st_size if stat.S_ISREG(status.st_mode) else None
    return None
