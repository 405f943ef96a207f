"""Documents: parsed, validated and compiled once, in a cache that is bounded by bytes."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    Source,
    Token,
    specified_rules,
    validate,
)
from graphql.language.parser import Parser

from app.domain.errors import Code, TandemError
from schema.execution import cost
from schema.execution.arguments import VariableReader
from schema.execution.fields import Selections, condition_variables
from schema.recently_used import RecentlyUsed

MAX_TOKENS = 1000
MAX_LENGTH = 100_000
LONG = 500
"""Documents with more characters are parsed off the event loop: parsing takes some 10 ms."""
MAX_ERRORS = 20
CACHE_BYTES = 4 * 1024 * 1024
"""The approximate memory for documents and their plans: some 150 documents of 275 characters. A full garbage collection
visits all of them: 16 MiB would stop every request for 70 ms."""
BYTES_OF_CHARACTER = 100
"""The approximate memory of a parsed document per character."""
BYTES_OF_FIELD = 250
"""The approximate memory of a plan per selected field: fragments may select far more than a document has characters."""
MAX_PLANS = 8
"""The maximum number of cached plans per operation, for different values of @skip and @include."""
_NO_INTROSPECTION = (*specified_rules, NoSchemaIntrospectionCustomRule)
_ABORTED = "Parsing aborted"  # graphql-core's message for a parser limit


class _Position(msgspec.Struct, frozen=True, gc=False):
    """The position of a node in the source, for messages."""

    start: int
    end: int
    source: Source


class _Parser(Parser):
    """Gives nodes their positions without the lexer's tokens.

    Half of the objects of a kept document would be tokens and locations, and each full garbage collection stops all
    requests while it visits every object that it tracks.
    """

    def loc(self, start_token: Token) -> _Position:  # type: ignore[override]
        """The position of a node that ends with the last token."""
        lexer = self._lexer
        return _Position(start_token.start, lexer.last_token.end, lexer.source)


class Operation:
    """One operation of a document, and its compiled plans."""

    def __init__(
        self,
        node: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        schema: GraphQLSchema,
        grow: Callable[[int], None],
    ) -> None:
        self.node = node
        self.variables = VariableReader(schema, node)
        self.is_mutation = node.operation is OperationType.MUTATION
        self.is_subscription = node.operation is OperationType.SUBSCRIPTION
        self._fragments, self._schema = fragments, schema
        self._conditions = condition_variables(node, fragments)
        self._plans: dict[object, Any] = {}
        self._grow, self._bytes = grow, 0

    def plan(self, variables: Any, compile_: Callable[[OperationDefinitionNode, Selections], Any]) -> Any:
        """The plan for these variables; raises `query_too_complex`, or `GraphQLError` from a directive."""
        key = tuple([variables.coerced.get(name) for name in self._conditions])
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) == MAX_PLANS:
                self._plans.clear()
                self._add_bytes(-self._bytes)
            selections = Selections(self._schema, self._fragments, variables)
            plan = self._plans[key] = compile_(self.node, selections)
            self._add_bytes(selections.selected * BYTES_OF_FIELD)
        return plan

    def _add_bytes(self, size: int) -> None:
        self._bytes += size
        self._grow(size)


class Document:
    """An executable document, or its errors; with `unparsable`, it could not be parsed.

    `grow` is called with the bytes of each plan that is kept.
    """

    def __init__(
        self,
        node: DocumentNode | None,
        errors: list[GraphQLError],
        schema: GraphQLSchema,
        grow: Callable[[int], None],
        *,
        unparsable: bool = False,
    ) -> None:
        self.node, self.errors, self.unparsable = node, errors, unparsable
        definitions = node.definitions if node and not errors else ()
        fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
        self._operations = [
            Operation(d, fragments, schema, grow) for d in definitions if isinstance(d, OperationDefinitionNode)
        ]

    def operation(self, name: str | None) -> Operation:
        """The operation to run; raises `GraphQLError` if the name does not select one (GraphQL, section 6.1)."""
        if name is None:
            if len(self._operations) == 1:
                return self._operations[0]
            raise GraphQLError("`operationName` must name the operation to run.")
        for operation in self._operations:
            if operation.node.name and operation.node.name.value == name:
                return operation
        raise GraphQLError("The document has no operation of this name.")


class Documents:
    """The documents of a schema by their texts, in a least-recently-used cache.

    Without `introspection`, `__schema` and `__type` are errors, and no message suggests a name of the schema.
    """

    def __init__(self, schema: GraphQLSchema, *, introspection: bool = True) -> None:
        self._schema, self._introspection = schema, introspection
        self.known: RecentlyUsed[Document] = RecentlyUsed(CACHE_BYTES)

    async def load(self, text: str) -> Document:
        """The document of a text; a long one is parsed and validated off the event loop."""
        known = self.known.get(text)
        if known is not None:
            return known
        document = await asyncio.to_thread(self.parse, text) if len(text) > LONG else self.parse(text)
        if not document.errors:
            self.known.put(text, document, len(text) * BYTES_OF_CHARACTER)
        return document

    def parse(self, text: str) -> Document:
        """The document of a text, parsed and validated, without the cache."""
        if len(text) > MAX_LENGTH:
            return self._refused(text, cost.too_complex(f"it has over {MAX_LENGTH} characters"))
        try:
            node = _Parser(text, max_tokens=MAX_TOKENS).parse_document()
        except RecursionError:
            return self._refused(text, cost.too_complex("it is too deep"))
        except GraphQLError as error:
            if _ABORTED in error.message:
                return self._refused(text, cost.too_complex(f"it has over {MAX_TOKENS} tokens, or is too deep"))
            return self._document(text, None, [error], unparsable=True)
        try:
            cost.check_limits(node)
        except TandemError as refusal:
            return self._refused(text, refusal)
        rules = specified_rules if self._introspection else _NO_INTROSPECTION
        errors = validate(self._schema, node, rules, max_errors=MAX_ERRORS, hide_suggestions=not self._introspection)
        return self._document(text, node, errors)

    def _refused(self, text: str, error: TandemError) -> Document:
        return self._document(text, None, [GraphQLError(error.message, original_error=error)])

    def _document(
        self, text: str, node: DocumentNode | None, errors: list[GraphQLError], *, unparsable: bool = False
    ) -> Document:
        return Document(node, errors, self._schema, partial(self.known.grow, text), unparsable=unparsable)


def refusal_code(document: Document) -> Code:
    """The code for errors of a document that have no code."""
    return Code.MALFORMED_REQUEST if document.unparsable else Code.VALIDATION_FAILED
