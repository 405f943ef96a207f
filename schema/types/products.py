"""Products in GraphQL: the type, its filter and sort, its edges."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from app.domain import etags, file_models, models, money, visibility
from app.domain.catalogue import categories, products, variants
from app.domain.catalogue.product_conditions import MAX_ATTRIBUTES, MOST
from app.domain.errors import FieldError, Invalid
from app.domain.finding.facets import DEFAULT
from app.domain.pagination.paging import Sort
from app.domain.search import relevance
from app.domain.unicode import text
from app.domain.validation import unstorable
from app.http import timestamps
from schema.execution.type_mapping import (
    Arguments,
    Connection,
    Leaf,
    NodeType,
)
from schema.types import nodes
from schema.types.attributes import ATTRIBUTES, Attribute
from schema.types.connections import After, Before, First, Last, PageInfo
from schema.types.facets import FACETS, Facet, Of, Values
from schema.types.images import IMAGE, IMAGES, Image, ProductImage
from schema.types.product_filters import AttributeFilter, also, also_field_errors
from schema.types.product_members import leaves, output_fields
from schema.types.scalars import Amount, Long, Time
from schema.types.variants import OPTIONS, ProductOption, VariantConnection
from schema.types.weights import WEIGHT, Weight

_MOST_CATEGORIES = 200
"""The maximum number of categories in a filter, the same as in a query string of REST."""


@strawberry.type(description="A product of the catalogue.")
@output_fields()
class Product(nodes.Node):
    product_id: Long = strawberry.field(description="Its id in REST, never reused.")
    image: Image | None = strawberry.field(description="Its first image.")
    images: list[ProductImage] = strawberry.field(
        description=f"All its images in order, at most {file_models.MAX_IMAGES}; the first one is `image`."
    )
    attributes: list[Attribute] = strawberry.field(description="Its attributes, in their order.")
    etag: str = strawberry.field(description="Its entity tag: pass it as `ifMatch` to change only what you have read.")
    weight: Weight | None = strawberry.field(description="The weight with its unit; null if it is not known.")
    options: list[ProductOption] = strawberry.field(
        description="What its variants differ in; empty if it has one variant."
    )

    @strawberry.field(description="Its variants, in order; price, sku and stock of the first are the product's.")
    def variants(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> VariantConnection: ...

    @strawberry.field(description="Its categories, sorted by id.")
    def categories(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Annotated["CategoryConnection", strawberry.lazy("schema.types.categories")]: ...  # type: ignore[name-defined] # noqa: F821 - lazy


@strawberry.type(description="A product in a list.")
class ProductEdge:
    cursor: str = strawberry.field(description="Its place in the list; REST takes the same cursor.")
    node: Product = strawberry.field(description="The product.")


@strawberry.type(description="A page of products.")
class ProductConnection:
    edges: list[ProductEdge] = strawberry.field(description="The products of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="The ends of the page, and whether more items surround it.")
    total_count: int = strawberry.field(description="The size of the whole list, counted only if selected.")
    corrected_query: str | None = strawberry.field(
        description="The search that found these products, where no product has a word of `q`; else null."
    )

    @strawberry.field(
        description="What the products of the whole list can be narrowed by, in the order of `of`; each facet ignores"
        " its own filter, and costs what a count of the list costs."
    )
    def facets(self, of: Of, first: Values = DEFAULT) -> list[Facet]: ...


@strawberry.enum(description="Whether a search corrects words that no product has.")
class Typos(Enum):
    AUTO = strawberry.enum_value("auto", description="Words are corrected.")
    OFF = strawberry.enum_value("off", description="Words are not corrected.")


@strawberry.enum(description="The sort keys of products; ties are sorted by id.")
class ProductSortKey(Enum):
    ID = strawberry.enum_value("id", description="By id, the order of creation.")
    NAME = strawberry.enum_value("name", description="By name; case and accents do not matter.")
    PRICE = strawberry.enum_value("price", description="By the printed number, across currencies.")
    CREATED_AT = strawberry.enum_value("createdAt", description="By the time of creation.")
    UPDATED_AT = strawberry.enum_value("updatedAt", description="By the time of the last edit.")
    RELEVANCE = strawberry.enum_value("relevance", description="By how well products fit `q`, the best first.")


@strawberry.enum(description="The direction of a sort.")
class SortDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="Ascending.")
    DESC = strawberry.enum_value("DESC", description="Descending.")


@strawberry.input(description="The sort of products.")
class ProductSort:
    by: ProductSortKey = strawberry.field(description="The sort key.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Descending is the exact reverse."
    )


@strawberry.enum(description="The statuses that a filter of products asks for.")
class ProductStatusFilter(Enum):
    ACTIVE = strawberry.enum_value(models.ACTIVE, description="Those for sale.")
    DRAFT = strawberry.enum_value(models.DRAFT, description="Those not for sale yet.")
    ARCHIVED = strawberry.enum_value(models.ARCHIVED, description="Those no longer for sale.")
    ANY = strawberry.enum_value(visibility.ANY, description="All of them.")


@strawberry.input(description="A filter of products: all its members must match.")
class ProductFilter:
    q: str | None = strawberry.field(
        default=UNSET, description="Each of its words begins a word of the name, description, brand, tags or sku."
    )
    categories: list[strawberry.ID] | None = strawberry.field(
        default=UNSET,
        description=f"In any of these categories (global ids or plain integers; {_MOST_CATEGORIES} at most).",
    )
    min_price: Amount | None = strawberry.field(default=UNSET, description="At least this, by the printed number.")
    max_price: Amount | None = strawberry.field(default=UNSET, description="At most this, by the printed number.")
    currency: str | None = strawberry.field(default=UNSET, description="Priced in this currency (ISO 4217).")
    in_stock: bool | None = strawberry.field(default=UNSET, description="Whether stock is above 0 or not counted.")
    sku: str | None = strawberry.field(default=UNSET, description="Has this sku; case is ignored.")
    gtin: str | None = strawberry.field(default=UNSET, description="Has this GTIN.")
    created_since: Time | None = strawberry.field(default=UNSET, description="Created at this time or later.")
    updated_since: Time | None = strawberry.field(
        default=UNSET, description="Created or edited at this time or later; a sale is no edit."
    )
    typos: Typos | None = strawberry.field(
        default=UNSET,
        description="Whether words of `q` that no product has are corrected; `AUTO` by default if sorted by relevance.",
    )
    status: list[ProductStatusFilter] | None = strawberry.field(
        default=UNSET,
        description="Has one of these; the default is ACTIVE. To ask for others takes the scope `catalog:write`.",
    )
    subtree: bool | None = strawberry.field(
        default=UNSET, description="With `categories`, or below a category: also those in all categories below it."
    )
    ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description=f"Is one of these (global ids or plain integers; {MOST} at most)."
    )
    skus: list[str] | None = strawberry.field(default=UNSET, description=f"Has one of these skus ({MOST} at most).")
    brand: list[str] | None = strawberry.field(
        default=UNSET, description=f"Is of any of these brands ({MOST} at most); case is ignored."
    )
    tag: list[str] | None = strawberry.field(
        default=UNSET, description=f"Has any of these tags ({MOST} at most); case is ignored."
    )
    attributes: list[AttributeFilter] | None = strawberry.field(
        default=UNSET, description=f"Has attributes like each of these ({MAX_ATTRIBUTES} at most)."
    )


def sort_of(args: Arguments) -> Sort:
    """The sort that a field's arguments ask for."""
    given = args.get("sort")
    if not given:
        return Sort()
    by, direction = given["by"], given.get("direction", SortDirection.ASC)
    sort = Sort(getattr(by, "value", by), getattr(direction, "value", direction) == "DESC")
    relevance.require(sort, (args.get("filter") or {}).get("q") or None, "sort", "by")
    return sort


