"""The images that variants name: those of their product."""

from sqlalchemy import bindparam, select

from app.domain.blobs import picture
from app.domain.catalogue.images import i
from app.domain.catalogue.product_fields import Draft
from app.domain.errors import FieldError, Invalid
from app.domain.unit_of_work import Statement, Unit

_OF_PRODUCT = Statement(select(i.id).select_from(picture).where(i.product_id == bindparam("id", type_=i.id.type)))


async def require(unit: Unit, product_id: int, before: Draft | None, after: Draft) -> None:
    """Raise `Invalid` where a variant is to name an image that its product does not have; a new product has none."""
    known = {None, *(one.image_id for one in before.variants)} if before else {None}
    if all(one.image_id in known for one in after.variants):
        return
    own = known | {row[0] for row in await unit.all(_OF_PRODUCT, id=product_id)}
    message = "`imageId` names no image of the product."
    faults = [
        FieldError(("variants", n, "imageId"), message)
        for n, one in enumerate(after.variants)
        if one.image_id not in own
    ]
    if faults:
        raise Invalid(faults)
