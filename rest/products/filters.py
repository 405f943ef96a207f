"""The filters of lists of products that only v2 has: ids, skus, brands, tags and attributes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from app.domain.catalogue import product_conditions
from app.domain.catalogue.product_conditions import Attribute, in_order
from app.domain.catalogue.product_filters import LISTS
from app.domain.errors import FieldError, Invalid
from app.domain.fields import attributes
from app.domain.models import MAX_ID
from rest import parameters
from rest.models import STORABLE, Id, string
from rest.parameters import Number, parameter
from rest.queries import Query

_MAX_VALUES = Field(max_length=product_conditions.MAX_FILTER_VALUES)


_Ids = Annotated[tuple[Annotated[Id, parameters.integer(1, MAX_ID)], ...], _MAX_VALUES]
_Skus = Annotated[tuple[Annotated[str, string(*LISTS["skus"]), parameters.text(*LISTS["skus"])], ...], _MAX_VALUES]
_Brands = Annotated[tuple[Annotated[str, string(*LISTS["brand"]), parameters.text(*LISTS["brand"])], ...], _MAX_VALUES]
_Tags = Annotated[tuple[Annotated[str, string(*LISTS["tag"]), parameters.text(*LISTS["tag"])], ...], _MAX_VALUES]
_AttributeName = Annotated[str, parameters.text(1, attributes.MAX_NAME)]
_Text = Annotated[str, parameters.text(1, attributes.MAX_TEXT)]
_TEXT_SCHEMA = {"type": "string", "minLength": 1, "maxLength": attributes.MAX_TEXT, "pattern": STORABLE}
_TEXTS_SCHEMA = {"type": "array", "items": _TEXT_SCHEMA, "maxItems": product_conditions.MAX_FILTER_VALUES}
_Values = Annotated[dict[_AttributeName, Annotated[tuple[_Text, ...], _MAX_VALUES]], WithJsonSchema(_TEXTS_SCHEMA)]
_Bounds = Annotated[dict[_AttributeName, Number], WithJsonSchema({"type": "number"})]


def _texts(title: str, description: str, example: str, alias: str | None = None) -> Any:
    """A parameter whose values may have commas."""
    repeated = "Repeat the parameter for several values, any of which may match; a comma is part of a value."
    about = f"{description} {repeated}"
    return parameter(title, about, [example], alias=alias, explode=True, commas=True, later=True)


def _bound(side: str, example: int, alias: str) -> Any:
    about = f"Only products whose attribute is at {side} this number. Replace `NAME` by the attribute's name."
    return parameter(f"Attribute{side.title()}", about, example, alias=alias, later=True)


class ProductFilters(Query):
    """The filter parameters of lists of products that only v2 has."""

    ids: _Ids | None = parameter("ProductIds", "Only products with these ids.", [7, 9], explode=False, later=True)
    skus: _Skus | None = _texts("Skus", "Only products with this sku.", "WH-30")
    brand: _Brands | None = _texts("Brands", "Only products of this brand; case is ignored.", "Aurelia")
    tag: _Tags | None = _texts("Tags", "Only products with this tag; case is ignored.", "new")
    attribute_values: _Values | None = _texts(
        "AttributeValues",
        "Only products whose attribute has this value. Replace `NAME` by the attribute's name, such as"
        " `attributes.Color=red`; case is ignored.",
        "red",
        "attributes.NAME",
    )
    attribute_min: _Bounds | None = _bound("least", 5, "attributes.NAME.min")
    attribute_max: _Bounds | None = _bound("most", 9, "attributes.NAME.max")

    @property
    def attribute_conditions(self) -> tuple[Attribute, ...] | None:
        """The conditions of attributes, by name; raises `Invalid` for too many attributes."""
        values: Mapping[str, tuple[str, ...]] = self.attribute_values or {}
        lows, highs = self.attribute_min or {}, self.attribute_max or {}
        names = sorted({*values, *lows, *highs})
        if len(names) > product_conditions.MAX_ATTRIBUTES:
            message = f"At most {product_conditions.MAX_ATTRIBUTES} attributes can be filtered at once."
            raise Invalid([FieldError((f"attributes.{names[-1]}",), message)])
        found = [Attribute(name, in_order(values.get(name)), _float(lows, name), _float(highs, name)) for name in names]
        return tuple(found) or None


def _float(numbers: Mapping[str, Decimal], name: str) -> float | None:
    return float(numbers[name]) if name in numbers else None
