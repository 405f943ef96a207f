"""Variants of products in GraphQL: the type, its edges, and the inputs that describe them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import strawberry
from strawberry import UNSET

from app.domain import models, money
from app.domain.catalogue import variants
from app.domain.errors import FieldError, Invalid
from app.domain.fields.variant_members import NULLABLE
from schema.execution.type_mapping import EmbeddedList, Leaf, LeafList, NodeType, ObjectType
from schema.types import nodes, weights
from schema.types.connections import ConnectionOf, EdgeOf
from schema.types.scalars import Amount, Long
from schema.types.weights import WEIGHT, Weight, WeightInput

_OPTION = "The option's name."
_SKU = f"Its sku, 1 to {models.MAX_SKU} characters, unique among all variants."


@strawberry.type(description="An option of a product, in which its variants differ.")
class ProductOption:
    name: str = strawberry.field(description="The name, unique within the product.")
    values: list[str] = strawberry.field(description="The values that a variant may have, in their order.")


@strawberry.type(description="The value of an option.")
class VariantOption:
    name: str = strawberry.field(description=_OPTION)
    value: str = strawberry.field(description="The variant's value for the option.")


@strawberry.type(description="A variant of a product: what a customer orders.")
class Variant(nodes.Node):
    variant_id: Long = strawberry.field(description="Its id in REST, never reused.")
    sku: str | None = strawberry.field(description="Its sku, unique among all variants.")
    gtin: str | None = strawberry.field(description="Its Global Trade Item Number.")
    price: Amount = strawberry.field(description="Its price, in the product's currency.")
    compare_at_price: Amount | None = strawberry.field(
        description="Its price before a sale, to be struck through; null if there is none."
    )
    stock: int | None = strawberry.field(description="The number in stock; null if it is not counted.")
    weight: Weight | None = strawberry.field(description="Its weight with the unit; null if it is not known.")
    image_id: Long | None = strawberry.field(
        description="The REST id of the variant's image, as `ProductImage.imageId`; null if it has none."
    )
    options: list[VariantOption] = strawberry.field(description="The variant's value for each option of the product.")


@strawberry.type(description="A variant in a list.")
class VariantEdge(EdgeOf[Variant]): ...


@strawberry.type(description="A page of variants.")
class VariantConnection(ConnectionOf[VariantEdge]): ...


@strawberry.input(description="An option of a product, in which its variants differ.")
class ProductOptionInput:
    name: str = strawberry.field(description=f"Its name, 1 to {models.MAX_OPTION_NAME} characters.")
    values: list[str] = strawberry.field(
        description=f"1 to {models.MAX_VARIANTS} values, each of 1 to {models.MAX_OPTION_VALUE} characters."
    )


@strawberry.input(description="The value of an option.")
class VariantOptionInput:
    name: str = strawberry.field(description=_OPTION)
    value: str = strawberry.field(description="One of its values.")


@strawberry.input(
    description="A variant in the new list. It matches a stored variant by id or sku, and then keeps the values of"
    " omitted members."
)
class VariantInput:
    id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="A global id or a plain integer, of a stored variant of the product."
    )
    sku: str | None = strawberry.field(default=UNSET, description=_SKU)
    gtin: str | None = strawberry.field(
        default=UNSET, description="Its Global Trade Item Number, with a valid check digit."
    )
    price: Amount | None = strawberry.field(
        default=UNSET, description="The price in the product's currency; the product's price by default."
    )
    compare_at_price: Amount | None = strawberry.field(
        default=UNSET, description="Its price before a sale, to be struck through."
    )
    stock: int | None = strawberry.field(default=UNSET, description="The number in stock; null if it is not counted.")
    weight: WeightInput | None = strawberry.field(default=UNSET, description="Its weight with the unit.")
    image_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="A global id or a plain integer, of one of the product's images."
    )
    options: list[VariantOptionInput] | None = strawberry.field(
        default=UNSET, description="A value for each option of the product."
    )


def members(inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The variants with REST's members; raises `Invalid` if one names an option twice."""
    found = []
    field_errors = []
    for n, one in enumerate(inputs):
        present = {name: value for name, value in one.items() if value is not None or name in NULLABLE}
        if "id" in present:
            present["id"] = nodes.local_id(present["id"], "Variant")
        if present.get("imageId") is not None:
            present["imageId"] = nodes.local_id(present["imageId"], "ProductImage")
        if present.get("weight") is not None:
            present["weight"] = weights.members(present["weight"])
        if "options" in present:
            pairs = present["options"]
            present["options"] = {pair["name"]: pair["value"] for pair in pairs}
            if len(present["options"]) < len(pairs):
                field_errors.append(FieldError(("variants", n, "options"), "`options` names one option twice."))
        found.append(present)
    if field_errors:
        raise Invalid(field_errors)
    return found


def _options(text: str | None) -> list[dict[str, Any]]:
    """The columns of a product's options."""
    return [
        {"name": one["name"], "values": msgspec.json.encode(one["values"]).decode()}
        for one in msgspec.json.decode(text or "[]")
    ]


def _values(text: str | None) -> list[dict[str, str]]:
    """The columns of a variant's options."""
    return [{"name": name, "value": value} for name, value in msgspec.json.decode(text or "{}").items()]


OPTIONS = EmbeddedList(
    ObjectType(
        "ProductOption",
        {
            "name": Leaf(("name",), size=6 * models.MAX_OPTION_NAME),
            "values": LeafList("values", 6 * models.MAX_VARIANTS * models.MAX_OPTION_VALUE),
        },
    ),
    ("options",),
    _options,
    models.MAX_OPTIONS,
)
VALUES = EmbeddedList(
    ObjectType(
        "VariantOption",
        {
            "name": Leaf(("name",), size=6 * models.MAX_OPTION_NAME),
            "value": Leaf(("value",), size=6 * models.MAX_OPTION_VALUE),
        },
    ),
    ("options",),
    _values,
    models.MAX_OPTIONS,
)
VARIANT = NodeType(
    "Variant",
    {
        "id": Leaf(("id",), nodes.encoder("Variant")),
        "variantId": Leaf(("id",)),
        "sku": Leaf(("sku",)),
        "price": Leaf(("price", "currency"), money.text),
        "gtin": Leaf(("gtin",)),
        "compareAtPrice": Leaf(("compareAtPrice", "currency"), money.text_if_any),
        "stock": Leaf(("stock",)),
        "weight": WEIGHT,
        "imageId": Leaf(("imageId",)),
        "options": VALUES,
    },
    variants.LISTING,
)
