"""The models of variants, and of the options that they differ in."""

from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from app.domain import models
from app.domain.fields.variant_members import VARIANT_EXAMPLE
from rest.models import (
    NOT_BLANK,
    Currency,
    Gtin,
    Id,
    Input,
    Integer,
    Model,
    Page,
    Partial,
    Price,
    Sku,
    Weight,
    WeightInput,
    WeightPatch,
    example,
    optional,
    page_example,
    string,
)

OptionName = Annotated[str, string(1, models.MAX_OPTION_NAME, NOT_BLANK)]
OptionValue = Annotated[str, string(1, models.MAX_OPTION_VALUE, NOT_BLANK)]


class NamedValues:
    """Says that all names have such values by `additionalProperties`, which generators and OpenAPI 3.0 know."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The values of all names, and what a name is."""
        made = handler(schema)
        ((pattern, value),) = made.pop("patternProperties").items()
        return made | {"propertyNames": made["propertyNames"] | {"pattern": pattern}, "additionalProperties": value}


OptionValues = Annotated[dict[OptionName, OptionValue], Field(max_length=models.MAX_OPTIONS), NamedValues()]


class ProductOption(Model):
    """An option of a product, in which its variants differ."""

    model_config = example({"name": "Colour", "values": ["black", "red"]})
    name: OptionName = Field(description="The name, unique within the product.")
    values: Annotated[list[OptionValue], Field(min_length=1, max_length=models.MAX_VARIANTS)] = Field(
        description="The values that a variant may have, in your order, each once."
    )


class OptionInput(ProductOption, Input):
    """An option of a product to create, in which its variants differ."""


class VariantMembers(Input):
    """The members of a variant that can be set."""

    sku: Sku | None = optional("The stock-keeping unit, unique among all variants whatever its case.")
    gtin: Gtin | None = optional("The Global Trade Item Number, with a valid check digit.")
    price: Price = optional("The price in major units, in the product's currency; the product's price by default.")
    compare_at_price: Price | None = optional("The price before a sale, to be struck through.")
    stock: Annotated[int, Integer(0, models.MAX_STOCK)] | None = optional(
        "The number in stock; null if it is not counted."
    )
    weight: WeightInput | None = optional("The weight with its unit.")
    options: OptionValues = optional("The value for each option of the product, by the option's name.")
    image_id: Id | None = optional("The id of one of the product's images.")


class ListedVariant(VariantMembers):
    """A variant in the new list. It matches a stored variant by id or sku, and then keeps the values of omitted
    members.

    Stored variants that are not in the list are deleted.
    """

    model_config = example({"sku": "WH-30", "price": 129.99, "stock": 12, "options": {"Colour": "black"}})
    id: Id = optional("The id of a stored variant of the product.")


class ExportVariant(VariantMembers):
    """A variant in a line of an export, in the format of imports."""

    model_config = example({"sku": "WH-30", "price": 129.99, "stock": 12, "options": {"Colour": "black"}})


class Variant(Model):
    """A variant of a product: what a customer orders."""

    model_config = example(VARIANT_EXAMPLE)
    id: Id = Field(description="The variant's id; the service sets it and never uses it again.")
    sku: Sku | None = Field(description="The stock-keeping unit, unique among all variants; null if it has none.")
    gtin: Gtin | None = Field(description="The Global Trade Item Number; null if it is not known.")
    price: Price = Field(description="The price in major units, in the product's currency.")
    compare_at_price: Price | None = Field(description="The price before a sale, to be struck through, or null.")
    stock: Annotated[int, Integer(0, models.MAX_STOCK)] | None = Field(
        description="The number in stock; null if it is not counted."
    )
    weight: Weight | None = Field(description="The weight with its unit; null if it is not known.")
    options: OptionValues = Field(description="The value for each option of the product, by the option's name.")
    image_id: Id | None = Field(
        description="The id of the variant's image, one of the product's images; null if it has none."
    )


class VariantDetail(Variant):
    """A variant with the id of its product and the currency of its prices."""

    model_config = example({"id": 7, "productId": 7, **VARIANT_EXAMPLE, "currency": "EUR"})
    product_id: Id = Field(description="The id of the variant's product.")
    currency: Currency = Field(description="The currency of its prices, which is that of the product (ISO 4217).")


class VariantDetailView(Partial, VariantDetail):
    """A variant, or the members of it that `fields` names."""


class VariantList(Page[VariantDetailView]):
    """A page of the variants of a product."""

    model_config = page_example("products/7/variants", {"id": 7, "productId": 7, **VARIANT_EXAMPLE, "currency": "EUR"})


class NewVariant(VariantMembers):
    """A variant to add to a product."""

    model_config = example({"sku": "WH-31", "price": 139.99, "stock": 4, "options": {"Colour": "red"}})


class VariantInput(VariantMembers):
    """The new state of a variant; omitted members are reset."""

    model_config = example({"sku": "WH-30", "price": 129.99, "stock": 12, "options": {"Colour": "black"}})
    price: Price = Field(description="The price in major units, in the product's currency.")


class VariantPatch(VariantMembers):
    """A merge patch (RFC 7396): omitted members stay as they are, also within `weight` and `options`; null resets a
    member.
    """

    model_config = example({"price": 119.99})
    weight: WeightPatch | None = optional("The weight with its unit.")
