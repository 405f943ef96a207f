"""The size of answers about the schema, estimated before graphql-core makes them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
)

from app.rate_limiting import costs
from schema.execution.cost import too_complex
from schema.execution.fields import SelectedField, Selections

FIELDS = frozenset({"__schema", "__type"})
"""The root fields that graphql-core answers."""
_VALUES_OF_LEAF = 8
"""The values that graphql-core makes in the time that a leaf pays for: 3.5 µs each, so that a point buys 60 ms."""
_BYTES_OF_LEAF, _BYTES_OF_DESCRIPTION = 16, 64
"""The bytes of a leaf and of a description, on average and about, without their keys."""
_WRAPPED = 0.5
"""The part of the types that wrap another one, about: a chain of `ofType` soon ends."""


_MAX_VALUES = 100_000
"""They take 0.35 s and some 20 MiB; the query that clients send for the whole schema has 8,200."""


class Answer(NamedTuple):
    """The estimated values and bytes of an answer."""

    values: float = 0
    bytes: float = 0

    @property
    def leaves(self) -> int:
        """The leaves that it costs."""
        return round(self.values / _VALUES_OF_LEAF)


def estimate(selections: Selections, fields: Iterable[SelectedField]) -> Answer:
    """The answer of these root fields: lists have the length that those of the schema have on average.

    Raises `query_too_complex`.
    """
    average, longest = _lengths(selections.schema)
    values = size = 0.0
    for one in fields:
        whole = one.name == "__schema"
        type_name, lengths = ("__Schema", average) if whole else ("__Type", longest)
        below = _answer(selections, one.below, type_name, lengths, average)
        values, size = values + 1 + below.values, size + len(one.key) + below.bytes
    if values > _MAX_VALUES:
        raise too_complex(f"at most some {_MAX_VALUES:,} values of the schema are allowed")
    if size > costs.MAX_BYTES:
        raise too_complex(f"its answer has more than {costs.MAX_BYTES} bytes")
    return Answer(values, size)


def _answer(
    selections: Selections,
    sets: Sequence[SelectionSetNode],
    type_name: str,
    lengths: Mapping[str, float],
    lengths_below: Mapping[str, float],
) -> Answer:
    values = size = 0.0
    for one in selections.fields(sets, type_name):
        below = Answer(bytes=_BYTES_OF_DESCRIPTION if one.name == "description" else _BYTES_OF_LEAF)
        if one.below:
            below = _answer(selections, one.below, one.type_name, lengths_below, lengths_below)
        times = lengths.get(one.name, 1)
        values += times * (1 + below.values)
        size += len(one.key) + times * below.bytes
    return Answer(values, size)


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
