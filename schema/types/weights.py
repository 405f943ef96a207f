"""Weights of products and variants in GraphQL."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
import strawberry

from app.domain import models
from schema.execution.type_mapping import EmbeddedObject, Leaf, ObjectType


@strawberry.enum(description="A unit of weights.")
class WeightUnit(Enum):
    G = strawberry.enum_value("g", description="Grams.")
    KG = strawberry.enum_value("kg", description="Kilograms.")
    OZ = strawberry.enum_value("oz", description="Ounces.")
    LB = strawberry.enum_value("lb", description="Pounds.")


@strawberry.type(description="A weight.")
class Weight:
    value: float = strawberry.field(description="The number of units.")
    unit: WeightUnit = strawberry.field(description="The unit.")


@strawberry.input(description="A weight.")
class WeightInput:
    value: float = strawberry.field(description=f"The number of units, from 0 to {models.MAX_WEIGHT:,}.")
    unit: WeightUnit = strawberry.field(description="The unit.")


def members(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A weight with REST's members."""
    return {"value": Decimal(repr(raw["value"])), "unit": raw["unit"].value}


def _read(text: str | None) -> dict[str, Any] | None:
    return None if text is None else msgspec.json.decode(text)


WEIGHT = EmbeddedObject(
    ObjectType("Weight", {"value": Leaf(("value",), float), "unit": Leaf(("unit",), str.upper)}), ("weight",), _read
)