def filter_of(args: Arguments, *, placed: bool = False) -> products.Filter:
    """The filter that a field's arguments ask for; raises `Invalid`. Ids that are none match nothing.

    Products that are `placed` stand below a category.
    """
    given = {name: value for name, value in (args.get("filter") or {}).items() if value is not None}
    field_errors = [(name, unstorable(given[name])) for name in ("q", "sku", "gtin") if name in given]
    field_errors += [
        (name, "must be a number")
        for name in ("minPrice", "maxPrice")
        if name in given and not isinstance(given[name], Decimal)
    ]
    field_errors += [
        (name, timestamps.EXPECTED)
        for name in ("createdSince", "updatedSince")
        if name in given and not isinstance(given[name], int)
    ]
    if len(given.get("q", "")) > text.MAX_QUERY:
        field_errors.append(("q", f"must have at most {text.MAX_QUERY} characters"))
    if not 0 < len(given.get("sku", "any")) <= models.MAX_SKU:
        field_errors.append(("sku", f"must have 1 to {models.MAX_SKU} characters"))
    if given.get("currency", "USD") not in money.DECIMALS:
        field_errors.append(("currency", "must be an ISO 4217 currency code, such as USD"))
    if len(given.get("categories", ())) > _MOST_CATEGORIES:
        field_errors.append(("categories", f"must have at most {_MOST_CATEGORIES} ids"))
    field_errors += also_field_errors(given, placed=placed)
    if found := [FieldError(("filter", name), f"`{name}` {problem}.") for name, problem in field_errors if problem]:
        raise Invalid(found)
    ids, statuses = given.get("categories"), given.get("status")
    return products.Filter(
        words=text.query(given.get("q")),
        categories=None if ids is None else tuple(sorted({nodes.local(i, "Category") for i in ids} - {0})),
        min_price=money.bound(given["minPrice"], upper=False) if "minPrice" in given else None,
        max_price=money.bound(given["maxPrice"], upper=True) if "maxPrice" in given else None,
        currency=given.get("currency"),
        in_stock=given.get("inStock"),
        sku=given.get("sku"),
        gtin=given.get("gtin"),
        created_since=given.get("createdSince"),
        updated_since=given.get("updatedSince"),
        typos=_corrects(args, given),
        statuses=None
        if statuses is None
        else visibility.status_filter([getattr(one, "value", one) for one in statuses]),
        **also(given),
    )


