"""What a document costs by the contract, worked out from its text alone, by other code than the service's."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    parse,
    value_from_ast_untyped,
)

from schema.root import sdl

SCHEMA: GraphQLSchema = build_schema(sdl())
LISTS = frozenset({"attributes", "images", "lines", "notHeld", "options", "tags", "userErrors", "values"})
SCANNING = frozenset({"q", "currency", "inStock"})
_NO_NODES = frozenset({"edges", "pageInfo", "node", "productEdge", "categoryEdge", "importEdge", "orderEdge"})


class Work(NamedTuple):
    """Nodes, values and scans."""

    nodes: int = 0
    values: int = 0
    scans: int = 0

    def plus(self, other: "Work", times: int = 1) -> "Work":
        """This, and the other so many times."""
        return Work(*(a + times * b for a, b in zip(self, other, strict=True)))

    @property
    def weight(self) -> int:
        """The weight."""
        return self.nodes + self.values // 20 + 100 * self.scans


class Selected(NamedTuple):
    """A field under its key, with all nodes that select it."""

    name: str
    args: dict[str, Any]
    nodes: list[FieldNode]


class Oracle:
    """One document with its variables."""

    def __init__(self, query: str, variables: dict[str, Any]) -> None:
        document = parse(query)
        self.variables = variables
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        (self.operation,) = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]

    def points(self) -> int:
        """The points that it costs."""
        root = SCHEMA.get_root_type(self.operation.operation)
        assert root
        fields = self.fields([self.operation], root)
        work = Work()
        for one in fields:
            work = work.plus(self.work(one, root, 1))
        writing = sum(one.name != "__typename" for one in fields) if root.name == "Mutation" else 0
        return max(1, -(-work.weight // 100)) + max(0, writing - 1)

    def work(self, selected: Selected, parent: GraphQLObjectType, size: int) -> Work:
        """The work of one field of one object; `size` is that of the page that the object is."""
        if selected.name == "__typename":
            return Work(values=1)
        below: Any = get_named_type(parent.fields[selected.name].type)
        if not is_composite_type(below):
            listed = is_list_type(get_nullable_type(parent.fields[selected.name].type))
            return Work(5, 5) if listed and selected.name in LISTS else Work(values=1)
        if below.name.endswith("Connection"):
            return self.page(selected, below)
        types = SCHEMA.get_possible_types(below) if is_abstract_type(below) else [below]
        inner = max((self.object(selected, one, size) for one in types), key=lambda work: work.weight)
        if selected.name == "edges":
            return Work().plus(inner, size)
        if selected.name in _NO_NODES and not (selected.name == "node" and parent.name == "Query"):
            # The edge of a payload holds a node that no page has counted.
            counted = selected.name == "node" and parent.name.endswith("Edge") and size < 0
            return inner.plus(Work(int(counted)))
        count = 5 if selected.name in LISTS else len(selected.args["ids"]) if "ids" in selected.args else 1
        return Work().plus(inner.plus(Work(1)), count)

    def page(self, selected: Selected, kind: GraphQLObjectType) -> Work:
        """The work of a connection."""
        args = selected.args
        first, last = args.get("first"), args.get("last")
        size = last if last is not None else first if first is not None else 20
        faulty = (first is not None and last is not None) or size > 100
        fields = self.fields(selected.nodes, kind)
        if faulty:
            return Work(values=self._leaves(fields, kind))
        work = Work(nodes=size)
        for one in fields:
            work = work.plus(self.work(one, kind, size))
        scanning = sum(name in SCANNING for name, value in (args.get("filter") or {}).items() if value is not None)
        return work.plus(Work(scans=scanning + any(one.name == "totalCount" for one in fields)))

    def _leaves(self, fields: list[Selected], kind: GraphQLObjectType) -> int:
        info: Any = get_named_type(kind.fields["pageInfo"].type)
        leaves = sum(one.name in ("totalCount", "__typename") for one in fields)
        return leaves + sum(len(self.fields(one.nodes, info)) for one in fields if one.name == "pageInfo")

    def object(self, selected: Selected, kind: GraphQLObjectType, size: int) -> Work:
        """The work of one object."""
        inside = -1 if selected.name in ("productEdge", "categoryEdge", "orderEdge") else size
        work = Work()
        for one in self.fields(selected.nodes, kind):
            work = work.plus(self.work(one, kind, inside))
        return work

    def fields(self, nodes: list[Any], kind: GraphQLObjectType) -> list[Selected]:
        """The fields that nodes select of a type."""
        found: dict[str, Selected] = {}
        for node in nodes:
            for field in self._flat(node.selection_set.selections, kind):
                key = (field.alias or field.name).value
                args = {a.name.value: value_from_ast_untyped(a.value, self.variables) for a in field.arguments or ()}
                found.setdefault(key, Selected(field.name.value, args, [])).nodes.append(field)
        return list(found.values())

    def _flat(self, selections: Any, kind: GraphQLObjectType) -> Iterator[FieldNode]:
        for node in selections:
            if not all(self._holds(directive) for directive in node.directives or ()):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment: Any = self.fragments[node.name.value] if hasattr(node, "name") and node.name else node
            on = fragment.type_condition.name.value if fragment.type_condition else kind.name
            if on == kind.name or on in [one.name for one in kind.interfaces]:
                yield from self._flat(fragment.selection_set.selections, kind)

    def _holds(self, directive: Any) -> bool:
        value = value_from_ast_untyped(directive.arguments[0].value, self.variables)
        return bool(value) == (directive.name.value == "include")
