"""Collects the fields that a selection set selects on a type (GraphQL, October 2021, section 6.3.2)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_directive_values,
    get_named_type,
    visit,
)


class SelectedField(NamedTuple):
    """A selected field: its response key, its first node, the type that has it, and the selection sets below it."""

    key: str
    node: FieldNode
    parent: GraphQLObjectType
    below: list[SelectionSetNode]

    @property
    def name(self) -> str:
        """The field's name in its type."""
        return self.node.name.value

    @property
    def is_meta(self) -> bool:
        """Whether it is `__typename`, `__schema` or `__type`, which have no definition."""
        return self.name not in self.parent.fields

    @property
    def definition(self) -> GraphQLField:
        """Its definition."""
        definition: GraphQLField = self.parent.fields[self.name]
        return definition

    @property
    def type_name(self) -> str:
        """The name of its type, without lists and non-null."""
        return get_named_type(self.definition.type).name


class Selections:
    """The selections of an operation under the variables that its @skip and @include depend on.

    `selected` counts the fields that were collected.
    """

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: Any) -> None:
        self.schema = schema
        self._fragments, self._variables = fragments, variables
        self.selected = 0

    def fields(self, sets: Sequence[SelectionSetNode], type_name: str) -> list[SelectedField]:
        """The fields that sets select on an object type, merged by response key; raises `GraphQLError`."""
        object_type = self.schema.type_map[type_name]
        assert isinstance(object_type, GraphQLObjectType)  # noqa: S101 - callers name object types
        found: dict[str, SelectedField] = {}
        visited: set[str] = set()
        for selection_set in sets:
            for node in self._flat(selection_set, object_type, visited):
                key = (node.alias or node.name).value
                if key not in found:
                    found[key] = SelectedField(key, node, object_type, [])
                if node.selection_set:
                    found[key].below.append(node.selection_set)
        self.selected += len(found)
        return list(found.values())

    def _flat(
        self, selection_set: SelectionSetNode, object_type: GraphQLObjectType, visited: set[str]
    ) -> Iterator[FieldNode]:
        for node in selection_set.selections:
            if node.directives and not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment: Any = node
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in visited:
                    continue
                visited.add(node.name.value)
                fragment = self._fragments[node.name.value]
            if _applies(fragment, object_type):
                yield from self._flat(fragment.selection_set, object_type, visited)

    def _included(self, node: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not include or bool(include["if"])


def _applies(fragment: InlineFragmentNode | FragmentDefinitionNode, object_type: GraphQLObjectType) -> bool:
    condition = fragment.type_condition.name.value if fragment.type_condition else object_type.name
    return condition == object_type.name or any(i.name == condition for i in object_type.interfaces)


class _Conditions(Visitor):
    """Collects the variables in @skip and @include."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Record the variables of one directive."""
        values = (argument.value for argument in node.arguments or ())
        self.names |= {value.name.value for value in values if isinstance(value, VariableNode)}


def condition_variables(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """The variables that decide which fields of an operation are selected, sorted by name."""
    conditions = _Conditions()
    nodes: list[Node] = [*operation.selection_set.selections, *fragments.values()]
    for node in nodes:
        visit(node, conditions)
    return tuple(sorted(conditions.names))
