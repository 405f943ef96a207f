"""The query parameters of lists of products, and the filter that they ask for."""

from collections.abc import Mapping
from typing import Any

from app.domain import models, money, products, text
from rest import lists, parameters, shapes
from rest.parameters import Parameter

_NUMBER = {"type": "number"}

PRODUCT_ID = Parameter("ProductId", "id", "The product's id.", shapes.ID, place="path", example=7)
CATEGORY_ID = Parameter("CategoryId", "id", "The category's id.", shapes.ID, place="path", example=3)
Q = Parameter(
    "ProductSearch",
    "q",
    "Every word of it begins a word of the name or the description; case and accents do not matter.",
    shapes.SEARCH,
    parameters.text(0, text.MAX_QUERY),
    example="wire headph",
)
CATEGORY = Parameter(
    "InCategory",
    "category",
    "Stands directly in this category; repeated: in any of these.",
    shapes.array(shapes.ID, parameters.MOST),
    parameters.integer(1, models.MAX_ID),
    many=True,
    example=[3, 4],
)
PLAIN = (
    Q,
    Parameter(
        "MinPrice", "minPrice", "Costs at least this, by the printed number.", _NUMBER, parameters.decimal, example=10
    ),
    Parameter(
        "MaxPrice", "maxPrice", "Costs at most this, by the printed number.", _NUMBER, parameters.decimal, example=19.99
    ),
    Parameter(
        "Currency",
        "currency",
        "Is priced in this currency (ISO 4217).",
        shapes.CURRENCY,
        parameters.choice({code: code for code in money.DECIMALS}, "must be an ISO 4217 currency code, such as USD"),
        example="EUR",
    ),
    Parameter(
        "InStock",
        "inStock",
        "Whether its stock is above 0 or not counted.",
        {"type": "boolean"},
        parameters.choice({"true": True, "false": False}),
        example=True,
    ),
    Parameter(
        "Sku",
        "sku",
        "Has exactly this stock-keeping unit.",
        shapes.SKU,
        parameters.text(1, models.MAX_SKU),
        example="WH-30",
    ),
)
"""Those that every list of products takes, be it narrowed to a category by its path or not."""

SORT = lists.sort("Product", products.LISTING.keys)


def narrowed(values: Mapping[str, Any]) -> products.Filter:
    """The filter that the values of the parameters ask for."""
    q, low, high = values.get("q"), values.get("minPrice"), values.get("maxPrice")
    ids = values.get("category")
    return products.Filter(
        words=None if q is None else text.words(q),
        categories=None if ids is None else tuple(sorted(set(ids))),
        min_price=None if low is None else money.bound(low, upper=False),
        max_price=None if high is None else money.bound(high, upper=True),
        currency=values.get("currency"),
        in_stock=values.get("inStock"),
        sku=values.get("sku"),
    )
