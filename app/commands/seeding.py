"""`tandem seed`: the demo catalogue into a migrated database without products."""

import click

from app.commands.error_messages import settings
from app.commands.on_database import on_database
from app.commands.progress import Progress, with_progress
from app.domain.errors import TandemError
from app.domain.unit_of_work import Database
from app.media.blob_storage import Storage
from app.media.image_pool import ImagePool
from app.media.product_images import ProductImages
from app.stores.open_blobs import open_blobs
from seed import loader


@click.command()
@click.option("--remove", is_flag=True, help="Remove the demo products, and the categories that this leaves empty.")
def seed(*, remove: bool) -> None:
    """Load the demo catalogue into a database without products.

    If the demo is already loaded, this stores its missing pictures. A product whose sku or name has changed no longer
    belongs to the demo.
    """
    progress = Progress()
    if remove:
        click.echo(f"Removed: {on_database(loader.remove)} products", err=True)
        return
    loaded, pictures = with_progress(lambda database: _seed(database, progress), progress)
    if loaded:
        click.echo(f"Seeded: {progress}", err=True)
    elif pictures:
        click.echo(f"Seeded: {pictures} pictures that were missing", err=True)
    else:
        click.echo("The catalogue already has products: nothing was seeded.", err=True)


async def _seed(database: Database, progress: Progress) -> tuple[bool, int]:
    """Whether products were loaded, and how many pictures were stored; the products stay without them if need be."""
    loaded, pictures, pool = await loader.load(database, progress), 0, ImagePool()
    try:
        images = ProductImages(Storage(open_blobs(settings().files_url), database), pool)
        pictures = await loader.illustrate(database, images)
    except (OSError, TandemError) as error:
        click.echo(f"The pictures cannot be stored; run `tandem seed` again once they can: {error}", err=True)
    finally:
        pool.close()
    return loaded, pictures
