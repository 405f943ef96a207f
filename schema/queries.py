"""The queries: their fields, and how each is fetched before execution begins."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry import Info

from app.domain.callers import Scope
from app.domain.errors import Fault, Invalid, TandemError
from schema import categories, nodes, orders, products
from schema import rate_limit as limits
from schema.categories import Category, CategoryConnection, CategoryFilter, CategorySort
from schema.connections import After, Before, First, Last, Narrowed, Sorted
from schema.context import Context, fetched
from schema.loading import Loader
from schema.lookahead import Field, Lookahead
from schema.nodes import GlobalId, GlobalIds, Node, PlainOrGlobalId
from schema.nouns import Noun
from schema.orders import Order, OrderConnection, OrderFilter, OrderSort
from schema.products import Product, ProductConnection, ProductFilter, ProductSort
from schema.rate_limit import RateLimit

NOUNS: dict[str, Noun] = {noun.name: noun for noun in (products.NOUN, categories.NOUN, orders.NOUN)}


@strawberry.type(description="What can be asked.")
class Query:
    """What can be asked. Every field was fetched by `fetch`; its resolver hands it out."""

    @strawberry.field(description="The thing that bears a global id; null where nothing does.")
    def node(self, info: Info[Context, Any], id: GlobalId) -> Node | None:  # noqa: A002
        """The thing that bears a global id."""
        return fetched(info.root_value, info)

    @strawberry.field(
        description="The things that bear these global ids, in their order, at most 100; null for those that none does."
    )
    def nodes(self, info: Info[Context, Any], ids: GlobalIds) -> list[Node | None]:
        """The things that bear these global ids."""
        return fetched(info.root_value, info)

    @strawberry.field(description="The product of an id (global, or a plain integer); null where there is none.")
    def product(self, info: Info[Context, Any], id: PlainOrGlobalId) -> Product | None:  # noqa: A002
        """One product."""
        return fetched(info.root_value, info)

    @strawberry.field(description="Products, filtered and sorted.")
    def products(
        self,
        info: Info[Context, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Narrowed[ProductFilter] = None,  # noqa: A002
        sort: Sorted[ProductSort] = None,
    ) -> ProductConnection:
        """A page of products."""
        return fetched(info.root_value, info)

    @strawberry.field(description="The category of an id (global, or a plain integer); null where there is none.")
    def category(self, info: Info[Context, Any], id: PlainOrGlobalId) -> Category | None:  # noqa: A002
        """One category."""
        return fetched(info.root_value, info)

    @strawberry.field(description="Categories, filtered and sorted.")
    def categories(
        self,
        info: Info[Context, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Narrowed[CategoryFilter] = None,  # noqa: A002
        sort: Sorted[CategorySort] = None,
    ) -> CategoryConnection:
        """A page of categories."""
        return fetched(info.root_value, info)

    @strawberry.field(description="The caller's order of an id (global, or a plain integer); null where there is none.")
    def order(self, info: Info[Context, Any], id: PlainOrGlobalId) -> Order | None:  # noqa: A002
        """One order."""
        return fetched(info.root_value, info)

    @strawberry.field(description="The caller's orders, filtered and sorted.")
    def orders(
        self,
        info: Info[Context, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Narrowed[OrderFilter] = None,  # noqa: A002
        sort: Sorted[OrderSort] = None,
    ) -> OrderConnection | None:
        """A page of orders."""
        return fetched(info.root_value, info)

    @strawberry.field(description="What is left of the caller's budget, which REST shares.")
    def rate_limit(self, info: Info[Context, Any]) -> RateLimit:
        """What is left of the caller's budget."""
        return limits.rate_limit(info.context.budget)


async def fetch(loader: Loader, fields: Sequence[Field]) -> dict[str, Any]:
    """What the root fields of a query hold, by response key; a refusal stands in for what it concerns."""
    found: dict[str, Any] = {}
    for field in fields:
        try:
            found[field.key] = await _fetch(loader, field)
        except TandemError as error:
            found[field.key] = error
    return found


async def _fetch(loader: Loader, field: Field) -> Any:
    if field.name == "products":
        return await loader.connection(products.NOUN, field, products.narrowed(field.args), products.sort(field.args))
    if field.name == "categories":
        return await loader.connection(
            categories.NOUN, field, categories.narrowed(field.args), products.sort(field.args)
        )
    if field.name in {"order", "orders"}:
        loader.caller.require(Scope.ORDERS_READ)
    if field.name == "orders":
        narrowed = orders.narrowed(loader.caller, field.args)
        return await loader.connection(orders.NOUN, field, narrowed, products.sort(field.args))
    if field.name in {"product", "category", "order"}:
        noun = NOUNS[field.name.capitalize()]
        wanted = nodes.local(field.args["id"], noun.name)
        return (await loader.things(noun, [wanted] if wanted else [], field)).get(wanted)
    if field.name == "node":
        return (await _nodes(loader, [field.args["id"]], field))[0]
    if field.name == "nodes":
        return await _nodes(loader, field.args["ids"], field)
    return None


MAX_NODES = 100


async def _nodes(loader: Loader, ids: Sequence[str], field: Field) -> list[nodes.Node | None]:
    """Things by global ids: one statement a type."""
    if len(ids) > MAX_NODES:
        raise Invalid([Fault(("ids",), f"`ids` must have at most {MAX_NODES} ids.")])
    known = [nodes.decode(i) for i in ids]
    found: dict[tuple[str, int], nodes.Node] = {}
    for name, noun in NOUNS.items():
        wanted = sorted({one.id for one in known if one and one.type_name == name})
        if wanted:
            if noun.owner:
                loader.caller.require(Scope.ORDERS_READ)
            found |= {(name, i): thing for i, thing in (await loader.things(noun, wanted, field)).items()}
    return [found.get(one) if one else None for one in known]


def slow(lookahead: Lookahead, fields: Sequence[Field]) -> bool:
    """Whether a query may take long: it searches, or counts."""
    return any(
        (field.args.get("filter") or {}).get("q") is not None or "totalCount" in _names(lookahead, field)
        for field in fields
    )


def _names(lookahead: Lookahead, field: Field) -> set[str]:
    noun = {"products": products.NOUN, "categories": categories.NOUN, "orders": orders.NOUN}.get(field.name)
    if noun is None:
        return set()
    return {below.name for below in lookahead.fields(field.below, noun.connection.__name__)}
