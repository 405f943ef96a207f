"""The schema: queries and mutations put together, and printed."""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from schema.categories import Category
from schema.mutations import Mutation
from schema.orders import Order
from schema.products import Product
from schema.queries import NOUNS, Query
from schema.scalars import SCALARS

SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, types=[Product, Category, Order], config=StrawberryConfig(scalar_map=SCALARS)
)
CORE: GraphQLSchema = SCHEMA._schema  # noqa: SLF001 - what graphql-core executes


def _under_its_key(name: str) -> Callable[..., Any]:
    """A resolver of what stands under the field's response key: aliases of one field may select different things."""
    return lambda source, info: getattr(source, name)[info.path.key]


for _noun in NOUNS.values():
    for _kind, _name in ((_noun.connection, "edges"), (_noun.edge, "node")):
        CORE.type_map[_kind.__name__].fields[_name].resolve = _under_its_key(_name)  # type: ignore[attr-defined] # objects


def sdl() -> str:
    """The schema in its own language."""
    return print_schema(SCHEMA) + "\n"
