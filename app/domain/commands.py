"""The commands of the catalogue: their names, fingerprints, and outcomes."""

from collections.abc import Sequence

from app.domain import slugs
from app.domain.addresses import Address
from app.domain.bulk import batch_runs, import_jobs
from app.domain.bulk.batches import Batch
from app.domain.bulk.import_jobs import ImportSettings
from app.domain.callers import Caller
from app.domain.catalogue import categories, image_lists, products
from app.domain.catalogue.image_lists import ImagePlacement, NewImage
from app.domain.catalogue.images import Image, Stored
from app.domain.catalogue.product_edits import Edit, SentEdit, canonical
from app.domain.errors import FieldError, Invalid
from app.domain.etags import Conditions
from app.domain.fields import product_fields
from app.domain.files import files, resumable
from app.domain.idempotency import Command, Snapshot
from app.domain.unit_of_work import Unit

EVERYTHING = (*product_fields.SHOWN, "stocks")
"""The columns of a product's snapshot."""
_LATER = {name: member.default for name, member in product_fields.WRITABLE.items() if member.edition > 2}
APPEND = "upload.append"
IMPORT = "import.start"


def completed(snapshot: Snapshot) -> Snapshot:
    """A product's snapshot completed with the members that older releases did not store."""
    if "name" not in snapshot or snapshot.keys() >= _LATER.keys():
        return snapshot
    return {**_LATER, "slug": slugs.of_name(snapshot["name"]), **snapshot}


def create_product(edit: Edit) -> Command:
    """Make a product."""

    async def effect(unit: Unit) -> Snapshot:
        return await _product(unit, await products.create(unit, edit))

    def payload(edit: Edit) -> Edit:
        return canonical({name: value for name, value in edit.items() if value is not None})

    return Command("product.create", payload(edit), effect, payload_v1=payload(_untrimmed(edit)))


def change_product(address: Address, edit: Edit, if_match: str | None) -> Command:
    """Edit a product."""

    async def effect(unit: Unit) -> Snapshot:
        return await _product(unit, await products.change(unit, address, edit, if_match))

    def payload(edit: Edit) -> list[object]:
        return [address, canonical(edit)]

    return Command("product.update", payload(edit), effect, payload_v1=payload(_untrimmed(edit)))


def put_product(address: Address, edit: Edit, conditions: Conditions, kept: frozenset[str]) -> Command:
    """Replace a product except its `kept` attributes, or create the product of a new sku."""

    async def effect(unit: Unit) -> Snapshot:
        product_id, created = await products.put(unit, address, edit, conditions, kept)
        return {**await _product(unit, product_id), "created": created}

    def payload(edit: Edit) -> list[object]:
        return [address, canonical(edit), sorted(kept - product_fields.LATER)]

    operation = "product.replace" if isinstance(address, int) else "product.upsert"
    return Command(operation, payload(edit), effect, payload_v1=payload(_untrimmed(edit)))


def remove_product(address: Address, if_match: str | None) -> Command:
    """Delete a product."""

    async def effect(unit: Unit) -> Snapshot:
        return {"id": await products.remove(unit, address, if_match)}

    return Command("product.delete", address, effect)


def adjust_stock(address: Address, delta: int, variant_id: int | None = None) -> Command:
    """Adjust the stock of a product's variant, by default the first."""

    async def effect(unit: Unit) -> Snapshot:
        return await _product(unit, await products.adjust_stock(unit, address, delta, variant_id))

    payload = [address, delta] if variant_id is None else [address, delta, variant_id]
    return Command("product.adjust_stock", payload, effect)


def run_batch(batch: Batch) -> Command:
    """Run a batch of operations on products."""

    async def effect(unit: Unit) -> Snapshot:
        return await batch_runs.run(unit, batch)

    payload = [batch.mode, [operation.payload for operation in batch.operations]]
    return Command("product.batch", payload, effect, dry_run=batch.dry_run)


def create_category(edit: categories.Edit) -> Command:
    """Make a category."""

    async def effect(unit: Unit) -> Snapshot:
        return await _category(unit, await categories.create(unit, categories.Draft(**edit)))

    present = {name: value for name, value in edit.items() if value is not None}
    return Command("category.create", present, effect)


def change_category(category_id: int, edit: categories.Edit, if_match: str | None, *, replace: bool = False) -> Command:
    """Rename or move a category."""

    async def effect(unit: Unit) -> Snapshot:
        await categories.change(unit, category_id, edit, if_match, replace=replace)
        return await _category(unit, category_id)

    return Command("category.replace" if replace else "category.update", [category_id, edit], effect)


def remove_category(category_id: int, if_match: str | None) -> Command:
    """Delete a category."""

    async def effect(unit: Unit) -> Snapshot:
        await categories.remove(unit, category_id, if_match)
        return {"id": category_id}

    return Command("category.delete", category_id, effect)


