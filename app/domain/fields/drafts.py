"""Drafts: the new state of a product and its variants."""

import msgspec

from app.domain import models


class Variant(msgspec.Struct, frozen=True, gc=False):
    """The new state of a variant: the price in units (`money`), id 0 for a new variant.

    `options` is a JSON object of the value of each option, in their order, `weight` one of `value` and `unit`.
    """

    price: int
    sku: str | None = None
    stock: int | None = None
    options: str | None = None
    id: int = 0
    gtin: str | None = None
    compare_at_price: int | None = None
    weight: str | None = None
    image_id: int | None = None


class Draft(msgspec.Struct, frozen=True, gc=False):
    """The new state of a product: its variants in order, the ids of its categories ascending.

    Tags, attributes and options are JSON. An empty slug is to be made from the name.
    """

    name: str
    variants: tuple[Variant, ...]
    currency: str = "USD"
    description: str = ""
    category_ids: tuple[int, ...] = ()
    slug: str = ""
    brand: str | None = None
    tags: str = "[]"
    attributes: str = "{}"
    status: str = models.ACTIVE
    options: str | None = None

    @property
    def first(self) -> Variant:
        """The variant with the product's price, sku, stock and so on."""
        return self.variants[0]
