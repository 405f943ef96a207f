"""The queries of variants: one variant, and those of a product."""

from functools import cached_property, lru_cache
from typing import Annotated

from app.domain.catalogue import variants
from rest.lists import ListQuery
from rest.models import sort_of
from rest.queries import FieldsOf, Query, fields_parameter, parameter
from rest.rendering import VARIANT, View
from rest.variants.models import VariantDetail


@lru_cache(maxsize=64)
def view(members: tuple[str, ...] | None = None) -> View:
    """The members to show; None for all."""
    shown = members or variants.SHOWN
    return View(shown, VARIANT, whole=shown == variants.SHOWN, needs=("version", "status"))


WRITTEN = View(variants.SHOWN, VARIANT, whole=True)
"""A variant as a command leaves it."""


class VariantQuery(Query):
    """The parameters of one variant."""

    fields: Annotated[tuple[str, ...], FieldsOf(VariantDetail)] | None = fields_parameter("Variant", ["id", "sku"])

    @cached_property
    def view(self) -> View:
        """The members to show."""
        return view(self.fields)


class VariantListQuery(VariantQuery, ListQuery):
    """The parameters of the list of a product's variants."""

    sort: Annotated[str, sort_of("Variant", variants.LISTING.keys)] = parameter(
        "VariantSorting", "By place among the product's variants, or by id; descending after `-`.", "id", "position"
    )

    listing = variants.LISTING
    nested = True

    @property
    def filter(self) -> variants.Filter:
        """The filter that says what the list costs; the product is found with it."""
        return variants.Filter()