def put_image(address: Address, image: Image, digest: str, if_match: str | None) -> Command:
    """Set a product's first image; `digest` is the SHA-256 of the uploaded bytes."""

    async def effect(unit: Unit) -> Snapshot:
        product_id, created = await image_lists.put_first(unit, address, image, if_match)
        return {"productId": product_id, "created": created, **image._asdict()}

    return Command("product.put_image", [address, digest], effect)


def remove_image(address: Address, if_match: str | None) -> Command:
    """Remove a product's first image."""

    async def effect(unit: Unit) -> Snapshot:
        return {"productId": await image_lists.remove_first(unit, address, if_match)}

    return Command("product.delete_image", address, effect)


def attach_image(address: Address, attached: NewImage, digest: str, if_match: str | None) -> Command:
    """Add an image at the end of a product's list; `digest` is the SHA-256 of the uploaded bytes."""

    async def effect(unit: Unit) -> Snapshot:
        image = await image_lists.attach(unit, address, attached, if_match)
        return {**await _product(unit, image.product_id), "imageId": image.id}

    return Command("product.attach_image", [address, digest, attached.alt], effect)


def set_images(address: Address, placed: Sequence[ImagePlacement], if_match: str | None) -> Command:
    """Set the order of a product's images, and remove the others."""

    async def effect(unit: Unit) -> Snapshot:
        return await _product(unit, await image_lists.reorder(unit, address, placed, if_match))

    return Command("product.set_images", [address, placed], effect)


def describe_image(address: Address, image_id: int, alt: str | None, if_match: str | None) -> Command:
    """Set the alternative text of a product's image."""

    async def effect(unit: Unit) -> Snapshot:
        product_id = await image_lists.set_alt(unit, address, image_id, alt, if_match)
        return {**await _product(unit, product_id), "imageId": image_id}

    return Command("product.describe_image", [address, image_id, alt], effect)


def detach_image(address: Address, image_id: int, if_match: str | None) -> Command:
    """Remove an image from a product's list."""

    async def effect(unit: Unit) -> Snapshot:
        return {"productId": await image_lists.remove(unit, address, image_id, if_match)}

    return Command("product.detach_image", [address, image_id], effect)


def create_file(caller: Caller, name: str, stored: Stored) -> Command:
    """Create a file of stored bytes."""

    async def effect(unit: Unit) -> Snapshot:
        return (await files.create(unit, caller.name, name, stored))._asdict()

    return Command("file.create", [name, *stored], effect)


def remove_file(caller: Caller, identity: str, if_match: str | None) -> Command:
    """Delete one of the caller's files."""

    async def effect(unit: Unit) -> Snapshot:
        await files.remove(unit, caller.name, identity, if_match)
        return {"id": identity}

    return Command("file.delete", identity, effect)


def start_import(caller: Caller, settings: ImportSettings, source: Stored | str, name: str = "") -> Command:
    """Queue an import of stored bytes with a name, or of a file by its id."""

    async def effect(unit: Unit) -> Snapshot:
        if isinstance(source, str):
            file = await files.find_own(unit, caller.name, source)
        else:
            file = await files.create(unit, caller.name, name, source)
        if file is None:
            raise Invalid([FieldError(("fileId",), "`fileId` is not one of your files.")])
        owns_file = settings.remove_file or not isinstance(source, str)
        return await import_jobs.start(unit, caller.name, settings, file, owns_file=owns_file)

    payload = [settings.format, settings.dry_run, settings.options, source, name]
    if settings.remove_file:  # absent, the fingerprint is that of releases without this option
        payload.append("remove file")
    return Command(IMPORT, payload, effect)


def cancel_import(job_id: int) -> Command:
    """Cancel an import."""
    return Command("import.cancel", job_id, lambda unit: import_jobs.cancel(unit, job_id))


def create_upload(caller: Caller, name: str, content_type: str, metadata: str, size: int) -> Command:
    """Begin a resumable upload."""

    async def effect(unit: Unit) -> Snapshot:
        return (await resumable.create(unit, caller.name, name, content_type, metadata, size))._asdict()

    return Command("upload.create", [name, content_type, metadata, size], effect)


def append_to_upload(upload_id: str, start: int, sha256: str, received: int) -> Command:
    """Record the new offset of an upload."""

    async def effect(_: Unit) -> Snapshot:
        return {"received": received}

    return Command(APPEND, [upload_id, start, sha256], effect)


def remove_upload(caller: Caller, identity: str) -> Command:
    """Delete a resumable upload."""

    async def effect(unit: Unit) -> Snapshot:
        await resumable.remove(unit, caller.name, identity)
        return {"id": identity}

    return Command("upload.delete", identity, effect)


def _untrimmed(edit: Edit) -> Edit:
    """The edit for fingerprints of version 1."""
    return edit.untrimmed if isinstance(edit, SentEdit) else edit


async def _product(unit: Unit, product_id: int) -> Snapshot:
    _, *values = await products.get(unit, product_id, EVERYTHING, everything=True)
    return dict(zip(EVERYTHING, values, strict=True))


async def _category(unit: Unit, category_id: int) -> Snapshot:
    row = await categories.get(unit, category_id)
    return dict(zip(("id", "name", "slug", "parentId", "version"), row, strict=True))
