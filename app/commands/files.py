"""`tandem files`: checks of the file store for operators."""

import click

from app.commands.error_messages import settings
from app.commands.on_database import on_database
from app.domain.files.blob_references import Reference
from app.domain.unit_of_work import Database
from app.media import file_check
from app.media.blob_storage import Storage
from app.media.file_check import Orphan
from app.stores.open_blobs import open_blobs


@click.group()
def files() -> None:
    """The store of files and images."""


@files.command()
@click.option("--mend", is_flag=True, help="Drop references to lost bytes; let the sweep remove orphans.")
@click.pass_context
def check(ctx: click.Context, *, mend: bool) -> None:
    """Compare the store with the database; safe while the service runs.

    Lists references to missing or incomplete bytes, and orphans: bytes without a reference. Exits 1 if it finds any and
    does not repair them.
    """
    lost, orphans = on_database(lambda database: _check(database, mend=mend))
    click.echo(f"{lost} lost, {orphans} orphans{' (mended)' if mend and (lost or orphans) else ''}")
    ctx.exit(1 if (lost or orphans) and not mend else 0)


async def _check(database: Database, *, mend: bool) -> tuple[int, int]:
    storage = Storage(open_blobs(settings().files_url), database)
    counts = {Reference: 0, Orphan: 0}
    for find in (file_check.lost_references, file_check.orphans):
        async for found in find(storage):
            counts[type(found)] += 1
            click.echo(_line(found))
            if mend:
                await file_check.repair(storage, found)
    if mend:
        await storage.blobs.tidy()
    return counts[Reference], counts[Orphan]


def _line(found: Reference | Orphan) -> str:
    if isinstance(found, Orphan):
        return f"orphan\t{found.sha256}"
    return f"lost\t{found.sha256}\t{found.kind}\t{found.id}"
