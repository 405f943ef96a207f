"""Facets of lists of products in GraphQL."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.domain.catalogue import product_values
from app.domain.finding import facets
from app.domain.finding.facets import FacetRequest
from app.domain.unit_of_work import Unit
from app.domain.validation import Reader
from app.rate_limiting import costs
from schema.execution.type_mapping import Arguments, EmbeddedList, Leaf, ObjectType, Summary

_TEXT = 4 * product_values.LENGTH

FacetNames = Annotated[
    list[str],
    strawberry.argument(
        description="The facets: `category`, `brand`, `price`, `tag`, `inStock`, and `attributes.NAME` with an"
        f" attribute's name; {facets.MAX_FACETS} at most."
    ),
]
ValuesFirst = Annotated[
    int,
    strawberry.argument(
        description=f"The number of values of each facet: {facets.DEFAULT} by default, {facets.MAX_VALUES} at most."
    ),
]


@strawberry.type(description="A value of a facet, with the number of products that have it.")
class FacetValue:
    value: str = strawberry.field(
        description="The value to pass to this filter: a category id or a text. A range is `low..high`; pass its ends"
        " as minimum and maximum, both inclusive."
    )
    label: str = strawberry.field(
        description="The value to display: a category's name, or the text as a product spells it."
    )
    count: int = strawberry.field(
        description="The number of products with this value; the facet's own filter is ignored."
    )


@strawberry.type(description="The values of one filter, with product counts, to narrow a list further.")
class Facet:
    name: str = strawberry.field(description="The name, as requested.")
    values: list[FacetValue] = strawberry.field(
        description="Ranges in ascending order, then the most frequent values; values without products are omitted."
    )
    min: float | None = strawberry.field(description="The lowest number; null if there are no numbers.")
    max: float | None = strawberry.field(description="The highest number; null if there are no numbers.")


def _request(args: Arguments) -> FacetRequest:
    """The request of a field's arguments; raises `Invalid`."""
    names, most = tuple(dict.fromkeys(args["of"])), args.get("first") or facets.DEFAULT
    reader = Reader({"first": 1, **args})
    if problem := facets.problem(names):
        reader.fault("of", problem)
    reader.integer("first", 1, facets.MAX_VALUES)
    reader.done()
    return FacetRequest(names, most)


async def _read(
    unit: Unit, conditions: Mapping[str, Any], request: FacetRequest, placed: bool
) -> Sequence[Mapping[str, Any]]:
    found = await facets.count(unit, conditions, request, placed=placed)
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
                facets.MAX_VALUES,
            ),
            "min": Leaf(("min",)),
            "max": Leaf(("max",)),
        },
    ),
    _request,
    _read,
    lambda request, leaves, leaves_of_value: costs.facets(len(request.names), leaves + request.most * leaves_of_value),
)
