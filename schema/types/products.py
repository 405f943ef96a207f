"""Products in GraphQL: the type, its filter and sort, its edges."""

from dataclasses import fields, replace
from enum import Enum
from typing import Annotated

import strawberry
from pydantic.alias_generators import to_camel
from strawberry import UNSET

from app.domain import etags, file_models, models, visibility
from app.domain.catalogue import categories, product_filters, products, variants
from app.domain.catalogue.product_conditions import MAX_ATTRIBUTES, MAX_FILTER_CATEGORIES, MAX_FILTER_VALUES
from app.domain.finding.facets import DEFAULT
from app.domain.pagination.paging import Sort
from app.domain.search import relevance
from schema.execution.type_mapping import Arguments, Connection, Leaf, NodeType
from schema.types import nodes
from schema.types.attributes import ATTRIBUTES, Attribute
from schema.types.connections import (
    After,
    Before,
    ConnectionOf,
    EdgeOf,
    First,
    Last,
    SortBy,
    SortDirection,
    require_valid,
)
from schema.types.facets import FACETS, Facet, FacetNames, ValuesFirst
from schema.types.images import IMAGE, IMAGES, Image, ProductImage
from schema.types.product.filters import AttributeFilter, field_errors, plain
from schema.types.product.members import leaves, output_fields
from schema.types.scalars import Amount, Long, Time
from schema.types.variants import OPTIONS, ProductOption, VariantConnection
from schema.types.weights import WEIGHT, Weight


