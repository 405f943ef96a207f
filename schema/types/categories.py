"""Categories in GraphQL: the type, its filter and sort, its edges."""

from dataclasses import replace
from enum import Enum

import strawberry
from strawberry import UNSET

from app.domain import etags, models
from app.domain.catalogue import categories, products
from app.domain.errors import FieldError, Invalid
from app.domain.unicode import text
from app.domain.validation import text_problem
from schema.execution.type_mapping import Arguments, Connection, Leaf, NodeType, Reference
from schema.types import nodes
from schema.types.connections import (
    After,
    Before,
    ConnectionOf,
    EdgeOf,
    FilterArgument,
    First,
    Last,
    SortArgument,
    SortBy,
    require_valid,
)
from schema.types.products import ProductConnection, ProductFilter, ProductSort, sort_of
from schema.types.products import filter_of as filter_of_products
from schema.types.scalars import Long, Time, since_field_errors

ROOT = "root"
"""The value of `parentId` for categories without a parent."""


@strawberry.enum(description="The sort keys of categories; ties are sorted by id.")
class CategorySortKey(Enum):
    ID = strawberry.enum_value("id", description="By id, the order of creation.")
    NAME = strawberry.enum_value("name", description="By name; case and accents are ignored.")


@strawberry.input(description="The sort of categories.")
class CategorySort(SortBy[CategorySortKey]): ...


@strawberry.type(description="A node of the category tree.")
class Category(nodes.Node):
    category_id: Long = strawberry.field(description="Its id in REST, never reused.")
    name: str = strawberry.field(description="Its name, unique among its siblings.")
    slug: str = strawberry.field(description="The URL slug: unique, generated from the name.")
    etag: str = strawberry.field(
        description="The entity tag: pass it as `ifMatch` to avoid overwriting another client's edit."
    )
    parent: "Category | None" = strawberry.field(description="The parent category; null for a root category.")

    @strawberry.field(description="The categories directly below it.")
    def children(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        sort: SortArgument[CategorySort] = None,
    ) -> "CategoryConnection": ...

    @strawberry.field(
        description="The products in this category; with `subtree` also those of the categories below it. `filter`"
        " must not contain `categories`."
    )
    def products(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilterArgument[ProductFilter] = None,
        sort: SortArgument[ProductSort] = None,
    ) -> ProductConnection: ...


@strawberry.type(description="A category in a list.")
class CategoryEdge(EdgeOf[Category]): ...


@strawberry.type(description="A page of categories.")
class CategoryConnection(ConnectionOf[CategoryEdge]): ...


@strawberry.input(description="A filter of categories: all its members must match.")
class CategoryFilter:
    q: str | None = strawberry.field(default=UNSET, description="Every word must begin a word of the name.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The parent category; `root` for root categories."
    )
    created_since: Time | None = strawberry.field(default=UNSET, description="Created at this time or later.")
    updated_since: Time | None = strawberry.field(default=UNSET, description="Created or edited at this time or later.")


def filter_of(args: Arguments) -> categories.Filter:
    """The filter of a field's arguments; raises `Invalid`. A malformed id matches nothing."""
    filters = args.get("filter") or {}
    q, parent = filters.get("q"), filters.get("parentId")
    require_valid([("q", text_problem(q or "", 0, text.MAX_QUERY)), *since_field_errors(filters)])
    above = None if parent is None else 0 if parent == ROOT else nodes.local_id(parent, "Category") or -1
    return categories.Filter(
        words=text.query(q),
        parent=above,
        created_since=filters.get("createdSince"),
        updated_since=filters.get("updatedSince"),
    )


def _filter_of_products(args: Arguments) -> products.Filter:
    if (args.get("filter") or {}).get("categories") is not None:
        raise Invalid([FieldError(("filter", "categories"), "`categories` cannot be used below a category.")])
    return filter_of_products(args, placed=True)


CATEGORY = NodeType(
    "Category",
    {
        "id": Leaf(("id",), nodes.encoder("Category")),
        "categoryId": Leaf(("id",)),
        "name": Leaf(("name",), size=4 * models.MAX_NAME),
        "slug": Leaf(("slug",), size=4 * models.MAX_NAME),
        "etag": Leaf(("version",), lambda version: etags.tag(etags.State(version, ""))),
        "parent": Reference("Category", "parentId"),
        "children": Connection(
            "Category",
            "parent",
            filter=lambda _: categories.Filter(),
            sort=sort_of,
            within=lambda filter_, parent: replace(filter_, parent=parent),
        ),
        "products": Connection(
            "Product",
            "category",
            filter=_filter_of_products,
            sort=sort_of,
            within=lambda filter_, category: replace(filter_, categories=(category,)),
        ),
    },
    categories.LISTING,
)
