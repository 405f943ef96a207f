"""Images of products: what is known of the bytes, which product has which, and the variants that were made of them."""

from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain import blobs, models, products
from app.domain.blobs import variant
from app.domain.errors import NotFound, PreconditionFailed
from app.domain.product_rows import EDITED, p, product, touch
from app.domain.unit import Statement, Unit, first


class Image(NamedTuple):
    """An image that is stored: the SHA-256 of its bytes, its media type, its size in pixels and in bytes."""

    sha256: str
    content_type: str
    width: int
    height: int
    bytes: int

    @property
    def tag(self) -> str:
        """Its entity tag."""
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


_ID = bindparam("id", type_=p.id.type)
_GET = Statement(select(p.image).where(p.id == _ID))
_SET = Statement(
    update(product)
    .where(p.id == _ID)
    .values(
        image_sha256=bindparam("new_sha256", type_=p.image_sha256.type),
        image=bindparam("new_image", type_=p.image.type),
        **EDITED,
    )
)
_v = variant.c
_SOURCE, _WIDTH, _TYPE = (
    bindparam(f"of_{column.name}", type_=column.type) for column in (_v.source, _v.width, _v.content_type)
)
_VARIANT = Statement(
    select(_v.sha256, _v.content_type, _v.bytes).where(
        _v.source == _SOURCE, _v.width == _WIDTH, _v.content_type == _TYPE
    )
)
_ADD = Statement(
    insert(variant)
    .values({column: bindparam(f"new_{column.name}", type_=column.type) for column in _v})
    .on_conflict_do_nothing()
)


@lru_cache(maxsize=8192)
def read(text: str) -> OfProduct:
    """A product's image from its column."""
    product_id, sha256, content_type, *sizes = text.split(" ")
    return OfProduct(int(product_id), Image(sha256, content_type, *map(int, sizes)))


def tag(sha256: str) -> str:
    """The strong entity tag of bytes (RFC 9110, section 8.8.3)."""
    return f'"{sha256}"'


def require(if_match: str | None, sha256: str | None) -> None:
    """Raise `PreconditionFailed` unless an If-Match condition names the present image."""
    if if_match is None:
        return
    named = [one.strip() for one in if_match.split(",")]
    if sha256 is None or not ("*" in named or tag(sha256) in named):
        raise PreconditionFailed


async def get(unit: Unit, product_id: int) -> Image:
    """The image of a product; raises `NotFound` where there is no such product, or it has none."""
    row = await first(unit, _GET, id=product_id) if 0 < product_id <= models.MAX_ID else None
    if row is None or row[0] is None:
        raise NotFound("product" if row is None else "image")
    return read(row[0]).image


async def put(unit: Unit, product_id: int, image: Image, if_match: str | None) -> bool:
    """Give a product an image; whether it had none before. It is an edit of the product."""
    await products.lock(unit, product_id)
    (text,) = await first(unit, _GET, id=product_id) or (None,)
    before = None if text is None else read(text).image.sha256
    require(if_match, before)
    await blobs.use(unit, image.sha256)
    await _set(unit, product_id, image)
    if before not in (None, image.sha256):
        await blobs.release(unit, before)
    return before is None


async def remove(unit: Unit, product_id: int, if_match: str | None) -> None:
    """Take a product's image away; raises `NotFound` where it has none."""
    await products.lock(unit, product_id)
    before = await get(unit, product_id)
    require(if_match, before.sha256)
    await _set(unit, product_id, None)
    await blobs.release(unit, before.sha256)


async def variant_of(unit: Unit, source: str, width: int, content_type: str) -> Stored | None:
    """The variant of an image in a width and a media type, if it was made already."""
    row = await first(unit, _VARIANT, of_source=source, of_width=width, of_content_type=content_type)
    return None if row is None else Stored(*row)


async def add_variant(unit: Unit, source: str, width: int, made: Stored) -> None:
    """Remember a variant that was made, and is stored."""
    await blobs.use(unit, made.sha256)
    given = {"source": source, "width": width, **made._asdict()}
    await unit.all(_ADD, **{f"new_{name}": value for name, value in given.items()})


async def _set(unit: Unit, product_id: int, image: Image | None) -> None:
    text = None if image is None else " ".join(map(str, (product_id, *image)))
    await unit.all(_SET, id=product_id, now=unit.now(), new_sha256=image and image.sha256, new_image=text)
    await touch(unit, [product_id])
