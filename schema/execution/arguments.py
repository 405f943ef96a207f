"""Arguments and variables: read once per request; what does not depend on the request is prepared before."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLSchema,
    ListValueNode,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_argument_values,
)
from graphql.execution.values import VariableValues, get_variable_values

from schema.execution.fields import SelectedField
from schema.execution.type_mapping import Arguments

_SCALARS: dict[str, type] = {"String": str, "ID": str, "Boolean": bool, "Int": int}
"""The scalars whose JSON values need no coercion, by Python type; integers must fit 32 bits."""
_INT = 2**31


class ArgumentReader:
    """Reads the arguments of one selected field; arguments without variables are read once.

    Arguments that are variables take their values straight from the coerced variables: graphql-core would walk the
    field's definition again, 20 µs a connection.
    """

    __slots__ = ("_constants", "_definition", "_nested", "_node", "_plain", "constant")

    def __init__(self, selected: SelectedField) -> None:
        self._definition, self._node = selected.definition, selected.node
        arguments = {argument.name.value: argument.value for argument in selected.node.arguments or ()}
        self._plain = {name: value.name.value for name, value in arguments.items() if isinstance(value, VariableNode)}
        self._nested = any(_has_variable(v) for name, v in arguments.items() if name not in self._plain)
        self.constant: Arguments | None = None
        self._constants: Arguments | None = None

    def read(self, variables: VariableValues) -> Arguments:
        """The coerced arguments; raises `GraphQLError`."""
        if self.constant is not None:
            return self.constant
        if self._constants is not None and (quick := self._quickly(self._constants, variables.coerced)) is not None:
            return quick
        values: Arguments = get_argument_values(self._definition, self._node, variables)
        if self._nested:
            return values
        if not self._plain:
            self.constant = values
        else:
            self._constants = {name: value for name, value in values.items() if name not in self._plain}
        return values

    def _quickly(self, constants: Arguments, coerced: Mapping[str, Any]) -> Arguments | None:
        """The arguments if every variable has a value; else `None`, since graphql-core handles defaults and nulls."""
        values = dict(constants)
        for name, variable in self._plain.items():
            value = coerced.get(variable)
            if value is None:
                return None
            values[name] = value
        return values


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(member.value) for member in value.fields)
    return isinstance(value, VariableNode)


class VariableReader:
    """Reads the variables of one operation. Plain scalars of the right type skip graphql-core, which takes 15 µs."""

    __slots__ = ("_definitions", "_plain", "_schema")

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema, self._definitions = schema, operation.variable_definitions or ()
        found = [_plain_scalar(one) for one in self._definitions]
        self._plain = None if None in found else [one for one in found if one]

    def read(self, values: Mapping[str, Any], max_errors: int, *, hide_suggestions: bool) -> Any:
        """The coerced variables, or a list of `GraphQLError`."""
        if self._plain is not None and (coerced := self._quickly(values)) is not None:
            return VariableValues({}, coerced)
        return get_variable_values(
            self._schema, self._definitions, dict(values), max_errors, hide_suggestions=hide_suggestions
        )

    def _quickly(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        coerced = {}
        for name, kind, required in self._plain or ():
            if name not in values:
                if required:
                    return None
                continue
            value = values[name]
            if value is None:
                if required:
                    return None
            elif type(value) is not kind or (isinstance(value, int) and not -_INT <= value < _INT):
                return None
            coerced[name] = value
        return coerced


def _plain_scalar(definition: VariableDefinitionNode) -> tuple[str, type, bool] | None:
    """The name of a variable, the Python type of its values, and whether it is required; `None` for other types."""
    required = isinstance(definition.type, NonNullTypeNode)
    named: Any = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
    name = getattr(getattr(named, "name", None), "value", None)
    kind = _SCALARS.get(name) if name else None
    if kind is None or definition.default_value is not None:
        return None
    return definition.variable.name.value, kind, required
