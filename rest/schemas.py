"""The contract's schemas, made from the bounds that the domain enforces."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain import categories, models, money, orders
from app.domain.errors import Code
from rest.versions import Version

Schema = dict[str, Any]

_MAX_PRICE = money.MAX_PRICE / money.SCALE


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]} if "$ref" in schema else schema | {"type": [schema["type"], "null"]}


def _said(schema: Schema, description: str) -> Schema:
    return schema | {"description": description}


def _object(members: Mapping[str, Schema], required: Iterable[str] = (), **rest: object) -> Schema:
    needed = {"required": list(required)} if required else {}
    return {"type": "object"} | rest | {"properties": dict(members)} | needed


_ID: Schema = {"type": "integer", "format": "int64", "minimum": 1, "maximum": models.MAX_ID}
_COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": models.MAX_STOCK}
_POINTS: Schema = {"type": "integer", "minimum": 0}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": models.MAX_NAME}
_DESCRIPTION: Schema = {"type": "string", "maxLength": models.MAX_DESCRIPTION}
_SKU: Schema = {"type": "string", "minLength": 1, "maxLength": models.MAX_SKU}
_CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
_PRICE: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": _MAX_PRICE}
_TIME: Schema = {"type": "string", "format": "date-time"}
_TEXT: Schema = {"type": "string"}
_PRICED = "In major units, with at most the decimals of the currency: 19.99 USD, 1980 JPY."

_PRODUCT: dict[str, Schema] = {
    "id": _said(_ID, "Given by the service, and never used again."),
    "name": _NAME,
    "price": _said(_PRICE, _PRICED),
    "currency": _said(_CURRENCY, "ISO 4217."),
    "description": _DESCRIPTION,
    "sku": _said(_nullable(_SKU), "The stock-keeping unit; unique."),
    "stock": _said(_nullable(_COUNT), "How many there are; null: not counted."),
    "categories": {
        "type": "array",
        "description": "Those that it stands in directly, by id.",
        "items": _reference("CategoryLink"),
    },
    "image": _nullable(_reference("Image")),
    "version": {"type": "integer", "minimum": 1, "description": "Counts the edits; a sale is none."},
    "createdAt": _said(_TIME, "When it was made."),
    "updatedAt": _said(_TIME, "When it was last edited."),
}
_PRODUCT_INPUT: dict[str, Schema] = {
    "name": _said(_NAME, "Trimmed."),
    "price": _said(_PRICE, _PRICED),
    "currency": _said(_CURRENCY, "ISO 4217.") | {"default": "USD"},
    "description": _DESCRIPTION | {"default": ""},
    "sku": _said(_nullable(_SKU), "Unique; null: none.") | {"default": None},
    "stock": _said(_nullable(_COUNT), "Null: not counted.") | {"default": None},
    "categoryIds": {
        "type": "array",
        "description": "The categories that it stands in directly.",
        "items": _ID,
        "maxItems": models.MAX_CATEGORIES,
    },
}
_PRODUCT_EXAMPLE: dict[str, Any] = {
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
_CATEGORY: dict[str, Schema] = {
    "id": _said(_ID, "Given by the service, and never used again."),
    "name": _said(_NAME, "Unique among its siblings."),
    "slug": _said(_TEXT, "Made from the name; unique."),
    "parentId": _said(_nullable(_ID), "The category that it stands under; null: none."),
}
_AMOUNT: Schema = {"type": "number", "exclusiveMinimum": 0}
_ORDER: dict[str, Schema] = {
    "id": _said(_ID, "Given by the service, and never used again."),
    "status": {"type": "string", "enum": list(orders.STATUSES)},
    "reference": _said(_nullable({"type": "string", "maxLength": models.MAX_REFERENCE}), "Your own word for it."),
    "currency": _said(_CURRENCY, "ISO 4217."),
    "total": _said(_AMOUNT, "The sum of the lines."),
    "lines": {"type": "array", "items": _reference("OrderLine"), "minItems": 1, "maxItems": models.MAX_LINES},
    "createdAt": _said(_TIME, "When it was placed."),
}
_ORDER_LINE: dict[str, Schema] = {
    "productId": _said(_ID, "The product, whatever became of it."),
    "name": _said(_NAME, "The product's name when the order was placed."),
    "quantity": {"type": "integer", "minimum": 1, "maximum": models.MAX_QUANTITY},
    "unitPrice": _said(_AMOUNT, "The price of one when the order was placed."),
    "lineTotal": _AMOUNT,
}
_LINE_EXAMPLE = {"productId": 7, "name": "Wireless headphones", "quantity": 2, "unitPrice": 129.99, "lineTotal": 259.98}
_ORDER_EXAMPLE: dict[str, Any] = {
    "id": 11,
    "status": "placed",
    "reference": "4711",
    "currency": "EUR",
    "total": 259.98,
    "lines": [_LINE_EXAMPLE],
    "createdAt": "2026-03-04T16:05:11.500000Z",
}
_ORDER_INPUT = _object(
    {
        "items": {
            "type": "array",
            "items": _object(
                {"productId": _ID, "quantity": {"type": "integer", "minimum": 1, "maximum": models.MAX_QUANTITY}},
                ("productId", "quantity"),
                additionalProperties=False,
            ),
            "minItems": 1,
            "maxItems": models.MAX_LINES,
            "description": "What is ordered, all priced in one currency.",
        },
        "reference": _said(_nullable({"type": "string", "maxLength": models.MAX_REFERENCE}), "Your own word for it."),
    },
    ("items",),
    additionalProperties=False,
    examples=[{"items": [{"productId": 7, "quantity": 2}], "reference": "4711"}],
)
_CATEGORY_EXAMPLE = {"id": 3, "name": "Audio", "slug": "audio", "parentId": 1}


def _picked(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in values if name in frozenset(names)}


def _thing(noun: str, members: Mapping[str, Schema], example: Mapping[str, Any]) -> dict[str, Schema]:
    """A thing whole, the part of it that `fields` leaves, either of them, and a list of them."""
    shown = _picked(example, members)
    some = dict(list(shown.items())[:2])
    links = {
        "self": f"/v2/{_PLURALS[noun]}?limit=1",
        "first": f"/v2/{_PLURALS[noun]}?limit=1",
        "next": f"/v2/{_PLURALS[noun]}?limit=1&cursor=MXxpZHw5YzExODVhNXw3fDc",
        "prev": None,
    }
    page = {"items": [shown], "nextCursor": "MXxpZHw5YzExODVhNXw3fDc", "prevCursor": None, "links": links}
    return {
        noun: _object(members, members, examples=[shown]),
        f"{noun}Part": _object(
            members, description="With `fields`: those members only.", minProperties=1, examples=[some]
        ),
        f"{noun}View": {"anyOf": [_reference(noun), _reference(f"{noun}Part")]},
        f"{noun}List": _object(
            {
                "items": {"type": "array", "items": _reference(f"{noun}View"), "maxItems": 100},
                "nextCursor": _said(_nullable(_TEXT), "For `cursor`; null: this is the last page."),
                "prevCursor": _said(_nullable(_TEXT), "For `before`; null: this is the first page."),
                "links": _reference("Links"),
                "totalCount": {"type": "integer", "minimum": 0, "description": "With `count=exact` only."},
            },
            ("items", "nextCursor", "prevCursor", "links"),
            examples=[page],
        ),
    }


_PLURALS = {"Product": "products", "Category": "categories", "Order": "orders"}


def _input(
    noun: str, members: Mapping[str, Schema], required: Iterable[str], example: Mapping[str, Any]
) -> dict[str, Schema]:
    """What a POST or PUT takes, and what a PATCH takes."""
    given = _picked(example, members)
    nulls = frozenset({"currency", "description", "categoryIds"})
    loose = {
        name: _nullable({k: v for k, v in schema.items() if k != "default"}) if name in nulls else schema
        for name, schema in members.items()
    }
    return {
        f"{noun}Input": _object(members, required, additionalProperties=False, examples=[given]),
        f"{noun}Patch": _object(
            {name: {k: v for k, v in schema.items() if k != "default"} for name, schema in loose.items()},
            additionalProperties=False,
            examples=[dict(list(given.items())[:1])],
        ),
    }


_SHARED: dict[str, Schema] = {
    "CategoryLink": _object({"id": _ID, "name": _NAME}, ("id", "name"), description="A category, by id and name."),
    "Image": _object(
        {
            "url": _said(_TEXT, "Where its bytes are."),
            "contentType": _TEXT,
            "width": {"type": "integer", "minimum": 1},
            "height": {"type": "integer", "minimum": 1},
            "bytes": {"type": "integer", "minimum": 1},
        },
        ("url", "contentType", "width", "height", "bytes"),
        description="A product's image, measured in pixels.",
    ),
    "ExportLine": _object(
        {
            "sku": _SKU,
            **_picked(_PRODUCT, ("name", "description", "price", "currency", "stock")),
            "categories": {
                "type": "array",
                "description": "Where it stands: paths from the root such as `Books > Comics` (`> Books`: one at the"
                " root), or a bare name where no other category bears it; a backslash takes `>` and itself literally.",
                "items": _TEXT,
            },
        },
        ("sku", "name", "price", "currency", "description", "stock", "categories"),
        description="A line of an export: a product, as imports take it.",
        examples=[
            _picked(_PRODUCT_EXAMPLE, ("sku", "name", "price", "currency", "description", "stock"))
            | {"categories": ["Sound > Audio"]}
        ],
    ),
    "StockAdjustment": _object(
        {
            "delta": {
                "type": "integer",
                "minimum": -models.MAX_STOCK,
                "maximum": models.MAX_STOCK,
                "not": {"const": 0},
                "description": "What to add; negative: what to take. Not 0.",
            }
        },
        ("delta",),
        additionalProperties=False,
        examples=[{"delta": -1}],
    ),
    "RateLimit": _object(
        {
            "limit": _said(_nullable(_POINTS), "The points of a full bucket; null: there is no limit."),
            "cost": _said(_POINTS, "The points that this request costs."),
            "remaining": _said(
                _nullable(_POINTS), "The points that are left; null: no limit, or they are not counted just now."
            ),
            "resetSeconds": _said(_POINTS, "Seconds until there is a point more; 0: the bucket is full."),
        },
        ("limit", "cost", "remaining", "resetSeconds"),
        description="How a bucket stands.",
        examples=[{"limit": 100, "cost": 0, "remaining": 99, "resetSeconds": 1}],
    ),
    "Links": _object(
        {
            "self": _TEXT,
            "first": _TEXT,
            "next": _said(_nullable(_TEXT), "Null on the last page."),
            "prev": _said(_nullable(_TEXT), "Null on the first page."),
        },
        ("self", "first", "next", "prev"),
        description="Pages of the list, as absolute paths.",
    ),
    "Problem": _object(
        {
            "type": _said({"type": "string", "format": "uri-reference"}, "The page that explains the code."),
            "title": _said(_TEXT, "What the code means."),
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": _said(_TEXT, "What to switch on; expect codes that are not listed yet.")
            | {"examples": [str(code) for code in Code]},
            "message": _said(_TEXT, "What went wrong, for people."),
            "details": {
                "type": "array",
                "description": "Every member and parameter at fault.",
                "items": _reference("Fault"),
            },
            "requestId": _said(_TEXT, "What to tell us when you ask."),
        },
        ("type", "title", "status", "code", "message", "details", "requestId"),
        description="Problem details (RFC 9457).",
    ),
    "Fault": _object(
        {
            "field": _said(_TEXT, "A dotted path, such as `categoryIds.0`; empty: the body itself."),
            "code": _TEXT,
            "message": _TEXT,
        },
        ("field", "code", "message"),
        description="One member or parameter at fault.",
    ),
}


def components(version: Version) -> dict[str, Schema]:
    """Every schema of a version, by name."""
    product = {name: _PRODUCT[name] for name in version.shown}
    category = {name: _CATEGORY[name] for name in categories.MEMBERS}
    return {
        **_thing("Product", product, _PRODUCT_EXAMPLE),
        **_input("Product", _picked(_PRODUCT_INPUT, version.writable), ("name", "price"), _PRODUCT_EXAMPLE),
        **_thing("Category", category, _CATEGORY_EXAMPLE),
        **_input("Category", _picked(_CATEGORY, categories.WRITABLE), ("name",), _CATEGORY_EXAMPLE),
        **_thing("Order", _ORDER, _ORDER_EXAMPLE),
        "OrderInput": _ORDER_INPUT,
        "OrderLine": _object(_ORDER_LINE, _ORDER_LINE, examples=[_LINE_EXAMPLE]),
        **_SHARED,
    }
