"""The images that variants name: those of their product."""

from collections.abc import Mapping

from msgspec.structs import replace
from sqlalchemy import select

from app.domain.blobs import picture
from app.domain.catalogue.images import i
from app.domain.catalogue.product_rows import stored, update_all
from app.domain.errors import FieldError, Invalid
from app.domain.fields.drafts import Draft
from app.domain.sql.tables import bind
from app.domain.unicode import identity
from app.domain.unit_of_work import Statement, Unit

_OF_PRODUCT = Statement(select(i.id).select_from(picture).where(i.product_id == bind(i.id)))


async def require(unit: Unit, product_id: int, before: Draft | None, after: Draft) -> None:
    """Raise `Invalid` if a variant names an image that its product does not have; a new product has none."""
    known = {None, *(one.image_id for one in before.variants)} if before else {None}
    if all(one.image_id in known for one in after.variants):
        return
    own = known | {row[0] for row in await unit.all(_OF_PRODUCT, id=product_id)}
    message = "`imageId` is not an image of the product."
    faults = [
        FieldError(("variants", n, "imageId"), message)
        for n, one in enumerate(after.variants)
        if one.image_id not in own
    ]
    if faults:
        raise Invalid(faults)


async def give(unit: Unit, product_id: int, image_ids: Mapping[str, int]) -> None:
    """Set the images of a product's variants, by sku."""
    product = (await stored(unit, [product_id]))[product_id]
    ids = {identity.key(sku): image_id for sku, image_id in image_ids.items()}
    after = tuple(
        replace(one, image_id=ids.get(identity.key(one.sku or ""), one.image_id)) for one in product.draft.variants
    )
    if after != product.draft.variants:
        await update_all(unit, [product.replaced_by(replace(product.draft, variants=after))])
