"""Documents: parsed and validated once, in a bounded cache; a text is the same document every time it is sent."""

from functools import lru_cache
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from app.domain.errors import Code, TandemError
from schema import cost
from schema.root import CORE

MAX_TOKENS = 1000
MAX_LENGTH = 100_000
_CACHED_LENGTH = 10_000
MAX_ERRORS = 20
_NO_INTROSPECTION = (*specified_rules, NoSchemaIntrospectionCustomRule)
_ABORTED = "Parsing aborted"  # how graphql-core says that a limit of its parser was met


class Document(NamedTuple):
    """A document that may be executed, or the errors why it may not; `syntax` tells which kind of error."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    fragments: dict[str, FragmentDefinitionNode]
    syntax: bool = False

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run; raises `GraphQLError` where the name leaves that open (GraphQL, section 6.1)."""
        assert self.node is not None  # noqa: S101 - asked only where there are no errors
        operations = [node for node in self.node.definitions if isinstance(node, OperationDefinitionNode)]
        if name is None:
            if len(operations) == 1:
                return operations[0]
            raise GraphQLError("`operationName` must say which of the operations to run.")
        for operation in operations:
            if operation.name and operation.name.value == name:
                return operation
        raise GraphQLError("There is no operation of this name in the document.")


def read(text: str, *, introspection: bool = True) -> Document:
    """The document of a text. Long texts are read each time: the cache is bounded by bytes, too.

    Without `introspection`, `__schema` and `__type` are faults, and what is misspelt brings no name of the schema back.
    """
    return (_cached if len(text) <= _CACHED_LENGTH else _read)(text, introspection)


def _read(text: str, introspection: bool) -> Document:
    if len(text) > MAX_LENGTH:
        return _refused(TandemError(Code.QUERY_TOO_COMPLEX, f"The document has over {MAX_LENGTH} characters."))
    try:
        node = parse(text, max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        if _ABORTED in error.message:
            return _refused(
                TandemError(Code.QUERY_TOO_COMPLEX, f"The document has over {MAX_TOKENS} tokens, or is too deep.")
            )
        return Document(None, (error,), {}, syntax=True)
    try:
        cost.guard(node)
    except TandemError as refusal:
        return _refused(refusal)
    rules = specified_rules if introspection else _NO_INTROSPECTION
    errors = validate(CORE, node, rules, max_errors=MAX_ERRORS, hide_suggestions=not introspection)
    fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
    return Document(node, tuple(errors), fragments)


def _refused(error: TandemError) -> Document:
    return Document(None, (GraphQLError(error.message, original_error=error),), {})


_cached = lru_cache(maxsize=512)(_read)


def is_mutation(operation: OperationDefinitionNode) -> bool:
    """Whether an operation changes anything."""
    return operation.operation is OperationType.MUTATION
