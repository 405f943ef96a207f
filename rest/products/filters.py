"""The filters of lists of products that are later than v1: by ids, skus, brands, tags and attributes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from app.domain import models
from app.domain.catalogue import attributes, product_conditions
from app.domain.catalogue.product_conditions import Attribute, in_order
from app.domain.errors import FieldError, Invalid
from app.domain.models import MAX_ID
from rest import queries
from rest.models import STORABLE, Id, string
from rest.queries import Number, Query, parameter

_MOST = Field(max_length=product_conditions.MOST)


_Ids = Annotated[tuple[Annotated[Id, queries.integer(1, MAX_ID)], ...], _MOST]
_Skus = Annotated[tuple[Annotated[str, string(1, models.MAX_SKU), queries.text(1, models.MAX_SKU)], ...], _MOST]
_Brands = Annotated[tuple[Annotated[str, string(1, models.MAX_BRAND), queries.text(1, models.MAX_BRAND)], ...], _MOST]
_Tags = Annotated[tuple[Annotated[str, string(1, models.MAX_TAG), queries.text(1, models.MAX_TAG)], ...], _MOST]
_AttributeName = Annotated[str, queries.text(1, attributes.MAX_NAME)]
_Text = Annotated[str, queries.text(1, attributes.MAX_TEXT)]
_TEXT_SCHEMA = {"type": "string", "minLength": 1, "maxLength": attributes.MAX_TEXT, "pattern": STORABLE}
_TEXTS_SCHEMA = {"type": "array", "items": _TEXT_SCHEMA, "maxItems": product_conditions.MOST}
_Values = Annotated[dict[_AttributeName, Annotated[tuple[_Text, ...], _MOST]], WithJsonSchema(_TEXTS_SCHEMA)]
_Bounds = Annotated[dict[_AttributeName, Number], WithJsonSchema({"type": "number"})]


def _texts(title: str, description: str, example: str, alias: str | None = None) -> Any:
    """A parameter whose values may have commas."""
    about = f"{description} Several: any of them, each in a parameter of its own, since a comma is part of a value."
    return parameter(title, about, [example], alias=alias, explode=True, commas=True, later=True)


def _bound(side: str, example: int, alias: str) -> Any:
    about = f"Only products whose attribute is at {side} this number; its name stands in place of `NAME`."
    return parameter(f"Attribute{side.title()}", about, example, alias=alias, later=True)


class ProductFilters(Query):
    """The parameters of a list of products that narrow it by what shops filter by."""

    ids: _Ids | None = parameter("ProductIds", "Only products with these ids.", [7, 9], explode=False, later=True)
    skus: _Skus | None = _texts("Skus", "Only products with this sku.", "WH-30")
    brand: _Brands | None = _texts("Brands", "Only products of this brand; case does not matter.", "Aurelia")
    tag: _Tags | None = _texts("Tags", "Only products with this tag; case does not matter.", "new")
    attribute_values: _Values | None = _texts(
        "AttributeValues",
        "Only products whose attribute is this value. The attribute's name stands in place of `NAME`, such as"
        " `attributes.Color=red`; case does not matter.",
        "red",
        "attributes.NAME",
    )
    attribute_min: _Bounds | None = _bound("least", 5, "attributes.NAME.min")
    attribute_max: _Bounds | None = _bound("most", 9, "attributes.NAME.max")

    def also(self) -> dict[str, Any]:
        """The members of the domain's filter that these give; raises `Invalid` for too many attributes."""
        return {
            "ids": in_order(self.ids),
            "skus": in_order(self.skus),
            "brands": in_order(self.brand),
            "tags": in_order(self.tag),
            "attributes": self._attributes(),
        }

    def _attributes(self) -> tuple[Attribute, ...] | None:
        values: Mapping[str, tuple[str, ...]] = self.attribute_values or {}
        lows, highs = self.attribute_min or {}, self.attribute_max or {}
        names = sorted({*values, *lows, *highs})
        if len(names) > product_conditions.MAX_ATTRIBUTES:
            message = f"At most {product_conditions.MAX_ATTRIBUTES} attributes can be asked for at once."
            raise Invalid([FieldError((f"attributes.{names[-1]}",), message)])
        found = [
            Attribute(name, in_order(values.get(name)) or (), _float(lows, name), _float(highs, name)) for name in names
        ]
        return tuple(found) or None


def _float(numbers: Mapping[str, Decimal], name: str) -> float | None:
    return float(numbers[name]) if name in numbers else None
