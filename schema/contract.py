"""The published GraphQL contract: graphql/schema.graphql, made from the code."""

from schema.root import sdl

__all__ = ["sdl"]