def _corrects(args: Arguments, given: Mapping[str, Any]) -> bool:
    typos = given.get("typos")
    if not given.get("q"):
        return False
    return sort_of(args).key == relevance.SORT if typos is None else getattr(typos, "value", typos) == "auto"


def _tag(version: int, stock: int | None, stocks: str | None) -> str:
    return etags.tag(etags.state(version, *(variants.read_stocks(stocks) if stocks else [stock])))


PRODUCT = NodeType(
    "Product",
    {
        "id": Leaf(("id",), nodes.encoder("Product")),
        "productId": Leaf(("id",)),
        **leaves(),
        "image": IMAGE,
        "images": IMAGES,
        "attributes": ATTRIBUTES,
        "weight": WEIGHT,
        "options": OPTIONS,
        "variants": Connection(
            "Variant",
            "product",
            filter=lambda _: variants.Filter(),
            sort=lambda _: Sort("position"),
            within=lambda narrowed, product: replace(narrowed, product=product),
        ),
        "etag": Leaf(("version", "stock", "stocks"), _tag),
        "categories": Connection(
            "Category",
            "product",
            filter=lambda _: categories.Filter(),
            sort=lambda _: Sort(),
            within=lambda narrowed, product: replace(narrowed, product=product),
        ),
    },
    products.LISTING,
    summaries={"facets": FACETS},
)
