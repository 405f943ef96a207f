"""Products in GraphQL: the type, its filter and sort, its edges."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Info

from app.domain import categories, etags, images, models, money, products, text
from app.domain.errors import Fault, Invalid
from app.domain.paging import Sort
from app.domain.reading import unstorable
from app.image_addresses import WIDTHS, address
from schema import nodes
from schema.connections import After, Before, First, Last, PageInfo
from schema.context import Context, fetched
from schema.nouns import Noun, Source, ToMany
from schema.scalars import Amount, Long, Time, rfc3339

_MOST_CATEGORIES = 200
"""How many a filter may name: as many as a query string of REST can."""

Width = Annotated[
    int | None,
    strawberry.argument(
        description=f"For a smaller make of it, at most so many pixels wide: {', '.join(map(str, WIDTHS))}."
    ),
]


@strawberry.type(description="A picture of a product.")
class Image:
    """A picture of a product."""

    of: strawberry.Private[images.OfProduct]
    content_type: str = strawberry.field(description="Its media type.")
    width: int = strawberry.field(description="In pixels.")
    height: int = strawberry.field(description="In pixels.")
    bytes: int = strawberry.field(description="Its size.")

    @strawberry.field(description="Where the picture is, as a path on this host.")
    def url(self, width: Width = None) -> str:
        """Where the picture is; raises `Invalid` for a width that no variant has."""
        if width is not None and width not in WIDTHS:
            widths = ", ".join(map(str, WIDTHS))
            raise Invalid([Fault(("width",), f"`width` must be one of {widths}.")])
        return address(self.of, width)


@strawberry.type(description="A product of the catalogue.")
class Product(nodes.Node):
    """A product of the catalogue."""

    product_id: Long = strawberry.field(description="Its id in REST; never used again.")
    name: str = strawberry.field(description="Its name, 1 to 200 characters.")
    price: Amount = strawberry.field(description="Its price, with exactly the decimals of its currency.")
    currency: str = strawberry.field(description="The currency of the price (ISO 4217).")
    description: str = strawberry.field(description="What there is to say of it; may be empty.")
    sku: str | None = strawberry.field(description="The seller's own, unique number.")
    stock: int | None = strawberry.field(description="How many there are; null: not counted.")
    image: Image | None = strawberry.field(description="Its picture.")
    version: int = strawberry.field(description="Counts its edits; a sale is none.")
    etag: str = strawberry.field(description="What `ifMatch` takes, to change it only as it was read.")
    created_at: Time = strawberry.field(description="When it was made.")
    updated_at: Time = strawberry.field(description="When it was last edited.")

    @strawberry.field(description="The categories that it stands in, by id.")
    def categories(
        self,
        info: Info[Context, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Annotated["CategoryConnection", strawberry.lazy("schema.categories")]:  # type: ignore[name-defined] # noqa: F821 - lazy
        """The categories that it stands in."""
        return fetched(self.children, info)


@strawberry.type(description="A product in a list.")
class ProductEdge:
    """A product in a list."""

    cursor: str = strawberry.field(description="Its place in the list; REST takes the same.")
    node: Product = strawberry.field(description="The product.")


@strawberry.type(description="A page of products.")
class ProductConnection:
    """A page of products."""

    edges: list[ProductEdge] = strawberry.field(description="The products of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = strawberry.field(
        description="How many the whole list holds; counted only where it is asked for."
    )


@strawberry.enum(description="What products can be sorted by; ties go by id.")
class ProductSortKey(Enum):
    """What products can be sorted by."""

    ID = strawberry.enum_value("id", description="By id: as they were made.")
    NAME = strawberry.enum_value("name", description="By name; case and accents do not matter.")
    PRICE = strawberry.enum_value("price", description="By the printed number, across currencies.")
    CREATED_AT = strawberry.enum_value("createdAt", description="By the time they were made.")
    UPDATED_AT = strawberry.enum_value("updatedAt", description="By the time of the last edit.")


@strawberry.enum(description="Which way a list is sorted.")
class SortDirection(Enum):
    """Which way a list is sorted."""

    ASC = strawberry.enum_value("ASC", description="The least first.")
    DESC = strawberry.enum_value("DESC", description="The greatest first.")


@strawberry.input(description="How products are sorted.")
class ProductSort:
    """How products are sorted."""

    by: ProductSortKey = strawberry.field(description="The sort key.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Descending is the exact reverse."
    )


@strawberry.input(description="Which products; all that is given must hold.")
class ProductFilter:
    """Which products; all that is given must hold."""

    q: str | None = strawberry.field(
        default=UNSET, description="Every word of it begins a word of name or description."
    )
    categories: list[strawberry.ID] | None = strawberry.field(
        default=UNSET,
        description=f"Stands in any of these categories (global ids or plain integers; {_MOST_CATEGORIES} at most).",
    )
    min_price: Amount | None = strawberry.field(default=UNSET, description="At least this, by the printed number.")
    max_price: Amount | None = strawberry.field(default=UNSET, description="At most this, by the printed number.")
    currency: str | None = strawberry.field(default=UNSET, description="Priced in this currency (ISO 4217).")
    in_stock: bool | None = strawberry.field(default=UNSET, description="Whether stock is above 0 or not counted.")
    sku: str | None = strawberry.field(default=UNSET, description="Has exactly this sku.")


def sort(args: Mapping[str, Any]) -> Sort:
    """The sort that a field's arguments ask for."""
    given = args.get("sort")
    if not given:
        return Sort()
    by, direction = given["by"], given.get("direction", SortDirection.ASC)
    return Sort(getattr(by, "value", by), getattr(direction, "value", direction) == "DESC")


