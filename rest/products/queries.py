"""The queries of products: one product, a category's products, all products."""

from functools import cached_property, lru_cache
from typing import Annotated

from pydantic import Field

from app.domain import models, money, visibility
from app.domain.catalogue import product_fields, products
from app.domain.errors import FieldError, Invalid
from app.domain.search import relevance
from app.domain.unicode import text
from rest import queries
from rest.lists import SORTING
from rest.models import Currency, Id, Words, sort_of, string
from rest.products.facets import FacetQuery
from rest.products.filters import ProductFilters
from rest.products.models import Product
from rest.queries import Boolean, FieldsOf, Number, Query, fields_parameter, parameter
from rest.rendering import PRODUCT, View
from rest.versions import Version


@lru_cache(maxsize=512)
def view(version: Version, members: tuple[str, ...] | None) -> View:
    """The members that a version shows; None for all."""
    whole = members is None or members == version.shown
    needs = ("version", "status", *(("stocks",) if whole else ()))
    return View(members or version.shown, PRODUCT, whole=whole, needs=needs)


@lru_cache(maxsize=64)
def written(members: tuple[str, ...], *, stocks: bool) -> View:
    """The members of a whole product that a release showed which had these, and told the stocks of all variants."""
    return View(members, PRODUCT, whole=True, needs=("version", *(("stocks",) if stocks else ())))


@lru_cache(maxsize=64)
def listed(version: Version, included: tuple[str, ...]) -> View:
    """The members that a list of a version shows unasked, and those that are to be included."""
    return view(version, tuple(one for one in version.shown if one in product_fields.LISTED or one in included))


class ProductQuery(Query):
    """The parameters of one product."""

    fields: Annotated[tuple[str, ...], FieldsOf(Product)] | None = fields_parameter("Product", ["id", "name"])

    @cached_property
    def view(self) -> View:
        """The members to show."""
        return view(self.version, self.fields)


_Status = Annotated[
    str,
    Words("ProductStatusFilter", (*models.STATUSES, visibility.ANY), "A status of products; `any`: all of them."),
]
_known_currency = queries.choice({code: code for code in money.DECIMALS}, "an ISO 4217 currency code, such as USD")


class CategoryProductsQuery(ProductQuery, ProductFilters, FacetQuery):
    """The parameters of the list of a category's products."""

    sort: Annotated[str, sort_of("Product", products.LISTING.keys)] = parameter(
        "ProductSorting", f"{SORTING} `relevance`: what fits `q` best comes first.", "-id", "id"
    )
    q: Annotated[str, string(0, text.MAX_QUERY), queries.text(0, text.MAX_QUERY)] | None = parameter(
        "ProductSearch",
        "Every word of it begins a word of the name, description, brand, tags or sku; case and accents do not matter.",
        "wire headph",
    )
    typos: Annotated[str, Words("Typos", ("auto", "off"), "Whether a search corrects words.")] | None = parameter(
        "Spelling",
        "`auto` corrects the words of `q` that no product has, and says so by `correctedQuery`; it is the default where"
        " `sort` is `relevance`. `off` corrects nothing.",
        "auto",
        later=True,
    )
    min_price: Number | None = parameter("MinPrice", "The lowest price, by the printed number.", 10)
    max_price: Number | None = parameter("MaxPrice", "The highest price, by the printed number.", 19.99)
    currency: Annotated[Currency, _known_currency] | None = parameter(
        "Currency", "Only products priced in this currency (ISO 4217).", "EUR"
    )
    in_stock: Boolean | None = parameter("InStock", "Whether the stock is above 0 or not counted.", True)
    sku: Annotated[str, string(1, models.MAX_SKU), queries.text(1, models.MAX_SKU)] | None = parameter(
        "Sku", "Only products with exactly this stock-keeping unit.", "WH-30"
    )
    gtin: Annotated[str, string(1, 14), queries.text(1, 14)] | None = parameter(
        "Gtin", "Only products with exactly this GTIN.", "4006381333931", later=True
    )

    created_since: queries.Time | None = parameter(
        "CreatedSince", "Only what was created at this time or later (RFC 3339).", "2026-03-01T09:30:00Z", later=True
    )
    updated_since: queries.Time | None = parameter(
        "UpdatedSince",
        "Only what was created or edited at this time or later (RFC 3339); a sale is no edit.",
        "2026-03-01T09:30:00Z",
        later=True,
    )
    status: Annotated[tuple[_Status, ...], Field(max_length=queries.MOST)] | None = parameter(
        "ProductStatuses",
        "Only products of this status, or of any of several; without it active ones. What is not active is there for"
        " callers with `catalog:write` alone: others may not ask for it.",
        ["draft", "archived"],
        explode=False,
        later=True,
    )
    include: Annotated[tuple[str, ...], FieldsOf(Product, product_fields.ON_REQUEST, "Inclusion")] | None = parameter(
        "ProductInclusions",
        "Also show these members, which lists leave out.",
        ["attributes"],
        explode=False,
        later=True,
    )
    subtree: Boolean | None = parameter(
        "Subtree", "Also products in all categories below; needs a category.", True, later=True
    )

    listing = products.LISTING
    nested = True

    @cached_property
    def view(self) -> View:
        """The members to show."""
        if self.fields is None:
            return listed(self.version, self.include or ())
        return view(self.version, tuple(sorted({*self.fields, *(self.include or ())}, key=product_fields.SHOWN.index)))

    @property
    def in_categories(self) -> tuple[int, ...] | None:
        """Only products in any of these categories; the path of a category's list comes with the request."""
        return None

    @property
    def with_subtree(self) -> bool | None:
        """Whether products below these categories are listed too."""
        return self.subtree or None

    @cached_property
    def filter(self) -> products.Filter:
        """The filter as the domain has it."""
        return filter_of(self)


def filter_of(query: CategoryProductsQuery) -> products.Filter:
    """The filter that a query asks for."""
    low, high = query.min_price, query.max_price
    words = text.query(query.q)
    relevance.require(query.order, words, "sort")
    return products.Filter(
        words=words,
        categories=query.in_categories,
        min_price=None if low is None else money.bound(low, upper=False),
        max_price=None if high is None else money.bound(high, upper=True),
        currency=query.currency,
        in_stock=query.in_stock,
        sku=query.sku,
        gtin=query.gtin,
        created_since=query.created_since,
        updated_since=query.updated_since,
        typos=_corrects(query, words),
        statuses=visibility.status_filter(query.status),
        subtree=query.with_subtree,
        **query.also(),
    )


def _corrects(query: CategoryProductsQuery, words: text.Query | None) -> bool:
    if words is None or query.version.deprecated:
        return False
    return query.order.key == relevance.SORT if query.typos is None else query.typos == "auto"


class ProductListQuery(CategoryProductsQuery):
    """The parameters of the list of products."""

    category: (
        Annotated[tuple[Annotated[Id, queries.integer(1, models.MAX_ID)], ...], Field(max_length=queries.MOST)] | None
    ) = parameter(
        "InCategory", "Only products directly in this category; several: in any of them.", [3, 4], explode=True
    )
    nested = False

    @property
    def with_subtree(self) -> bool | None:
        """Whether products below these categories are listed too; raises `Invalid` where there are none."""
        if self.subtree is not None and self.category is None:
            raise Invalid([FieldError(("subtree",), "`subtree` needs `category`.")])
        return self.subtree or None

    @property
    def in_categories(self) -> tuple[int, ...] | None:
        """Only products in any of these categories."""
        return None if self.category is None else tuple(sorted(set(self.category)))
