"""The queries of variants: one variant, and those of a product."""

from functools import cached_property, lru_cache
from typing import Annotated

from app.domain.catalogue import variants
from rest.lists import ListQuery
from rest.models import sort_of
from rest.parameters import FieldsOf, fields_parameter, parameter
from rest.queries import Query
from rest.rendering import BELOW_VARIANT, VARIANT, Projection
from rest.variants.models import VariantDetail


@lru_cache(maxsize=64)
def projection(members: tuple[str, ...] | None = None) -> Projection:
    """The members to show; `None` shows all."""
    shown = members or variants.SHOWN
    whole = shown == variants.SHOWN
    return Projection(shown, VARIANT, whole=whole, needs=("version", "status"), below=BELOW_VARIANT)


WRITTEN = Projection(variants.SHOWN, VARIANT, whole=True, below=BELOW_VARIANT)
"""A variant after a command."""


class VariantQuery(Query):
    """The parameters of one variant."""

    fields: Annotated[tuple[str, ...], FieldsOf(VariantDetail)] | None = fields_parameter("Variant", ["id", "sku"])

    @cached_property
    def projection(self) -> Projection:
        """The members to show."""
        return projection(self.fields)


class VariantListQuery(VariantQuery, ListQuery):
    """The parameters of the list of a product's variants."""

    sort: Annotated[str, sort_of("Variant", variants.LISTING.keys)] = parameter(
        "VariantSorting",
        "By position in the product's list, or by id; `-` before it sorts descending.",
        "id",
        "position",
    )

    listing = variants.LISTING
    nested = True

    @property
    def filter(self) -> variants.Filter:
        """The filter for the price of the list; `find_filter` adds the product."""
        return variants.Filter()
