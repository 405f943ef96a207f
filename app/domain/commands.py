"""The commands of the catalogue: what each is called, what makes two of them the same, and what it leaves behind."""

from app.domain import categories, files, images, products, resumable
from app.domain.callers import Caller
from app.domain.idempotency import Command, Snapshot
from app.domain.images import Image, Stored
from app.domain.unit import Unit

EVERYTHING = tuple(products.LISTING.columns)
"""The columns of a product's snapshot."""
APPEND = "upload.append"


def create_product(edit: products.Edit) -> Command:
    """Make a product."""

    async def effect(unit: Unit) -> Snapshot:
        return await _product(unit, await products.create(unit, edit))

    given = {name: value for name, value in edit.items() if value is not None}
    return Command("product.create", _canonical(given), effect)


def change_product(
    product_id: int, edit: products.Edit, if_match: str | None, kept: frozenset[str] | None = None
) -> Command:
    """Edit a product, or replace it where it is said what is `kept`."""

    async def effect(unit: Unit) -> Snapshot:
        await products.change(unit, product_id, edit, if_match, kept=kept)
        return await _product(unit, product_id)

    if kept is None:
        return Command("product.update", [product_id, _canonical(edit)], effect)
    return Command("product.replace", [product_id, _canonical(edit), sorted(kept)], effect)


def remove_product(product_id: int, if_match: str | None) -> Command:
    """Delete a product."""

    async def effect(unit: Unit) -> Snapshot:
        await products.remove(unit, product_id, if_match)
        return {"id": product_id}

    return Command("product.delete", product_id, effect)


def adjust_stock(product_id: int, delta: int) -> Command:
    """Add to a product's stock, or take from it."""

    async def effect(unit: Unit) -> Snapshot:
        await products.adjust_stock(unit, product_id, delta)
        return await _product(unit, product_id)

    return Command("product.adjust_stock", [product_id, delta], effect)


def create_category(edit: categories.Edit) -> Command:
    """Make a category."""

    async def effect(unit: Unit) -> Snapshot:
        return await _category(unit, await categories.create(unit, categories.Draft(**edit)))

    given = {name: value for name, value in edit.items() if value is not None}
    return Command("category.create", given, effect)


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


def put_image(product_id: int, image: Image, given: str, if_match: str | None) -> Command:
    """Give a product an image, which is stored and was made of bytes whose SHA-256 is `given`."""

    async def effect(unit: Unit) -> Snapshot:
        created = await images.put(unit, product_id, image, if_match)
        return {"productId": product_id, "created": created, **image._asdict()}

    return Command("product.put_image", [product_id, given], effect)


def remove_image(product_id: int, if_match: str | None) -> Command:
    """Take a product's image away."""

    async def effect(unit: Unit) -> Snapshot:
        await images.remove(unit, product_id, if_match)
        return {"productId": product_id}

    return Command("product.delete_image", product_id, effect)


def create_file(caller: Caller, name: str, stored: Stored) -> Command:
    """Make a file of bytes that are stored."""

    async def effect(unit: Unit) -> Snapshot:
        return (await files.create(unit, caller.name, name, stored))._asdict()

    return Command("file.create", [name, *stored], effect)


def remove_file(caller: Caller, identity: str, if_match: str | None) -> Command:
    """Delete a file of the caller's own."""

    async def effect(unit: Unit) -> Snapshot:
        await files.remove(unit, caller.name, identity, if_match)
        return {"id": identity}

    return Command("file.delete", identity, effect)


def create_upload(caller: Caller, name: str, content_type: str, metadata: str, size: int) -> Command:
    """Begin a resumable upload."""

    async def effect(unit: Unit) -> Snapshot:
        return (await resumable.create(unit, caller.name, name, content_type, metadata, size))._asdict()

    return Command("upload.create", [name, content_type, metadata, size], effect)


def append_to_upload(upload_id: str, start: int, sha256: str, received: int) -> Command:
    """Remember that bytes were added to an upload, which has so many now."""

    async def effect(_: Unit) -> Snapshot:
        return {"received": received}

    return Command(APPEND, [upload_id, start, sha256], effect)


def remove_upload(caller: Caller, identity: str) -> Command:
    """Give up a resumable upload."""

    async def effect(unit: Unit) -> Snapshot:
        await resumable.remove(unit, caller.name, identity)
        return {"id": identity}

    return Command("upload.delete", identity, effect)


def _canonical(edit: products.Edit) -> products.Edit:
    """The edit with its categories in one order: they are a set."""
    ids = edit.get("category_ids")
    return edit if ids is None else {**edit, "category_ids": sorted(set(ids))}


async def _product(unit: Unit, product_id: int) -> Snapshot:
    _, *values = await products.get(unit, product_id, EVERYTHING)
    return dict(zip(EVERYTHING, values, strict=True))


async def _category(unit: Unit, category_id: int) -> Snapshot:
    row = await categories.get(unit, category_id)
    return dict(zip(("id", "name", "slug", "parentId", "version"), row, strict=True))
