"""Runs graphql-core over the result of a plan, to place errors and nulls, and for introspection.

The values of a plan are structs with the names of their types and response keys. The value of a failed field is its
error.
"""

from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
    get_named_type,
)


def prepare(schema: GraphQLSchema) -> None:
    """Make a schema's fields resolve from the values of plans."""
    for type_ in schema.type_map.values():
        if type_.name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType):
            type_.is_type_of = None
            for field in type_.fields.values():
                field.resolve = _resolve
        elif isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = lambda value, *_: type(value).__name__


def complete(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Any, data: Any
) -> ExecutionResult:
    """The result of an operation whose fields hold these values and errors."""
    result = execute(
        schema,
        document,
        root_value=data,
        variable_values=variables,
        operation_name=operation.name.value if operation.name else None,
    )
    assert isinstance(result, ExecutionResult)  # noqa: S101 - no resolver is a coroutine
    return result


def _resolve(source: msgspec.Struct, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    place = source.__struct_encode_fields__.index(str(info.path.key))
    value = getattr(source, source.__struct_fields__[place])
    if isinstance(value, Exception):
        raise value
    named = get_named_type(info.return_type)
    return named.values[value].value if isinstance(named, GraphQLEnumType) and value is not None else value
