"""The queries of products: one product, a category's products, all products."""

from functools import cached_property, lru_cache
from typing import Annotated

from pydantic import Field

from app.domain import models, money, visibility
from app.domain.catalogue import product_filters, products
from app.domain.catalogue.product_conditions import MAX_FILTER_CATEGORIES
from app.domain.catalogue.product_filters import TEXTS
from app.domain.errors import FieldError, Invalid
from app.domain.fields import product_fields
from app.domain.search import relevance
from app.domain.unicode import text
from rest import parameters
from rest.lists import SORTING
from rest.models import Currency, Id, Words, sort_of, string
from rest.parameters import Boolean, FieldsOf, Number, fields_parameter, parameter, since_parameter
from rest.products.facets import FacetQuery
from rest.products.filters import ProductFilters
from rest.products.models import Product
from rest.queries import Query
from rest.rendering import PRODUCT, Projection
from rest.versions import Version


@lru_cache(maxsize=512)
def projection(version: Version, members: tuple[str, ...] | None) -> Projection:
    """The members that a version shows; `None` shows all."""
    whole = members is None or members == version.shown
    needs = ("version", "status", *(("stocks",) if whole else ()))
    return Projection(members or version.shown, PRODUCT, whole=whole, needs=needs)


@lru_cache(maxsize=64)
def written(members: tuple[str, ...], *, stocks: bool) -> Projection:
    """The members of a whole product as a release with these members showed it; with `stocks`, in its tag too."""
    return Projection(members, PRODUCT, whole=True, needs=("version", *(("stocks",) if stocks else ())))


@lru_cache(maxsize=64)
def listed(version: Version, included: tuple[str, ...]) -> Projection:
    """The members that a list of a version shows by default, and the included ones."""
    return projection(version, tuple(one for one in version.shown if one in product_fields.LISTED or one in included))


class ProductQuery(Query):
    """The parameters of one product."""

    fields: Annotated[tuple[str, ...], FieldsOf(Product)] | None = fields_parameter("Product", ["id", "name"])

    @cached_property
    def projection(self) -> Projection:
        """The members to show."""
        return projection(self.version, self.fields)


_Status = Annotated[
    str, Words("ProductStatusFilter", (*models.STATUSES, visibility.ANY), "A status of products; `any`: all of them.")
]
_known_currency = parameters.choice({code: code for code in money.DECIMALS}, "an ISO 4217 currency code, such as USD")


class CategoryProductsQuery(ProductQuery, ProductFilters, FacetQuery):
    """The parameters of the list of a category's products."""

    sort: Annotated[str, sort_of("Product", products.LISTING.keys)] = parameter(
        "ProductSorting", f"{SORTING} `relevance`: what fits `q` best comes first.", "-id", "id"
    )
    q: Annotated[str, string(*TEXTS["q"]), parameters.text(*TEXTS["q"])] | None = parameter(
        "ProductSearch",
        "Every word must begin a word of the name, description, brand, tags or sku; case and accents are ignored.",
        "wire headph",
    )
    typos: Annotated[str, Words("Typos", ("auto", "off"), "Whether a search corrects words.")] | None = parameter(
        "Spelling",
        "`auto` corrects words of `q` that no product contains, and returns the result as `correctedQuery`; it is"
        " the default for `sort=relevance`. `off` corrects nothing.",
        "auto",
        later=True,
    )
    min_price: Number | None = parameter("MinPrice", "The lowest price, as a number; currencies are not converted.", 10)
    max_price: Number | None = parameter(
        "MaxPrice", "The highest price, as a number; currencies are not converted.", 19.99
    )
    currency: Annotated[Currency, _known_currency] | None = parameter(
        "Currency", "Only products priced in this currency (ISO 4217).", "EUR"
    )
    in_stock: Boolean | None = parameter("InStock", "Whether the stock is above 0 or not counted.", True)
    sku: Annotated[str, string(*TEXTS["sku"]), parameters.text(*TEXTS["sku"])] | None = parameter(
        "Sku", "Only products with exactly this stock-keeping unit.", "WH-30"
    )
    gtin: Annotated[str, string(*TEXTS["gtin"]), parameters.text(*TEXTS["gtin"])] | None = parameter(
        "Gtin", "Only products with exactly this GTIN.", "4006381333931", later=True
    )

    created_since: parameters.Time | None = since_parameter("CreatedSince", "created")
    updated_since: parameters.Time | None = since_parameter(
        "UpdatedSince", "created or edited", "; a sale is not an edit"
    )
    status: Annotated[tuple[_Status, ...], Field(max_length=parameters.MAX_VALUES)] | None = parameter(
        "ProductStatuses",
        "Only products with one of these statuses; the default is `active`. Other statuses need the scope"
        " `catalog:write`.",
        ["draft", "archived"],
        explode=False,
        later=True,
    )
    include: Annotated[tuple[str, ...], FieldsOf(Product, product_fields.ON_REQUEST, "Inclusion")] | None = parameter(
        "ProductInclusions", "Also show these members, which lists omit.", ["attributes"], explode=False, later=True
    )
    subtree: Boolean | None = parameter(
        "Subtree", "Also products of all categories below; needs a category.", True, later=True
    )

    listing = products.LISTING
    nested = True

    @cached_property
    def projection(self) -> Projection:
        """The members to show."""
        if self.fields is None:
            return listed(self.version, self.include or ())
        return projection(
            self.version, tuple(sorted({*self.fields, *(self.include or ())}, key=product_fields.SHOWN.index))
        )

    @property
    def in_categories(self) -> tuple[int, ...] | None:
        """The categories of the filter; for a category's list the path has it."""
        return None

    @property
    def with_subtree(self) -> bool | None:
        """Whether subcategories count too."""
        return self.subtree or None

    @cached_property
    def filter(self) -> products.Filter:
        """The domain's filter."""
        return filter_of(self)


def filter_of(query: CategoryProductsQuery) -> products.Filter:
    """The filter of a query; raises `Invalid`."""
    relevance.require(query.order, text.query(query.q), "sort")
    values = {
        **vars(query),
        "categories": query.in_categories,
        "subtree": query.with_subtree,
        "attributes": query.attribute_conditions,
    }
    return product_filters.make(values, query.order, corrects=not query.version.deprecated)


class ProductListQuery(CategoryProductsQuery):
    """The parameters of the list of products."""

    category: (
        Annotated[
            tuple[Annotated[Id, parameters.integer(1, models.MAX_ID)], ...], Field(max_length=MAX_FILTER_CATEGORIES)
        ]
        | None
    ) = parameter("InCategory", "Only products directly in this category, or in one of several.", [3, 4], explode=True)
    nested = False

    @property
    def with_subtree(self) -> bool | None:
        """Whether subcategories count too; raises `Invalid` without `category`."""
        if self.subtree is not None and self.category is None:
            raise Invalid([FieldError(("subtree",), "`subtree` needs `category`.")])
        return self.subtree or None

    @property
    def in_categories(self) -> tuple[int, ...] | None:
        """The categories of the filter."""
        return self.category
