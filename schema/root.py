"""The schema: queries and mutations put together, and printed."""

import strawberry
from graphql import GraphQLSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from schema.categories import Category
from schema.mutations import Mutation
from schema.orders import Order
from schema.products import Product
from schema.queries import Query
from schema.scalars import SCALARS

SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, types=[Product, Category, Order], config=StrawberryConfig(scalar_map=SCALARS)
)
CORE: GraphQLSchema = SCHEMA._schema  # noqa: SLF001 - what graphql-core executes


def sdl() -> str:
    """The schema in its own language."""
    return print_schema(SCHEMA) + "\n"
