"""Random documents over the published schema."""

import json
import re
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, build_schema, get_named_type

from schema.root import sdl
from schema.types.nodes import encode

_SCHEMA: GraphQLSchema = build_schema(sdl())
_NEVER = '{id: "4611686018427387904"}'
_ELSEWHERE = re.compile("rateLimit|changes|imports?|.*webhook.*", re.IGNORECASE)
"""What tests of their own compare."""
_INPUTS = {
    "createProduct": '{name: "Lamp", price: "12.50"}',
    "createCategory": '{name: "Lamps"}',
    "placeOrder": "{items: [{productId: 1, quantity: 1}]}",
    "startImport": '{fileId: "nothing"}',
    "adjustStock": "{id: 1, delta: -1}",
}
_SORTS = {
    "ProductConnection": ("ID", "NAME", "PRICE", "CREATED_AT", "UPDATED_AT"),
    "CategoryConnection": ("ID", "NAME"),
    "OrderConnection": ("ID", "CREATED_AT"),
}
_FILTERS = {
    "ProductConnection": ("minPrice: 2", 'maxPrice: "3.5"', 'currency: "USD"', "inStock: true", 'q: "p0"', 'sku: "S7"'),
    "CategoryConnection": ('parentId: "root"', "parentId: 1", 'q: "c"'),
    "OrderConnection": ("status: PLACED", 'reference: "r1"'),
}
_SINCE = ("created", "updated")
_IDS = [
    encode(kind, number) for kind in ("Product", "Variant", "Category", "Order", "Nothing") for number in (1, 2, 7, 99)
]


class Asked(NamedTuple):
    """A document and its variables."""

    query: str
    variables: dict[str, Any]


