"""Facets of lists of products in GraphQL."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.domain.catalogue import product_values
from app.domain.errors import FieldError, Invalid
from app.domain.finding import facets
from app.domain.finding.facets import Asked
from app.domain.unit_of_work import Unit
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected
from schema.execution.type_mapping import Arguments, EmbeddedList, Leaf, ObjectType, Summary

_TEXT = 4 * product_values.LENGTH

Of = Annotated[
    list[str],
    strawberry.argument(
        description="The facets: `category`, `brand`, `price`, `tag`, `inStock`, and `attributes.NAME` with an"
        f" attribute's name; {facets.MAX_FACETS} at most."
    ),
]
Values = Annotated[
    int,
    strawberry.argument(description=f"How many values of each: {facets.DEFAULT} by default, {facets.MOST} at most."),
]


@strawberry.type(description="A value that products of a list can be narrowed to.")
class FacetValue:
    value: str = strawberry.field(
        description="What the filter of this name takes: the id of a category, the text of others. A range of numbers"
        " is `low..high`; its ends go into the filters of the lowest and the highest number, which include them."
    )
    label: str = strawberry.field(
        description="The value for people: the name of a category, a text as one product writes it."
    )
    count: int = strawberry.field(description="How many products of the list have it, whatever the facet's own filter.")


@strawberry.type(description="The values of a list's products by which it can be narrowed further.")
class Facet:
    name: str = strawberry.field(description="The name, as it was asked for.")
    values: list[FacetValue] = strawberry.field(
        description="Ranges of numbers in rising order, then the values that most products have; no value is without."
    )
    min: float | None = strawberry.field(description="The lowest number; null where there is none.")
    max: float | None = strawberry.field(description="The highest number; null where there is none.")


def _asked(args: Arguments) -> Asked:
    """What the arguments ask for; raises `Invalid`."""
    names, most = tuple(dict.fromkeys(args["of"])), args.get("first") or facets.DEFAULT
    faults = []
    if problem := facets.problem(names):
        faults.append(FieldError(("of",), f"`of` {problem}."))
    if not 1 <= args.get("first", 1) <= facets.MOST:
        faults.append(FieldError(("first",), f"`first` must be from 1 to {facets.MOST}."))
    if faults:
        raise Invalid(faults)
    return Asked(names, most)


def _describe(asked: Asked, leaves: int, leaves_of_value: int) -> Selected:
    return costs.facets(len(asked.names), leaves + asked.most * leaves_of_value)


async def _read(unit: Unit, conditions: Mapping[str, Any], asked: Asked, placed: bool) -> Sequence[Mapping[str, Any]]:
    found = await facets.count(unit, conditions, asked, placed=placed)
    return [one._asdict() | {"values": [value.members for value in one.values]} for one in found]


FACETS = Summary(
    ObjectType(
        "Facet",
        {
            "name": Leaf(("name",)),
            "values": EmbeddedList(
                ObjectType(
                    "FacetValue",
                    {
                        "value": Leaf(("value",), size=_TEXT),
                        "label": Leaf(("label",), size=_TEXT),
                        "count": Leaf(("count",)),
                    },
                ),
                ("values",),
                lambda values: values,
            ),
            "min": Leaf(("min",)),
            "max": Leaf(("max",)),
        },
    ),
    _asked,
    _read,
    _describe,
)
