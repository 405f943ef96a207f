"""Products as feeds and search engines list them: active ones, with all that they are sold as."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select

from app.domain import visibility
from app.domain.blobs import picture
from app.domain.bulk import category_tree
from app.domain.bulk.category_tree import AFTER, SIZE, pages
from app.domain.catalogue.images import i
from app.domain.catalogue.product_fields import Variant
from app.domain.catalogue.product_rows import Stored, p, stored
from app.domain.sql.conditions import one_of
from app.domain.unicode import identity
from app.domain.unit_of_work import Snapshot, Statement, Unit

_BATCH = 500
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Sold(NamedTuple):
    """A variant as it is sold: prices in units (`money`), its options by name, the SHA-256 of its own image."""

    id: int
    sku: str | None
    price: int
    compare_at_price: int | None = None
    stock: int | None = None
    gtin: str | None = None
    weight: Mapping[str, object] | None = None
    options: Mapping[str, str] = _NOTHING
    image: str | None = None

    @property
    def in_stock(self) -> bool:
        """Whether it can be ordered: it is not counted, or some are there."""
        return self.stock is None or self.stock > 0

    @property
    def regular_price(self) -> int:
        """The price that is struck through in a sale, else the price."""
        return max(self.price, self.compare_at_price or 0)


class Listing(NamedTuple):
    """A product as it is listed: the SHA-256 of its images, its categories as their names from the root."""

    id: int
    name: str
    currency: str
    variants: Sequence[Sold]
    description: str = ""
    brand: str | None = None
    categories: Sequence[Sequence[str]] = ()
    attributes: Mapping[str, object] = _NOTHING
    images: Sequence[str] = ()

    def said(self, sold: Sold, *names: str) -> str:
        """What an option of a variant says, or else an attribute, that has one of these names; empty if none has."""
        keys = set(map(identity.key, names))
        values: Mapping[str, object] = {**self.attributes, **sold.options}
        found = [value for name, value in values.items() if identity.key(name) in keys]
        value = found[-1] if found else ""
        return "/".join(map(str, value)) if isinstance(value, list) else str(value)

    def name_of(self, sold: Sold) -> str:
        """The name with the values of a variant's options."""
        return ", ".join([self.name, *sold.options.values()])

    def images_of(self, sold: Sold) -> list[str]:
        """The images, that of a variant first."""
        return list(dict.fromkeys([*([sold.image] if sold.image else []), *self.images]))


_IDS = Statement(select(p.id).where(p.id > AFTER, visibility.is_active(p.status)).order_by(p.id).limit(SIZE))
_IMAGES = Statement(
    select(i.product_id, i.sha256)
    .select_from(picture)
    .where(one_of(i.product_id, "ids"))
    .order_by(i.product_id, i.position)
)


async def batches(snapshot: Snapshot) -> AsyncGenerator[list[Listing], None]:
    """The products by id, some at a time."""
    tree = await category_tree.read(snapshot)
    async for rows in pages(snapshot, _IDS, _BATCH):
        ids = [row[0] for row in rows]
        found, images = await snapshot.read(lambda unit: _read(unit, ids))  # noqa: B023 - awaited here
        yield [
            _listing(
                found[product_id],
                images.get(product_id, []),
                list(map(tree.names, found[product_id].draft.category_ids)),
            )
            for product_id in ids
        ]


async def get(unit: Unit, product_id: int) -> Listing | None:
    """One product, without its categories; None where it is not listed."""
    found, images = await _read(unit, [product_id])
    if product_id not in found or not visibility.everyone_sees(found[product_id].draft.status):
        return None
    return _listing(found[product_id], images.get(product_id, []))


async def _read(unit: Unit, ids: Sequence[int]) -> tuple[dict[int, Stored], dict[int, list[str]]]:
    """The stored products, and their images."""
    images: dict[int, list[str]] = {}
    for product_id, sha256 in await unit.all(_IMAGES, ids=list(ids)):
        images.setdefault(product_id, []).append(sha256)
    return await stored(unit, ids, lock=False), images


def _listing(product: Stored, images: Sequence[str], categories: Sequence[Sequence[str]] = ()) -> Listing:
    draft = product.draft
    return Listing(
        id=product.id,
        name=draft.name,
        currency=draft.currency,
        variants=list(map(_sold, draft.variants)),
        description=draft.description,
        brand=draft.brand,
        categories=categories,
        attributes=msgspec.json.decode(draft.attributes),
        images=images,
    )


def _sold(one: Variant) -> Sold:
    options = msgspec.json.decode(one.options) if one.options else _NOTHING
    return Sold(one.id, one.sku, one.price, stock=one.stock, options=options)
