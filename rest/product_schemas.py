"""The contract's schemas of products, made from the bounds that the domain enforces."""

from typing import Any

from app.domain import models, products
from rest.shapes import (
    ADDRESS,
    CURRENCY,
    DESCRIPTION,
    ID,
    MEDIA_TYPE,
    NAME,
    PATH_OF_CATEGORIES,
    PRICE,
    SKU,
    STOCK,
    TIME,
    Schema,
    array,
    integer,
    nullable,
    picked,
    reference,
    said,
    structure,
)
from rest.things import asked, inputs, thing
from rest.versions import Version

_PRICED = "In major units, with at most the decimals of the currency: 19.99 USD, 1980 JPY."

_PRODUCT: dict[str, Schema] = {
    "id": said(ID, "Given by the service, and never used again."),
    "name": said(NAME, "What it is called."),
    "price": said(PRICE, _PRICED),
    "currency": said(CURRENCY, "ISO 4217."),
    "description": said(DESCRIPTION, "What there is to say of it; may be empty."),
    "sku": said(nullable(SKU), "The stock-keeping unit; unique."),
    "stock": said(nullable(STOCK), "How many there are; null: not counted."),
    "categories": said(
        array(reference("CategoryLink"), models.MAX_CATEGORIES), "Those that it stands in directly, by id."
    ),
    "image": said(nullable(reference("Image")), "Its picture; null: none."),
    "version": said(integer(1), "Counts the edits; a sale is none."),
    "createdAt": said(TIME, "When it was made."),
    "updatedAt": said(TIME, "When it was last edited."),
}
_INPUT: dict[str, Schema] = {
    "name": said(NAME, "What it is called; trimmed."),
    "price": said(PRICE, _PRICED),
    "currency": said(CURRENCY, "ISO 4217.") | {"default": "USD"},
    "description": said(DESCRIPTION, "What there is to say of it.") | {"default": ""},
    "sku": said(nullable(SKU), "The stock-keeping unit, unique; null: none.") | {"default": None},
    "stock": said(nullable(STOCK), "How many there are; null: not counted.") | {"default": None},
    "categoryIds": said(array(ID, models.MAX_CATEGORIES), "The categories that it stands in directly."),
}
_EXAMPLE: dict[str, Any] = {
    "id": 7,
    "name": "Wireless headphones",
    "price": 129.99,
    "currency": "EUR",
    "description": "Over-ear, with 30 hours of battery.",
    "sku": "WH-30",
    "stock": 12,
    "categories": [{"id": 3, "name": "Audio"}],
    "image": None,
    "version": 3,
    "createdAt": "2026-03-01T09:30:00.125000Z",
    "updatedAt": "2026-03-04T16:05:11.500000Z",
    "categoryIds": [3],
}
_LINE = ("sku", "name", "price", "currency", "description", "stock")

_PARTS: dict[str, Schema] = {
    "CategoryLink": structure(
        {"id": said(ID, "The category's id."), "name": said(NAME, "The category's name.")},
        ("id", "name"),
        description="A category, by id and name.",
        examples=[{"id": 3, "name": "Audio"}],
    ),
    "Image": structure(
        {
            "url": said(ADDRESS, "Where its bytes are; add `width` for a smaller make. Another image has another one."),
            "contentType": said(MEDIA_TYPE, "What kind of image they are."),
            "width": said(integer(1), "In pixels."),
            "height": said(integer(1), "In pixels."),
            "bytes": said(integer(1), "How many bytes they are."),
        },
        ("url", "contentType", "width", "height", "bytes"),
        description="A product's image.",
        examples=[
            {
                "url": "/v2/products/7/image?v=9c1185a5c5e9fc54",
                "contentType": "image/webp",
                "width": 800,
                "height": 600,
                "bytes": 48211,
            }
        ],
    ),
    "ExportLine": structure(
        {
            "sku": said(SKU, "The stock-keeping unit; unique."),
            **picked(_PRODUCT, ("name", "description", "price", "currency", "stock")),
            "categories": said(
                array(PATH_OF_CATEGORIES, models.MAX_CATEGORIES),
                "Where it stands: paths from the root such as `Books > Comics` (`> Books`: one at the"
                " root), or a bare name where no other category bears it; a backslash takes `>` and itself literally.",
            ),
        },
        (*_LINE, "categories"),
        description="A line of an export: a product, as imports take it.",
        examples=[picked(_EXAMPLE, _LINE) | {"categories": ["Sound > Audio"]}],
    ),
    "StockAdjustment": structure(
        {
            "delta": said(
                integer(-models.MAX_STOCK, models.MAX_STOCK) | {"not": {"const": 0}},
                "What to add; negative: what to take. Not 0.",
            )
        },
        ("delta",),
        additionalProperties=False,
        description="A change of what there is of a product.",
        examples=[{"delta": -1}],
    ),
}


def components(version: Version) -> dict[str, Schema]:
    """The schemas that speak of products, by name."""
    shown = {name: _PRODUCT[name] for name in version.shown}
    return {
        **thing(version, "Product", "products", shown, _EXAMPLE),
        **asked("Product", version.shown, products.LISTING.keys),
        **inputs("Product", picked(_INPUT, version.writable), ("name", "price"), _EXAMPLE),
        **_PARTS,
    }
