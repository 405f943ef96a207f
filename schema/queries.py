"""The queries: their fields, and the source of each.

The fields of `Query` have no resolvers: `QUERIES` says what runs (decision 7).
"""

from collections.abc import Callable

import strawberry

from app.domain.errors import FieldError, Invalid
from app.domain.finding.suggestions import DEFAULT
from app.domain.pagination.paging import Sort
from schema.execution.type_mapping import Arguments, Root, RootConnection, RootNodes, RootObject, RootValue
from schema.rate_limit import RATE_LIMIT, RateLimit, rate_limit
from schema.types import categories, imports, nodes, orders, products, webhooks
from schema.types.categories import CATEGORY, Category, CategoryConnection, CategoryFilter, CategorySort
from schema.types.changes import LOG, ChangeConnection, ChangeFilter, LogAfterArgument
from schema.types.connections import After, Before, FilterArgument, First, Last, SortArgument
from schema.types.imports import IMPORT, Import, ImportConnection, ImportFilter, ImportSort
from schema.types.nodes import GlobalId, GlobalIds, Node, PlainOrGlobalId
from schema.types.orders import ORDER, Order, OrderConnection, OrderFilter, OrderSort
from schema.types.product import addresses as product_addresses
from schema.types.product.addresses import By, ById
from schema.types.products import PRODUCT, Product, ProductConnection, ProductFilter, ProductSort, sort_of
from schema.types.suggestions import SUGGESTIONS, QueryArgument, Suggestion, SuggestionsFirst
from schema.types.variants import VARIANT, Variant
from schema.types.webhooks import DELIVERY, WEBHOOK, Webhook, WebhookConnection


@strawberry.type(description="The queries.")
class Query:
    @strawberry.field(description="The object with a global id; null if there is none.")
    def node(self, id: GlobalId) -> Node | None: ...

    @strawberry.field(
        description="The objects with these global ids (at most 100), in the same order; null where there is none."
    )
    def nodes(self, ids: GlobalIds) -> list[Node | None]: ...

    @strawberry.field(description="The product with an id or another address; null if there is none.")
    def product(self, id: ById = None, by: By = None) -> Product | None: ...

    @strawberry.field(description="Products, filtered and sorted.")
    def products(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilterArgument[ProductFilter] = None,
        sort: SortArgument[ProductSort] = None,
    ) -> ProductConnection: ...

    @strawberry.field(
        description="Completions of a search while it is typed, and matching categories, brands and products. Only"
        " active products count, and spelling is not corrected."
    )
    def suggestions(self, q: QueryArgument, first: SuggestionsFirst = DEFAULT) -> list[Suggestion]: ...

    @strawberry.field(description="The variant of a product with an id; null if there is none.")
    def variant(self, id: PlainOrGlobalId) -> Variant | None: ...

    @strawberry.field(description="The category with an id; null if there is none.")
    def category(self, id: PlainOrGlobalId) -> Category | None: ...

    @strawberry.field(description="Categories, filtered and sorted.")
    def categories(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilterArgument[CategoryFilter] = None,
        sort: SortArgument[CategorySort] = None,
    ) -> CategoryConnection: ...

    @strawberry.field(description="The caller's order with an id; null if there is none.")
    def order(self, id: PlainOrGlobalId) -> Order | None: ...

    @strawberry.field(description="The caller's orders, filtered and sorted.")
    def orders(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilterArgument[OrderFilter] = None,
        sort: SortArgument[OrderSort] = None,
    ) -> OrderConnection | None: ...

    @strawberry.field(name="import", description="The import with an id; null if there is none.")
    def import_(self, id: PlainOrGlobalId) -> Import | None: ...

    @strawberry.field(description="Imports of files, filtered and sorted.")
    def imports(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilterArgument[ImportFilter] = None,
        sort: SortArgument[ImportSort] = None,
    ) -> ImportConnection | None: ...

    @strawberry.field(
        description="The change log: products, categories and the caller's orders, the oldest change first."
    )
    def changes(
        self, first: First = None, after: LogAfterArgument = None, filter: FilterArgument[ChangeFilter] = None
    ) -> ChangeConnection | None: ...

    @strawberry.field(description="The caller's webhook with an id; null if there is none.")
    def webhook(self, id: PlainOrGlobalId) -> Webhook | None: ...

    @strawberry.field(description="The caller's webhooks, the oldest first.")
    def webhooks(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> WebhookConnection | None: ...

    @strawberry.field(description="The caller's rate limit.")
    def rate_limit(self) -> RateLimit: ...


MAX_NODES = 100
"""The maximum number of ids of `nodes`."""


def _identity(type_name: str) -> Callable[[Arguments], int]:
    return lambda args: nodes.local_id(args["id"], type_name)


def _identities(args: Arguments) -> list[nodes.Identity | None]:
    if len(args["ids"]) > MAX_NODES:
        raise Invalid([FieldError(("ids",), f"`ids` must have at most {MAX_NODES} ids.")])
    return [nodes.decode(one) for one in args["ids"]]


TYPES = {type_.name: type_ for type_ in (PRODUCT, VARIANT, CATEGORY, ORDER, IMPORT, WEBHOOK, DELIVERY)}
"""The types with listings; those with an `id` are nodes."""

QUERIES: dict[str, Root] = {
    "node": RootNodes(lambda args: [nodes.decode(args["id"])], single=True),
    "nodes": RootNodes(_identities),
    "product": RootObject("Product", product_addresses.parse_address),
    "suggestions": SUGGESTIONS,
    "products": RootConnection("Product", lambda args, _: products.filter_of(args), sort_of),
    "variant": RootObject("Variant", _identity("Variant")),
    "category": RootObject("Category", _identity("Category")),
    "categories": RootConnection("Category", lambda args, _: categories.filter_of(args), sort_of),
    "order": RootObject("Order", _identity("Order")),
    "orders": RootConnection("Order", orders.filter_of, sort_of),
    "import": RootObject("Import", _identity("Import")),
    "imports": RootConnection("Import", imports.filter_of, sort_of),
    "changes": LOG,
    "webhook": RootObject("Webhook", _identity("Webhook")),
    "webhooks": RootConnection("Webhook", webhooks.filter_of, lambda _: Sort()),
    "rateLimit": RootValue(RATE_LIMIT, lambda context: rate_limit(context.budget, context.cost)),
}
"""The source of each field of `Query`."""
