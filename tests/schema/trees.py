"""Documents as trees that grow and change at random: what a search for the most expensive one breeds."""

from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)

from schema.root import sdl
from schema.types.nodes import encode

_SCHEMA = build_schema(sdl())
_WORDS = ("a", "o", "oak", "oak chair", "zzz", "category 1")
_DEEPEST = 9


@dataclass
class Field:
    """A field: its parent type, its name, its arguments as text and the fields below it."""

    parent: str
    name: str
    arguments: str = ""
    below: list["Field"] = field(default_factory=list)


class Breeder:
    """Makes documents, and others of them."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def grow(self) -> Field:
        """A new document."""
        root = Field("", "query")
        for _ in range(self.chance.randint(1, 3)):
            root.below.append(self._any("Query", self.chance.randint(2, _DEEPEST)))
        return root

    def change(self, document: Field) -> Field:
        """A document that differs in a few places."""
        made = deepcopy(document)
        for _ in range(self.chance.randint(1, 3)):
            places = [one for one in _walk(made) if one.below]
            place = self.chance.choice(places)
            step = self.chance.choice((self._repeat, self._repeat, self._add, self._ask_anew, self._drop))
            step(place)
        return made

    def _repeat(self, place: Field) -> None:
        """Take a field again, under other aliases."""
        chosen = self.chance.choice(place.below)
        place.below += [deepcopy(chosen) for _ in range(self.chance.choice((1, 2, 5, 20)))]

    def _add(self, place: Field) -> None:
        kind = "Query" if place.name == "query" else _below(place).name
        place.below.append(self._any(kind, self.chance.randint(0, 4)))

    def _ask_anew(self, place: Field) -> None:
        chosen = self.chance.choice(place.below)
        chosen.arguments = self._arguments(_field(chosen))

    def _drop(self, place: Field) -> None:
        if len(place.below) > 1:
            place.below.remove(self.chance.choice(place.below))

    def _any(self, parent: str, depth: int) -> Field:
        fields = _type(parent).fields
        names = [name for name in fields if name != "rateLimit" and (depth > 0 or not _leads(fields[name]))]
        return self._make(parent, self.chance.choice(names or list(fields)), depth)

    def _make(self, parent: str, name: str, depth: int) -> Field:
        declared = _type(parent).fields[name]
        made = Field(parent, name, self._arguments(declared))
        if _leads(declared):
            kind = get_named_type(declared.type).name
            made.below = [self._any(kind, depth - 1) for _ in range(self.chance.randint(1, 3))]
        return made

    def _arguments(self, declared: GraphQLField) -> str:
        given = []
        for name, argument in declared.args.items():
            sides = name in {"last", "after", "before"}
            if isinstance(argument.type, GraphQLNonNull) or (not sides and self.chance.random() < 0.6):
                given.append(f"{name}: {self._value(name, argument.type)}")
        return f"({', '.join(given)})" if given else ""

    def _value(self, name: str, kind: Any) -> str:
        if isinstance(kind, GraphQLNonNull):
            return self._value(name, kind.of_type)
        if isinstance(kind, GraphQLList):
            size = self.chance.choice((1, 3, 20))
            return f"[{', '.join(self._value(name, kind.of_type) for _ in range(size))}]"
        if isinstance(kind, GraphQLEnumType):
            return self.chance.choice(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            chosen = self.chance.sample(list(kind.fields), min(len(kind.fields), self.chance.randint(1, 3)))
            names = [n for n in kind.fields if n in chosen or isinstance(kind.fields[n].type, GraphQLNonNull)]
            return f"{{{', '.join(f'{n}: {self._value(n, kind.fields[n].type)}' for n in names)}}}"
        number = self.chance.randint(1, 40)
        values = {
            "Int": str(self.chance.choice((320, 640)) if name == "width" else self.chance.choice((20, 100, 100))),
            "Boolean": "true",
            "Decimal": f'"{number}"',
            "ID": f'"{encode(self.chance.choice(("Product", "Category")), number)}"',
        }
        return values.get(kind.name, f'"{self.chance.choice(_WORDS)}"')


def written(document: Field) -> str:
    """The text of a document; every field has an alias of its own."""
    count = iter(range(10**9))

    def write(one: Field) -> str:
        head = one.name if one.name == "query" else f"f{next(count)}: {one.name}{one.arguments}"
        return f"{head} {{ {' '.join(map(write, one.below))} }}" if one.below else head

    return write(document)


def _walk(one: Field) -> list[Field]:
    return [one, *(each for below in one.below for each in _walk(below))]


def _type(name: str) -> GraphQLObjectType | GraphQLInterfaceType:
    kind = _SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    return kind


def _field(one: Field) -> GraphQLField:
    return _type(one.parent).fields[one.name]


def _below(one: Field) -> Any:
    return get_named_type(_field(one).type)


def _leads(declared: GraphQLField) -> bool:
    return isinstance(get_named_type(declared.type), GraphQLObjectType | GraphQLInterfaceType)