class Writer:
    """Writes one document."""

    def __init__(
        self,
        chance: Random,
        *,
        mutates: float = 0.15,
        cursors: Sequence[str] = ("x",),
        times: Sequence[str] = ("2026-01-31T12:00:00Z",),
    ) -> None:
        self.chance = chance
        self._mutates, self._cursors, self._times = mutates, cursors, times
        self._variables: dict[str, tuple[str, Any]] = {}
        self._fragments: list[tuple[str, str]] = []
        self._keys = 0

    def document(self) -> Asked:
        """A query, or now and then a mutation, of fragments, aliases, directives, variables and nested pages."""
        mutates = self.chance.random() < self._mutates
        root = _SCHEMA.mutation_type if mutates else _SCHEMA.query_type
        assert root
        names = self.chance.choices(
            [name for name in root.fields if not _ELSEWHERE.fullmatch(name)], k=self.chance.randint(1, 3)
        )
        depth = self.chance.randint(1, 4 - len(names))
        written = " ".join(self._included(self._field(root, name, root.fields[name], depth)) for name in names)
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self._variables.items())
        fragments = " ".join(f"fragment F{n} on {kind} {body}" for n, (kind, body) in enumerate(self._fragments))
        head = f"{'mutation' if mutates else 'query'} {f'({declared})' if declared else ''}"
        variables = {name: value for name, (_, value) in self._variables.items()}
        return Asked(f"{head} {{ __typename {written} }} {fragments}", variables)

    def _field(self, parent: GraphQLObjectType, name: str, field: GraphQLField, depth: int) -> str:
        """A field under an alias of its own."""
        self._keys += 1
        below = get_named_type(field.type)
        arguments = self._arguments(parent.name, name, below.name)
        text = f"k{self._keys}: {name}{f'({arguments})' if arguments else ''}"
        if below.name == "Node":
            return f"{text} {{ id ... on Product {{ name }} ... on Variant {{ price }} ... on Category {{ slug }} }}"
        if not isinstance(below, GraphQLObjectType):
            return text
        return f"{text} {self._selection(below, depth - below.name.endswith('Connection'))}"

    def _selection(self, kind: GraphQLObjectType, depth: int) -> str:
        leads = [
            name for name, field in kind.fields.items() if isinstance(get_named_type(field.type), GraphQLObjectType)
        ]
        plain = [name for name in kind.fields if name not in leads]
        if depth <= 0:
            leads = [name for name in leads if name in ("pageInfo", "image", "attributes", "options", "userErrors")]
        names = self.chance.sample(plain, min(len(plain), 2))
        names += self.chance.choices(leads, k=1 + (self.chance.random() < 0.2)) if leads else []
        written = [self._included(self._field(kind, name, kind.fields[name], depth)) for name in names]
        return f"{{ __typename {self._spread(kind, ' '.join(written))} }}"

    def _spread(self, kind: GraphQLObjectType, written: str) -> str:
        """Now and then a fragment beside it: one that stands already, or what is written, moved into one."""
        known = [n for n, (name, _) in enumerate(self._fragments) if name == kind.name]
        if known and self.chance.random() < 0.5:
            number = self.chance.choice(known)
            return f"{written} ...F{number} ...F{number}"
        if not written or self.chance.random() > 0.3:
            return written
        if self.chance.random() < 0.5:
            return f"... on {kind.name} {{ {written} }}"
        self._fragments.append((kind.name, f"{{ {written} }}"))
        return f"...F{len(self._fragments) - 1}"

    def _included(self, text: str) -> str:
        """A field, perhaps below an @include or @skip."""
        if self.chance.random() < 0.7:
            return text
        value = self.chance.random() < 0.7
        given = self._variable("Boolean!", value) if self.chance.random() < 0.5 else str(value).lower()
        return f"... @{self.chance.choice(['include', 'skip'])}(if: {given}) {{ {text} }}"

    def _arguments(self, parent: str, name: str, below: str) -> str:
        if below.endswith("Connection"):
            listed = self._page() if self.chance.random() < 0.85 else self._fault()
            plain = ("after" in listed or "before" in listed) and self.chance.random() < 0.7  # its cursor may fit
            return " ".join(one for one in (listed, "" if plain else self._narrowed(parent, name, below)) if one)
        if parent == "Mutation":
            return f"input: {_INPUTS.get(name, _NEVER)}"
        if name == "url":
            return self.chance.choice(["", "width: 320", "width: 640"])
        if parent != "Query":
            return ""
        if name == "nodes":
            ids = [str(n) for n in range(self.chance.randint(0, 3))] + self.chance.sample(_IDS, k=2)
            return f"ids: {self._given('[ID!]!', ids)}"
        return f'id: "{self.chance.choice(_IDS)}"' if name == "node" else f"id: {self.chance.randint(1, 4)}"

    def _page(self) -> str:
        """The arguments of a page."""
        if self.chance.random() < 0.2:
            return ""
        size = self.chance.choice([None, 0, 1, 2, 3, 5, 20, 50, 100])
        side = self.chance.choice(["first", "last"])
        page = f"{side}: {self._given('Int', size)}"
        for bound in ("after", "before"):
            if self.chance.random() < 0.2:
                page += f" {bound}: {self._given('String', self.chance.choice([*self._cursors, None]))}"
        return page

    def _fault(self) -> str:
        return self.chance.choice(["first: 101", "first: 1, last: 1", 'first: 2, after: "x"'])

    def _narrowed(self, parent: str, name: str, below: str) -> str:
        """A filter and a sort, where the field takes them."""
        if parent == "Product":
            return ""
        known = [*_FILTERS[below], *(f'{name}Since: "{self.chance.choice(self._times)}"' for name in _SINCE)]
        chosen = self.chance.sample(known, k=0 if name == "children" else self.chance.choice([0, 0, 1, 2]))
        taken = {one.partition(":")[0]: one for one in chosen}
        parts = [f"filter: {{{', '.join(taken.values())}}}"] if taken else []
        if self.chance.random() < 0.5:
            by, direction = self.chance.choice(_SORTS[below]), self.chance.choice(["ASC", "DESC"])
            parts.append(f"sort: {{by: {by}, direction: {direction}}}")
        return " ".join(parts)

    def _given(self, kind: str, value: Any) -> str:
        if self.chance.random() < 0.5:
            return self._variable(kind, value)
        return json.dumps(value)

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self._variables)}"
        self._variables[name] = (kind, value)
        return f"${name}"
