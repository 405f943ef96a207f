"""Categories in GraphQL: the type, its filter and sort, its edges."""

from dataclasses import replace
from enum import Enum

import strawberry
from strawberry import UNSET

from app.domain import etags, models
from app.domain.catalogue import categories, products
from app.domain.errors import FieldError, Invalid
from app.domain.unicode import text
from app.domain.validation import unstorable
from schema.execution.type_mapping import Arguments, Connection, Leaf, NodeType, Reference
from schema.types import nodes
from schema.types.connections import After, Before, First, Last, Narrowed, PageInfo, Sorted
from schema.types.products import ProductConnection, ProductFilter, ProductSort, SortDirection, sort_of
from schema.types.products import filter_of as filter_of_products
from schema.types.scalars import Long

ROOT = "root"
"""The value of `parentId`, in place of an id, for categories without a parent."""


@strawberry.enum(description="The sort keys of categories; ties are sorted by id.")
class CategorySortKey(Enum):
    ID = strawberry.enum_value("id", description="By id, the order of creation.")
    NAME = strawberry.enum_value("name", description="By name; case and accents do not matter.")


@strawberry.input(description="The sort of categories.")
class CategorySort:
    by: CategorySortKey = strawberry.field(description="The sort key.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Descending is the exact reverse."
    )


@strawberry.type(description="A node of the category tree.")
class Category(nodes.Node):
    category_id: Long = strawberry.field(description="Its id in REST, never reused.")
    name: str = strawberry.field(description="Its name, unique among its siblings.")
    slug: str = strawberry.field(description="Made from the name, and unique.")
    etag: str = strawberry.field(description="Its entity tag: pass it as `ifMatch` to change only what you have read.")

    parent: "Category | None" = strawberry.field(description="The category above; null at the root.")

    @strawberry.field(description="The categories directly below it.")
    def children(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        sort: Sorted[CategorySort] = None,
    ) -> "CategoryConnection": ...

    @strawberry.field(
        description="The products directly in it, or below it by `subtree`; here `filter` takes no `categories`."
    )
    def products(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Narrowed[ProductFilter] = None,  # noqa: A002 - the contract's name
        sort: Sorted[ProductSort] = None,
    ) -> ProductConnection: ...


@strawberry.type(description="A category in a list.")
class CategoryEdge:
    cursor: str = strawberry.field(description="Its place in the list; REST takes the same cursor.")
    node: Category = strawberry.field(description="The category.")


@strawberry.type(description="A page of categories.")
class CategoryConnection:
    edges: list[CategoryEdge] = strawberry.field(description="The categories of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="The ends of the page, and whether more items surround it.")
    total_count: int = strawberry.field(description="The size of the whole list, counted only if selected.")


@strawberry.input(description="A filter of categories: all its members must match.")
class CategoryFilter:
    q: str | None = strawberry.field(default=UNSET, description="Each of its words begins a word of the name.")
    parent_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The category above; `root`: none.")


def filter_of(args: Arguments) -> categories.Filter:
    """The filter that a field's arguments ask for; raises `Invalid`. An id that is none matches nothing."""
    given = args.get("filter") or {}
    q, parent = given.get("q"), given.get("parentId")
    problem = unstorable(q or "") or (
        len(q or "") > text.MAX_QUERY and f"must have at most {text.MAX_QUERY} characters"
    )
    if problem:
        raise Invalid([FieldError(("filter", "q"), f"`q` {problem}.")])
    above = None if parent is None else 0 if parent == ROOT else nodes.local(parent, "Category") or -1
    return categories.Filter(words=text.query(q), parent=above)


def _filter_of_products(args: Arguments) -> products.Filter:
    if (args.get("filter") or {}).get("categories") is not None:
        raise Invalid([FieldError(("filter", "categories"), "`categories` cannot be given below a category.")])
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
            within=lambda narrowed, parent: replace(narrowed, parent=parent),
        ),
        "products": Connection(
            "Product",
            "category",
            filter=_filter_of_products,
            sort=sort_of,
            within=lambda narrowed, category: replace(narrowed, categories=(category,)),
        ),
    },
    categories.LISTING,
)