@strawberry.type(description="A product of the catalogue.")
@output_fields()
class Product(nodes.Node):
    product_id: Long = strawberry.field(description="Its id in REST, never reused.")
    image: Image | None = strawberry.field(description="Its first image.")
    images: list[ProductImage] = strawberry.field(
        description=f"All its images in order, at most {file_models.MAX_IMAGES}; the first one is `image`."
    )
    attributes: list[Attribute] = strawberry.field(description="Its attributes, in their order.")
    etag: str = strawberry.field(
        description="The entity tag: pass it as `ifMatch` to avoid overwriting another client's edit."
    )
    weight: Weight | None = strawberry.field(description="The weight with its unit; null if it is not known.")
    options: list[ProductOption] = strawberry.field(
        description="The options that its variants differ in; empty if it has one variant."
    )

    @strawberry.field(description="Its variants, in order; the product's price, sku and stock are those of the first.")
    def variants(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> VariantConnection: ...

    @strawberry.field(description="Its categories, sorted by id.")
    def categories(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Annotated["CategoryConnection", strawberry.lazy("schema.types.categories")]: ...  # type: ignore[name-defined] # noqa: F821 - lazy


@strawberry.type(description="A product in a list.")
class ProductEdge(EdgeOf[Product]): ...


@strawberry.type(description="A page of products.")
class ProductConnection(ConnectionOf[ProductEdge]):
    corrected_query: str | None = strawberry.field(
        description="The corrected search that found these products; null if `q` was not corrected."
    )

    @strawberry.field(
        description="Facets of the whole list, in the order of `of`. Each facet ignores its own filter, and costs as"
        " much as a count of the list."
    )
    def facets(self, of: FacetNames, first: ValuesFirst = DEFAULT) -> list[Facet]: ...


@strawberry.enum(description="Whether a search corrects words that no product contains.")
class Typos(Enum):
    AUTO = strawberry.enum_value("auto", description="Words are corrected.")
    OFF = strawberry.enum_value("off", description="Words are not corrected.")


@strawberry.enum(description="The sort keys of products; ties are sorted by id.")
class ProductSortKey(Enum):
    ID = strawberry.enum_value("id", description="By id, the order of creation.")
    NAME = strawberry.enum_value("name", description="By name; case and accents are ignored.")
    PRICE = strawberry.enum_value("price", description="By price; currencies are not converted.")
    CREATED_AT = strawberry.enum_value("createdAt", description="By the time of creation.")
    UPDATED_AT = strawberry.enum_value("updatedAt", description="By the time of the last edit.")
    RELEVANCE = strawberry.enum_value("relevance", description="By relevance to `q`, the best match first.")


@strawberry.input(description="The sort of products.")
class ProductSort(SortBy[ProductSortKey]): ...


@strawberry.enum(description="The statuses in a filter of products.")
class ProductStatusFilter(Enum):
    ACTIVE = strawberry.enum_value(models.ACTIVE, description="Those for sale.")
    DRAFT = strawberry.enum_value(models.DRAFT, description="Those not for sale yet.")
    ARCHIVED = strawberry.enum_value(models.ARCHIVED, description="Those no longer for sale.")
    ANY = strawberry.enum_value(visibility.ANY, description="All of them.")


@strawberry.input(description="A filter of products: all its members must match.")
class ProductFilter:
    q: str | None = strawberry.field(
        default=UNSET, description="Every word must begin a word of the name, description, brand, tags or sku."
    )
    categories: list[strawberry.ID] | None = strawberry.field(
        default=UNSET,
        description=f"In any of these categories (global ids or plain integers; {MAX_FILTER_CATEGORIES} at most).",
    )
    min_price: Amount | None = strawberry.field(
        default=UNSET, description="At least this number; currencies are not converted."
    )
    max_price: Amount | None = strawberry.field(
        default=UNSET, description="At most this number; currencies are not converted."
    )
    currency: str | None = strawberry.field(default=UNSET, description="Priced in this currency (ISO 4217).")
    in_stock: bool | None = strawberry.field(default=UNSET, description="Whether stock is above 0 or not counted.")
    sku: str | None = strawberry.field(default=UNSET, description="With this sku; case is ignored.")
    gtin: str | None = strawberry.field(default=UNSET, description="With this GTIN.")
    created_since: Time | None = strawberry.field(default=UNSET, description="Created at this time or later.")
    updated_since: Time | None = strawberry.field(
        default=UNSET, description="Created or edited at this time or later; a sale is not an edit."
    )
    typos: Typos | None = strawberry.field(
        default=UNSET,
        description="Whether to correct words of `q` that no product contains; `AUTO` by default when sorted by"
        " relevance.",
    )
    status: list[ProductStatusFilter] | None = strawberry.field(
        default=UNSET,
        description="With one of these statuses; the default is ACTIVE. Others need the scope `catalog:write`.",
    )
    subtree: bool | None = strawberry.field(
        default=UNSET, description="With `categories`, or on a category: also the products of all categories below."
    )
    ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description=f"One of these products (global ids or plain integers; {MAX_FILTER_VALUES} at most)."
    )
    skus: list[str] | None = strawberry.field(
        default=UNSET, description=f"With one of these skus ({MAX_FILTER_VALUES} at most)."
    )
    brand: list[str] | None = strawberry.field(
        default=UNSET, description=f"Of one of these brands ({MAX_FILTER_VALUES} at most); case is ignored."
    )
    tag: list[str] | None = strawberry.field(
        default=UNSET, description=f"With one of these tags ({MAX_FILTER_VALUES} at most); case is ignored."
    )
    attributes: list[AttributeFilter] | None = strawberry.field(
        default=UNSET, description=f"With attributes that match all of these ({MAX_ATTRIBUTES} at most)."
    )


def sort_of(args: Arguments) -> Sort:
    """The sort of a field's arguments."""
    order = args.get("sort")
    if not order:
        return Sort()
    sort = Sort(order["by"].value, order["direction"] is SortDirection.DESC)
    relevance.require(sort, (args.get("filter") or {}).get("q") or None, "sort", "by")
    return sort


def filter_of(args: Arguments, *, placed: bool = False) -> products.Filter:
    """The filter of a field's arguments; raises `Invalid`. Unknown ids match nothing.

    Products that are `placed` are below a category.
    """
    filters = {name: value for name, value in (args.get("filter") or {}).items() if value is not None}
    require_valid(field_errors(filters, placed=placed))
    return product_filters.make({_ATTRIBUTES[name]: plain(name, filters[name]) for name in filters}, sort_of(args))


_ATTRIBUTES = {to_camel(field.name): field.name for field in fields(ProductFilter)}


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
            within=lambda filter_, product: replace(filter_, product=product),
        ),
        "etag": Leaf(("version", "stock", "stocks"), _tag),
        "categories": Connection(
            "Category",
            "product",
            filter=lambda _: categories.Filter(),
            sort=lambda _: Sort(),
            within=lambda filter_, product: replace(filter_, product=product),
        ),
    },
    products.LISTING,
    summaries={"facets": FACETS},
)