def narrowed(args: Mapping[str, Any]) -> products.Filter:
    """The filter that a field's arguments ask for; raises `Invalid`. Ids that are none match nothing."""
    given = {name: value for name, value in (args.get("filter") or {}).items() if value is not None}
    faults = [(name, unstorable(given[name])) for name in ("q", "sku") if name in given]
    faults += [
        (name, "must be a number")
        for name in ("minPrice", "maxPrice")
        if name in given and not isinstance(given[name], Decimal)
    ]
    if len(given.get("q", "")) > text.MAX_QUERY:
        faults.append(("q", f"must have at most {text.MAX_QUERY} characters"))
    if not 0 < len(given.get("sku", "any")) <= models.MAX_SKU:
        faults.append(("sku", f"must have 1 to {models.MAX_SKU} characters"))
    if given.get("currency", "USD") not in money.DECIMALS:
        faults.append(("currency", "must be an ISO 4217 currency code, such as USD"))
    if len(given.get("categories", ())) > _MOST_CATEGORIES:
        faults.append(("categories", f"must have at most {_MOST_CATEGORIES} ids"))
    if found := [Fault(("filter", name), f"`{name}` {problem}.") for name, problem in faults if problem]:
        raise Invalid(found)
    ids = given.get("categories")
    return products.Filter(
        words=text.words(given["q"]) if "q" in given else None,
        categories=None if ids is None else tuple(sorted({nodes.local(i, "Category") for i in ids} - {0})),
        min_price=money.bound(given["minPrice"], upper=False) if "minPrice" in given else None,
        max_price=money.bound(given["maxPrice"], upper=True) if "maxPrice" in given else None,
        currency=given.get("currency"),
        in_stock=given.get("inStock"),
        sku=given.get("sku"),
    )


def _image(text: str | None) -> Image | None:
    if text is None:
        return None
    of = images.read(text)
    content_type, width, height, size = of.image[1:]
    return Image(of=of, content_type=content_type, width=width, height=height, bytes=size)


NOUN = Noun(
    kind=Product,
    connection=ProductConnection,
    edge=ProductEdge,
    listing=products.LISTING,
    fields={
        "id": Source(("id",), lambda identity: nodes.encode("Product", identity)),
        "productId": Source(("id",)),
        "name": Source(("name",)),
        "price": Source(("price", "currency"), money.text),
        "currency": Source(("currency",)),
        "description": Source(("description",)),
        "sku": Source(("sku",)),
        "stock": Source(("stock",)),
        "image": Source(("image",), _image),
        "version": Source(("version",)),
        "etag": Source(("version", "stock"), lambda version, stock: etags.tag(etags.state(version, stock))),
        "createdAt": Source(("createdAt",), rfc3339),
        "updatedAt": Source(("updatedAt",), rfc3339),
    },
    many={"categories": ToMany("Category", lambda parent, _: categories.Filter(product=parent), lambda _: Sort())},
)
