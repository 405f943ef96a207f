"""`tandem files`: what an operator does with the store of files."""

import click

from app import file_check
from app.commands.on_database import on_database
from app.commands.plainly import settings
from app.domain.references import Reference
from app.domain.unit import Database
from app.file_check import Orphan
from app.storage import Storage
from app.stores.files import open_blobs


@click.group()
def files() -> None:
    """The store of files and images."""


@files.command()
@click.option("--mend", is_flag=True, help="Give up what lost its bytes; let orphans be swept.")
@click.pass_context
def check(ctx: click.Context, *, mend: bool) -> None:
    """Compare the store with the database; safe beside a running service.

    Lists what refers to bytes that are not there, or not whole, and orphans: bytes that nothing knows of. Exits 1 where
    there are some that were not mended.
    """
    lost, orphans = on_database(lambda database: _check(database, mend=mend))
    click.echo(f"{lost} lost, {orphans} orphans{' (mended)' if mend and (lost or orphans) else ''}")
    ctx.exit(1 if (lost or orphans) and not mend else 0)


async def _check(database: Database, *, mend: bool) -> tuple[int, int]:
    storage = Storage(open_blobs(settings().files_url), database)
    counts = {Reference: 0, Orphan: 0}
    for find in (file_check.lost, file_check.orphans):
        async for found in find(storage):
            counts[type(found)] += 1
            click.echo(_line(found))
            if mend:
                await file_check.mend(storage, found)
    if mend:
        await storage.blobs.tidy()
    return counts[Reference], counts[Orphan]


def _line(found: Reference | Orphan) -> str:
    if isinstance(found, Orphan):
        return f"orphan\t{found.sha256}"
    return f"lost\t{found.sha256}\t{found.kind}\t{found.id}"
