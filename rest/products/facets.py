"""Facets of lists of products: their parameters and models."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.domain.fields import attributes
from app.domain.finding.facets import ATTRIBUTE, DEFAULT, MAX_FACETS, MAX_VALUES, WORDS, FacetRequest, count, problem
from app.domain.finding.facets import Facet as Counted
from app.domain.pagination.paging import Page
from app.domain.unit_of_work import Unit
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected
from rest import parameters
from rest.lists import ListQuery
from rest.models import Integer, Model, Size, example, string, without_default
from rest.parameters import parameter

_EXAMPLE = {
    "name": "brand",
    "values": [
        {"value": "aurelia", "label": "Aurelia", "count": 12},
        {"value": "norden", "label": "Norden", "count": 3},
    ],
}
_MAX_NAME = len(ATTRIBUTE) + attributes.MAX_NAME
_Name = Annotated[str, string(1, _MAX_NAME)]
_Text = Annotated[str, string(0, 1_000)]
_NAME_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": _MAX_NAME,
    "pattern": rf"^({'|'.join(WORDS)}|attributes\.[^\u0000]+)$",
}
_FACETS_SCHEMA = {"type": "array", "items": _NAME_SCHEMA, "maxItems": MAX_FACETS}


def _names(repeated: list[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(repeated))
    if wrong := problem(names):
        raise ValueError(wrong)
    return names


_Facets = Annotated[tuple[str, ...], WithJsonSchema(_FACETS_SCHEMA), BeforeValidator(_names)]
_Limit = Annotated[int, Integer(1, MAX_VALUES), parameters.integer(1, MAX_VALUES)]


class FacetValue(Model):
    """A value of a facet, with the number of products that have it."""

    model_config = example(_EXAMPLE["values"][0])  # type: ignore[arg-type]
    value: _Text = Field(
        description="The value to pass to this filter: a category id or a text. A range is `low..high`; pass its ends"
        " as minimum and maximum, both inclusive."
    )
    label: _Text = Field(description="The value to display: a category's name, or the text as a product spells it.")
    count: Size = Field(description="The number of products with this value; the facet's own filter is ignored.")


class Facet(Model):
    """The values of one filter, with product counts, to narrow a list further."""

    model_config = example(_EXAMPLE)
    name: _Name = Field(description="The name, as requested.")
    values: Annotated[list[FacetValue], Field(max_length=2 * MAX_VALUES)] = Field(
        description="Ranges in ascending order, then the most frequent values; values without products are omitted."
    )
    min: float = Field(
        0, description="The lowest number; absent if there are no numbers.", json_schema_extra=without_default
    )
    max: float = Field(
        0, description="The highest number; absent if there are no numbers.", json_schema_extra=without_default
    )


class FacetQuery(ListQuery):
    """The parameters of a list that has facets."""

    facets: _Facets | None = parameter(
        "Facets",
        "Count the products of the list by these: `category`, `brand`, `price`, `tag`, `inStock`, and"
        " `attributes.NAME` with an attribute's name. Each facet costs as much as a count of the list, and ignores its"
        " own filter.",
        ["brand", "price", "attributes.Color"],
        explode=False,
        later=True,
    )
    facet_limit: _Limit | None = parameter(
        "FacetLimit", f"The maximum number of values of a facet; {DEFAULT} by default.", 100, later=True
    )

    @property
    def _request(self) -> FacetRequest:
        return FacetRequest(self.facets or (), self.facet_limit or DEFAULT)

    @property
    def also_selected(self) -> Sequence[Selected]:
        """What facets cost."""
        leaves = len(Facet.model_fields) - 1 + self._request.most * len(FacetValue.model_fields)
        return [costs.facets(len(self.facets), leaves)] if self.facets else []

    async def also_read(self, unit: Unit, page: Page) -> Mapping[str, Any]:
        """The facets of the list."""
        if not self.facets:
            return {}
        found = await count(unit, page.conditions, self._request, placed=self.nested)
        return {"facets": [_shown(one) for one in found]}


def _shown(facet: Counted) -> dict[str, Any]:
    bounds = {} if facet.min is None else {"min": facet.min, "max": facet.max}
    return {"name": facet.name, "values": [one.members for one in facet.values], **bounds}
