"""Active products with their variants, for feeds and search engines."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select

from app.domain import visibility
from app.domain.blobs import picture
from app.domain.bulk import category_tree
from app.domain.bulk.category_tree import AFTER, SIZE, pages
from app.domain.catalogue.images import i
from app.domain.catalogue.product_rows import Stored, p, stored
from app.domain.fields.drafts import Variant
from app.domain.sql.conditions import one_of
from app.domain.unicode import identity
from app.domain.unit_of_work import Row, Snapshot, Statement, Unit

_BATCH = 500
_VARIANTS = 500
"""The number of variants that are read together; all variants of a product, up to 250, are in one read."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Sold(NamedTuple):
    """A variant for sale: prices in units (`money`), its options by name, the SHA-256 of its own image."""

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
        """Whether it can be ordered: its stock is not counted, or above 0."""
        return self.stock is None or self.stock > 0

    @property
    def regular_price(self) -> int:
        """The price that is struck through in a sale, else the price."""
        return max(self.price, self.compare_at_price or 0)


class Listing(NamedTuple):
    """A listed product: the SHA-256 of its images, and its categories as names from the root."""

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
        """The value of a variant's option, or else of an attribute, with one of these names; empty if there is none."""
        keys = set(map(identity.key, names))
        values: Mapping[str, object] = {**self.attributes, **sold.options}
        found = [value for name, value in values.items() if identity.key(name) in keys]
        value = found[-1] if found else ""
        return "/".join(map(str, value)) if isinstance(value, list) else str(value)

    def name_of(self, sold: Sold) -> str:
        """The name with the values of a variant's options."""
        return ", ".join([self.name, *sold.options.values()])


_IDS = Statement(
    select(p.id, p.variant_count).where(p.id > AFTER, visibility.is_active(p.status)).order_by(p.id).limit(SIZE)
)
_IMAGES = Statement(
    select(i.product_id, i.id, i.sha256)
    .select_from(picture)
    .where(one_of(i.product_id, "ids"))
    .order_by(i.product_id, i.position)
)


async def batches(snapshot: Snapshot) -> AsyncGenerator[list[Listing], None]:
    """The products by id, some at a time."""
    tree = await category_tree.load_tree(snapshot)
    async for ids in _groups(pages(snapshot, _IDS, _BATCH)):
        found, images = await snapshot.read(lambda unit: _read(unit, ids))  # noqa: B023 - awaited here
        yield [
            _listing(
                found[product_id],
                images.get(product_id, {}),
                list(map(tree.names, found[product_id].draft.category_ids)),
            )
            for product_id in ids
        ]


async def _groups(rows: AsyncIterator[Sequence[Row]]) -> AsyncIterator[list[int]]:
    """The ids of products, in groups whose variants can be read together."""
    async for some in rows:
        ids: list[int] = []
        variants = 0
        for product_id, count in some:
            if ids and variants + count > _VARIANTS:
                yield ids
                ids, variants = [], 0
            ids.append(product_id)
            variants += count
        yield ids


async def get(unit: Unit, product_id: int) -> Listing | None:
    """One product, without its categories; `None` if it is not listed."""
    found, images = await _read(unit, [product_id])
    if product_id not in found or not visibility.is_public(found[product_id].draft.status):
        return None
    return _listing(found[product_id], images.get(product_id, {}))


async def _read(unit: Unit, ids: Sequence[int]) -> tuple[dict[int, Stored], dict[int, dict[int, str]]]:
    """The stored products, and their images by the ids of these."""
    images: dict[int, dict[int, str]] = {}
    for product_id, image_id, sha256 in await unit.all(_IMAGES, ids=list(ids)):
        images.setdefault(product_id, {})[image_id] = sha256
    return await stored(unit, ids, lock=False), images


def _listing(product: Stored, images: Mapping[int, str], categories: Sequence[Sequence[str]] = ()) -> Listing:
    draft = product.draft
    return Listing(
        id=product.id,
        name=draft.name,
        currency=draft.currency,
        variants=[_sold(one, images) for one in draft.variants],
        description=draft.description,
        brand=draft.brand,
        categories=categories,
        attributes=msgspec.json.decode(draft.attributes),
        images=list(images.values()),
    )


def _sold(one: Variant, images: Mapping[int, str]) -> Sold:
    return Sold(
        id=one.id,
        sku=one.sku,
        price=one.price,
        compare_at_price=one.compare_at_price,
        stock=one.stock,
        gtin=one.gtin,
        weight=msgspec.json.decode(one.weight) if one.weight else None,
        options=msgspec.json.decode(one.options) if one.options else _NOTHING,
        image=None if one.image_id is None else images.get(one.image_id),
    )
