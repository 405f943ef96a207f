"""Categories in GraphQL: the type, its filter and sort, its edges."""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET, Info

from app.domain import categories, etags, products, text
from app.domain.errors import Fault, Invalid
from app.domain.reading import unstorable
from schema import nodes
from schema import products as product_types
from schema.connections import After, Before, First, Last, Narrowed, PageInfo, Sorted
from schema.context import Context, fetched
from schema.nouns import Noun, Source, ToMany, ToOne
from schema.products import ProductConnection, ProductFilter, ProductSort, SortDirection
from schema.scalars import Long

ROOT = "root"
"""What `parentId` takes, in place of an id, for the categories that have no parent."""


@strawberry.type(description="A node of the category tree.")
class Category(nodes.Node):
    """A node of the category tree."""

    category_id: Long = strawberry.field(description="Its id in REST; never used again.")
    name: str = strawberry.field(description="Its name, unique among its siblings.")
    slug: str = strawberry.field(description="Made from the name, and unique.")
    etag: str = strawberry.field(description="What `ifMatch` takes, to change it only as it was read.")

    @strawberry.field(description="The category above; null at the root.")
    def parent(self, info: Info[Context, Any]) -> "Category | None":
        """The category above."""
        return fetched(self.children, info)

    @strawberry.field(description="The products that stand directly in it; `filter` may not name categories.")
    def products(
        self,
        info: Info[Context, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Narrowed[ProductFilter] = None,  # noqa: A002 - the contract's name
        sort: Sorted[ProductSort] = None,
    ) -> ProductConnection:
        """The products that stand directly in it."""
        return fetched(self.children, info)


@strawberry.type(description="A category in a list.")
class CategoryEdge:
    """A category in a list."""

    cursor: str = strawberry.field(description="Its place in the list; REST takes the same.")
    node: Category = strawberry.field(description="The category.")


@strawberry.type(description="A page of categories.")
class CategoryConnection:
    """A page of categories."""

    edges: list[CategoryEdge] = strawberry.field(description="The categories of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = strawberry.field(
        description="How many the whole list holds; counted only where it is asked for."
    )


@strawberry.enum(description="What categories can be sorted by; ties go by id.")
class CategorySortKey(Enum):
    """What categories can be sorted by."""

    ID = strawberry.enum_value("id", description="By id: as they were made.")
    NAME = strawberry.enum_value("name", description="By name; case and accents do not matter.")


@strawberry.input(description="How categories are sorted.")
class CategorySort:
    """How categories are sorted."""

    by: CategorySortKey = strawberry.field(description="The sort key.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Descending is the exact reverse."
    )


@strawberry.input(description="Which categories; all that is given must hold.")
class CategoryFilter:
    """Which categories; all that is given must hold."""

    q: str | None = strawberry.field(default=UNSET, description="Every word of it begins a word of the name.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Stands directly under this category; `root`: under none."
    )


def narrowed(args: Mapping[str, Any]) -> categories.Filter:
    """The filter that a field's arguments ask for; raises `Invalid`. An id that is none matches nothing."""
    given = args.get("filter") or {}
    q, parent = given.get("q"), given.get("parentId")
    problem = unstorable(q or "") or (
        len(q or "") > text.MAX_QUERY and f"must have at most {text.MAX_QUERY} characters"
    )
    if problem:
        raise Invalid([Fault(("filter", "q"), f"`q` {problem}.")])
    above = None if parent is None else 0 if parent == ROOT else nodes.local(parent, "Category") or -1
    return categories.Filter(words=None if q is None else text.words(q), parent=above)


def _in_category(parent: int, args: Mapping[str, Any]) -> products.Filter:
    if (args.get("filter") or {}).get("categories") is not None:
        raise Invalid([Fault(("filter", "categories"), "`categories` cannot be given below a category.")])
    return replace(product_types.narrowed(args), categories=(parent,))


NOUN = Noun(
    kind=Category,
    connection=CategoryConnection,
    edge=CategoryEdge,
    listing=categories.LISTING,
    fields={
        "id": Source(("id",), lambda identity: nodes.encode("Category", identity)),
        "categoryId": Source(("id",)),
        "name": Source(("name",)),
        "slug": Source(("slug",)),
        "etag": Source(("version",), lambda version: etags.tag(etags.State(version, ""))),
    },
    many={"products": ToMany("Product", _in_category, product_types.sort)},
    one={"parent": ToOne("Category", "parentId")},
)
