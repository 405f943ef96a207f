"""The look-ahead: which fields an operation selects below a point, with its variables applied."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
    get_named_type,
)


class Field(NamedTuple):
    """A selected field: its name, its response key, its arguments, and the selections below it."""

    name: str
    key: str
    args: Mapping[str, Any]
    below: list[SelectionSetNode]


class Lookahead(NamedTuple):
    """One operation's schema, fragments and coerced variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Any

    def fields(self, below: Sequence[SelectionSetNode], type_name: str) -> list[Field]:
        """The fields selected on a type, merged by response key as execution merges them."""
        found: dict[str, Field] = {}
        object_type = self.schema.type_map[type_name]
        assert isinstance(object_type, GraphQLObjectType)  # noqa: S101 - the callers name types of ours
        visited: set[str] = set()
        for selections in below:
            for node in self._flat(selections.selections, object_type, visited):
                self._add(node, object_type, found)
        return list(found.values())

    def type_below(self, type_name: str, field_name: str) -> str | None:
        """The type of a field without its wrappers, or None where it has no selections."""
        object_type = self.schema.type_map[type_name]
        assert isinstance(object_type, GraphQLObjectType)  # noqa: S101
        below = get_named_type(object_type.fields[field_name].type)
        return below.name if isinstance(below, GraphQLObjectType | GraphQLInterfaceType) else None

    def concrete(self, type_name: str) -> list[str]:
        """The object types that a type stands for."""
        named = self.schema.type_map[type_name]
        if isinstance(named, GraphQLInterfaceType):
            return [one.name for one in self.schema.get_possible_types(named)]
        return [type_name]

    def _add(self, node: FieldNode, object_type: GraphQLObjectType, found: dict[str, Field]) -> None:
        name, key = node.name.value, (node.alias or node.name).value
        definition = object_type.fields.get(name)
        if definition is None:  # __typename
            return
        if key not in found:
            try:
                args = get_argument_values(definition, node, self.variables) if definition.args else {}
            except GraphQLError:  # execution will find the same, and report it
                return
            found[key] = Field(name, key, args, [])
        if node.selection_set:
            found[key].below.append(node.selection_set)

    def _flat(
        self, selections: Iterable[SelectionNode], object_type: GraphQLObjectType, visited: set[str]
    ) -> Iterable[FieldNode]:
        for node in selections:
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
                fragment = self.fragments[node.name.value]
            if self._applies(fragment, object_type):
                yield from self._flat(fragment.selection_set.selections, object_type, visited)

    def _applies(self, fragment: InlineFragmentNode | FragmentDefinitionNode, object_type: GraphQLObjectType) -> bool:
        condition = fragment.type_condition.name.value if fragment.type_condition else object_type.name
        return condition == object_type.name or any(i.name == condition for i in object_type.interfaces)

    def _included(self, node: SelectionNode) -> bool:
        try:
            skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
            include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        except GraphQLError:  # execution will find the same, and report it
            return False
        return not (skip and skip["if"]) and not (include and not include["if"])
