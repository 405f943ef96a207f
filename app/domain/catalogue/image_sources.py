"""The sources of products' images, so that an image is not fetched again."""

from collections.abc import Mapping

from sqlalchemy import select, update

from app.domain.addresses import Address, AddressedStatement
from app.domain.blobs import picture
from app.domain.catalogue import images
from app.domain.catalogue.images import Listed, i
from app.domain.catalogue.product_lookup import NAMED
from app.domain.catalogue.product_rows import p, product
from app.domain.sql.records import bind_rows, many_records
from app.domain.unit_of_work import Statement, Unit

MAX_SOURCE = 2_048
"""Characters of an address at most."""
_FETCHED = AddressedStatement(
    NAMED,
    lambda named: (
        select(i.source, *images.COLUMNS)
        .select_from(product.join(picture, i.product_id == p.id))
        .where(named, i.source.is_not(None))
        .order_by(i.position)
    ),
)
_noted = many_records(i.id, i.source)
_NOTE = Statement(
    update(picture)
    .where(i.id == _noted.c.id, i.source.is_distinct_from(_noted.c.source))
    .values(source=_noted.c.source)
)


async def fetched(unit: Unit, address: Address) -> dict[str, Listed]:
    """The fetched images of a product by source URL."""
    return {row[0]: images.listed(row[1:]) for row in await _FETCHED.all(unit, address)}


async def record(unit: Unit, sources: Mapping[int, str]) -> None:
    """Store the source URLs of images by id."""
    if sources:
        await unit.all(_NOTE, **bind_rows(unit.engine, sorted(sources.items())))
