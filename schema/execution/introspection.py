"""The size of answers about the schema, estimated before graphql-core makes them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
)

from schema.execution.cost import too_complex
from schema.execution.fields import SelectedField, Selections

FIELDS = frozenset({"__schema", "__type"})
"""The root fields that graphql-core answers."""
_VALUES_OF_LEAF = 8
"""The values that graphql-core makes in the time that a leaf pays for: 3.5 µs each, so that a point buys 60 ms."""
_WRAPPED = 0.5
"""The part of the types that wrap another one, about: a chain of `ofType` soon ends."""


_MAX_VALUES = 100_000
"""They take 0.35 s and some 20 MiB; the query that clients send for the whole schema has 8,200."""


def leaves(selections: Selections, fields: Iterable[SelectedField]) -> int:
    """The leaves that these root fields cost: lists have the length that those of the schema have on average.

    Raises `query_too_complex`.
    """
    average, longest = _lengths(selections.schema)
    values = 0.0
    for one in fields:
        if one.name == "__schema":
            values += 1 + _values(selections, one.below, "__Schema", average, average)
        else:
            values += 1 + _values(selections, one.below, "__Type", longest, average)
    if values > _MAX_VALUES:
        raise too_complex(f"at most some {_MAX_VALUES:,} values of the schema are allowed")
    return round(values / _VALUES_OF_LEAF)


def _values(
    selections: Selections,
    sets: Sequence[SelectionSetNode],
    type_name: str,
    lengths: Mapping[str, float],
    lengths_below: Mapping[str, float],
) -> float:
    total = 0.0
    for one in selections.fields(sets, type_name):
        below = 0.0
        if one.below:
            below = _values(selections, one.below, one.type_name, lengths_below, lengths_below)
        total += lengths.get(one.name, 1) * (1 + below)
    return total


@cache
def _lengths(schema: GraphQLSchema) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """The lengths of the lists of introspection by their fields: on average of all types, and at most."""
    types = list(schema.type_map.values())
    objects = [one for one in types if isinstance(one, GraphQLObjectType | GraphQLInterfaceType)]
    found = {
        "fields": [len(one.fields) for one in objects],
        "inputFields": [len(one.fields) for one in types if isinstance(one, GraphQLInputObjectType)],
        "enumValues": [len(one.values) for one in types if isinstance(one, GraphQLEnumType)],
        "interfaces": [len(one.interfaces) for one in objects],
        "possibleTypes": [
            len(schema.get_possible_types(one)) for one in objects if isinstance(one, GraphQLInterfaceType)
        ],
    }
    arguments = [len(field.args) for one in objects for field in one.fields.values()]
    whole = {
        "ofType": _WRAPPED,
        "types": len(types),
        "directives": len(schema.directives),
        "args": sum(arguments) / len(arguments),
    }
    average = {name: sum(lengths) / len(types) for name, lengths in found.items()}
    return whole | average, whole | {name: max(lengths, default=0) for name, lengths in found.items()}
