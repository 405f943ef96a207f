"""Images of products: what is known of the bytes, which product has which, and the renditions made of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, bindparam, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from app.domain import blobs, etags
from app.domain.addresses import Address, AddressedStatement
from app.domain.blobs import picture, rendition
from app.domain.catalogue.product_lookup import NAMED
from app.domain.catalogue.product_rows import p, product
from app.domain.errors import NotFound, PreconditionFailed
from app.domain.sql.json_values import json_tuples
from app.domain.unit_of_work import Statement, Unit, first


class Image(NamedTuple):
    """A stored image: the SHA-256 of its bytes, its media type, its size in pixels and in bytes."""

    sha256: str
    content_type: str
    width: int
    height: int
    bytes: int

    @property
    def tag(self) -> str:
        """The entity tag of the image."""
        return tag(self.sha256)


class Stored(NamedTuple):
    """Bytes of a media type, under their name."""

    sha256: str
    content_type: str
    bytes: int


class OfProduct(NamedTuple):
    """A product's image."""

    product_id: int
    image: Image


class Listed(NamedTuple):
    """An image in a product's list, with its alternative text; the id is 0 until it is stored."""

    id: int
    product_id: int
    alt: str
    image: Image


i, r = picture.c, rendition.c
COLUMNS = (i.id, i.product_id, i.alt, *(i[name] for name in Image._fields))
"""The columns of a listed image, in the order of its JSON."""
_CONTENT_ID = bindparam("content_id", type_=i.sha256.type)
_other = case((func.substr(i.sha256, 1, func.length(_CONTENT_ID)) == _CONTENT_ID, 0), else_=1)
_GET = AddressedStatement(
    NAMED,
    lambda named: (
        select(p.status, *(i[name] for name in Image._fields))
        .select_from(product.outerjoin(picture, i.product_id == p.id))
        .where(named)
        .order_by(_other, i.position)
        .limit(literal_column("1"))
    ),
)
_SOURCE, _WIDTH, _TYPE = (
    bindparam(f"of_{column.name}", type_=column.type) for column in (r.source, r.width, r.content_type)
)
_RENDITION = Statement(
    select(r.sha256, r.content_type, r.bytes).where(r.source == _SOURCE, r.width == _WIDTH, r.content_type == _TYPE)
)
_ADD = Statement(
    insert(rendition)
    .values({column: bindparam(f"new_{column.name}", type_=column.type) for column in r})
    .on_conflict_do_nothing()
)


def of_product() -> ColumnElement[str]:
    """The images of a product as one column, for `read_list`; products without images need no look-up."""
    ordered = select(*COLUMNS).where(i.product_id == p.id).order_by(i.position).correlate(product).subquery("pictures")
    listed = select(json_tuples(*ordered.c)).scalar_subquery()
    return case((p.image.is_(None), literal_column("'[]'")), else_=listed)


@lru_cache(maxsize=8192)
def parse_first_image(text: str) -> OfProduct:
    """A product's first image from its column."""
    product_id, sha256, content_type, *sizes = text.split(" ")
    return OfProduct(int(product_id), Image(sha256, content_type, *map(int, sizes)))


def read_list(text: str) -> list[Listed]:
    """A product's images from their column."""
    return [listed(row) for row in msgspec.json.decode(text)]


def listed(row: Sequence[Any]) -> Listed:
    """A listed image from its `COLUMNS`."""
    image_id, product_id, alt, *image = row
    return Listed(image_id, product_id, alt, Image(*image))


def tag(sha256: str) -> str:
    """The strong entity tag of bytes (RFC 9110, section 8.8.3)."""
    return f'"{sha256}"'


def require(if_match: str | None, sha256: str | None) -> None:
    """Raise `PreconditionFailed` unless an If-Match condition names the current image."""
    if if_match is None:
        return
    if sha256 is None or not etags.match(if_match, tag(sha256)):
        raise PreconditionFailed


async def get(unit: Unit, address: Address, content_id: str = "") -> Image:
    """The image of a product whose hash begins with `content_id`, else its first image.

    Raises `NotFound` if there is no such product, or it has no image.
    """
    image, _ = await find(unit, address, content_id)
    if image is None:
        raise NotFound("image")
    return image


async def find(unit: Unit, address: Address, content_id: str = "") -> tuple[Image | None, str]:
    """The image, or None if the product has none, and the product's status; raises `NotFound` without a product."""
    row = await _GET.first(unit, address, content_id=content_id)
    if row is None:
        raise NotFound("product")
    status, *image = row
    return None if image[0] is None else Image(*image), status


async def rendition_of(unit: Unit, source: str, width: int, content_type: str) -> Stored | None:
    """The stored rendition of an image with a width and media type, or `None`."""
    row = await first(unit, _RENDITION, of_source=source, of_width=width, of_content_type=content_type)
    return None if row is None else Stored(*row)


async def add_rendition(unit: Unit, source: str, width: int, made: Stored) -> None:
    """Record a rendition that is stored."""
    await blobs.use(unit, made.sha256)
    values = {"source": source, "width": width, **made._asdict()}
    await unit.all(_ADD, **{f"new_{name}": value for name, value in values.items()})
