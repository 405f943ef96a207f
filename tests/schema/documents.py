"""Random documents over the published schema, each with the cost that the contract gives it."""

from random import Random
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, build_schema, get_named_type

from schema.contract import sdl

_SCHEMA: GraphQLSchema = build_schema(sdl())
_NEVER = '{id: "4611686018427387904"}'
_INPUTS = {
    "createProduct": '{name: "Lamp", price: "12.50"}',
    "createCategory": '{name: "Lamps"}',
    "placeOrder": "{items: [{productId: 1, quantity: 1}]}",
    "adjustStock": "{id: 1, delta: -1}",
}
_PAGES = ("first: {}", "last: {}")


class Asked(NamedTuple):
    """A document, its variables, and the points that it costs."""

    query: str
    variables: dict[str, Any]
    points: int


class Writer:
    """Writes one document; the nodes of what it wrote are summed as it goes (every page times those above it)."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self._variables: dict[str, tuple[str, Any]] = {}
        self._fragments: list[tuple[str, str, int]] = []
        self._keys = 0

    def document(self) -> Asked:
        """A query, or now and then a mutation, of fragments, aliases, directives, variables and nested pages."""
        mutates = self.chance.random() < 0.15
        root = _SCHEMA.mutation_type if mutates else _SCHEMA.query_type
        assert root
        names = self.chance.choices([name for name in root.fields if name != "rateLimit"], k=self.chance.randint(1, 3))
        depth = self.chance.randint(1, 4 - len(names))
        written = [self._included(*self._field(root, name, root.fields[name], depth)) for name in names]
        nodes = sum(nodes or 0 for _, nodes in written)
        points = max(1, -(-nodes // 100)) + (max(0, sum(n is not None for _, n in written) - 1) if mutates else 0)
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self._variables.items())
        fragments = " ".join(f"fragment {name} on {kind} {body}" for name, kind, body in self._bodies())
        head = f"{'mutation' if mutates else 'query'} {f'({declared})' if declared else ''}"
        query = f"{head} {{ __typename {' '.join(text for text, _ in written)} }} {fragments}"
        return Asked(query, {name: value for name, (_, value) in self._variables.items()}, points)

    def _bodies(self) -> list[tuple[str, str, str]]:
        return [(f"F{number}", kind, body) for number, (kind, body, _) in enumerate(self._fragments)]

    def _field(self, parent: GraphQLObjectType, name: str, field: GraphQLField, depth: int) -> tuple[str, int]:
        """A field under an alias of its own, and the nodes that it and all below it may return."""
        self._keys += 1
        below = get_named_type(field.type)
        arguments, size = self._arguments(parent.name, name, below.name)
        text = f"k{self._keys}: {name}{f'({arguments})' if arguments else ''}"
        if below.name == "Node":
            return f"{text} {{ id ... on Product {{ name }} ... on Category {{ slug }} }}", size
        if not isinstance(below, GraphQLObjectType):
            return text, 0
        paged = below.name.endswith("Connection")
        inner, nodes = self._selection(below, depth - paged)
        return f"{text} {inner}", size + nodes * (size if paged else 1)

    def _selection(self, kind: GraphQLObjectType, depth: int) -> tuple[str, int]:
        leads = [
            name for name, field in kind.fields.items() if isinstance(get_named_type(field.type), GraphQLObjectType)
        ]
        plain = [name for name in kind.fields if name not in leads]
        if depth <= 0:
            leads = [name for name in leads if name in ("pageInfo", "image", "userErrors")]
        names = self.chance.sample(plain, min(len(plain), 2))
        names += self.chance.choices(leads, k=1 + (self.chance.random() < 0.2)) if leads else []
        written = [self._included(*self._field(kind, name, kind.fields[name], depth)) for name in names]
        written += self._spread(kind, written)
        return f"{{ __typename {' '.join(text for text, _ in written)} }}", sum(nodes or 0 for _, nodes in written)

    def _spread(self, kind: GraphQLObjectType, written: list[tuple[str, int | None]]) -> list[tuple[str, int]]:
        """Now and then a fragment: one that stands already, or what is written, moved into one."""
        known = [(n, nodes) for n, (name, _, nodes) in enumerate(self._fragments) if name == kind.name]
        if known and self.chance.random() < 0.5:
            number, nodes = self.chance.choice(known)
            return [(f"...F{number} ...F{number}", nodes)]  # the same fields again are the same fields
        if self.chance.random() < 0.3:
            body = f"{{ {' '.join(text for text, _ in written)} }}"
            moved = sum(nodes or 0 for _, nodes in written)
            written.clear()
            if self.chance.random() < 0.5:
                return [(f"... on {kind.name} {body}", moved)]
            self._fragments.append((kind.name, body, moved))
            return [(f"...F{len(self._fragments) - 1}", moved)]
        return []

    def _included(self, text: str, nodes: int) -> tuple[str, int | None]:
        """A field, perhaps below an @include or @skip; None nodes where that leaves it out."""
        if self.chance.random() < 0.7:
            return text, nodes
        word, value = self.chance.choice(["include", "skip"]), self.chance.random() < 0.7
        stays = value if word == "include" else not value
        given = self._variable("Boolean!", value) if self.chance.random() < 0.5 else str(value).lower()
        return f"... @{word}(if: {given}) {{ {text} }}", nodes if stays else None

    def _arguments(self, parent: str, name: str, below: str) -> tuple[str, int]:
        if below.endswith("Connection"):
            return self._page()
        if parent == "Mutation":
            return f"input: {_INPUTS.get(name, _NEVER)}", 0
        if parent != "Query":
            return "", 0
        if name == "nodes":
            count = self.chance.randint(0, 5)
            return f"ids: {self._given('[ID!]!', [str(n) for n in range(count)])}", count
        return "id: 1", 0

    def _page(self) -> tuple[str, int]:
        """The arguments of a page and its size; some are at fault, and then there is none."""
        size = self.chance.choice([0, 1, 5, 20, 50, 100])
        kind = self.chance.random()
        if kind < 0.15:
            return "", 20
        if kind < 0.2:
            return "first: 101", 0
        if kind < 0.25:
            return "first: 1, last: 1", 0
        if kind < 0.3:
            return 'first: 2, after: "x"', 2
        return self.chance.choice(_PAGES).format(self._given("Int", size)), size

    def _given(self, kind: str, value: Any) -> str:
        if self.chance.random() < 0.5:
            return self._variable(kind, value)
        return str(value).replace("'", '"')

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self._variables)}"
        self._variables[name] = (kind, value)
        return f"${name}"
