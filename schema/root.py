"""The schema: queries, mutations and subscriptions put together, and printed."""

import strawberry
from graphql import GraphQLFloat, GraphQLSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from schema.execution import graphql_core
from schema.execution.compiler import Compiler
from schema.mutations import MUTATIONS, Mutation
from schema.queries import QUERIES, TYPES, Query
from schema.subscription import SUBSCRIPTIONS, Subscription
from schema.types.categories import Category
from schema.types.imports import Import
from schema.types.orders import Order
from schema.types.products import Product
from schema.types.scalars import SCALARS, parse_float

SCHEMA = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Product, Category, Order, Import],
    config=StrawberryConfig(scalar_map=SCALARS),
)
CORE: GraphQLSchema = SCHEMA._schema  # noqa: SLF001 - what graphql-core executes


graphql_core.prepare(CORE)
# graphql-core refuses a second scalar named Float, so `scalar_map` cannot replace it.
GraphQLFloat.coerce_input_value = parse_float
COMPILER = Compiler(TYPES, QUERIES, MUTATIONS, SUBSCRIPTIONS)
"""Compiles the operations of the schema."""


def sdl() -> str:
    """The schema in its own language."""
    return print_schema(SCHEMA) + "\n"
