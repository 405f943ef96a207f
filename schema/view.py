"""The HTTP view of GraphQL: read, plan, fetch, execute, answer."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import structlog
from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, execute
from graphql.execution.values import get_variable_values
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import idempotency_keys, problems
from app.domain import notes
from app.domain.errors import Code, TandemError
from app.domain.idempotency import Once
from app.domain.unit import Unit
from schema import cost, documents, queries, requests
from schema.context import Context
from schema.documents import Document
from schema.errors import formatted
from schema.loading import Loader
from schema.lookahead import Field, Lookahead
from schema.requests import Operation
from schema.root import CORE

_log = structlog.get_logger("tandem")
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class GraphQL:
    """The `/graphql` address, as an ASGI app.

    One that is `developing` tells in each answer, as `Server-Timing`, how many SQL statements ran meanwhile: where
    nobody else is served, those of the document.
    """

    def __init__(self, once: Once, max_cost: int, *, introspection: bool = True, developing: bool = False) -> None:
        self.once = once
        self.max_cost = max_cost
        self.introspection = introspection
        self.developing = developing
        self.database = once.database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; refusals before there is a well-formed one are problem documents."""
        request = Request(scope, receive)
        request_id = scope["state"]["request_id"]
        try:
            state = scope["state"]
            context = Context(self.once, state["caller"], state["budget"], request_id)
            response = await self._respond(request, context)
        except TandemError as error:
            response = problems.response(error, request_id)
        await response(scope, receive, send)

    async def _respond(self, request: Request, context: Context) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(_METHODS)})
        if request.method not in _METHODS:
            raise problems.method_not_allowed(*_METHODS)
        media_type = requests.accepted(request.headers.get("accept"))
        context.key = idempotency_keys.read(request)
        operation = await requests.read(request)
        before = self.database.statements
        content = await self._run(operation, context, reading=request.method != "POST")
        status = 400 if "data" not in content and media_type == requests.RESPONSE else 200
        headers = {"Vary": "Accept"}
        if self.developing:
            headers["Server-Timing"] = f'sql;desc="{self.database.statements - before} statements"'
        if context.retry_after:
            headers["Retry-After"] = str(context.retry_after)
        extensions: dict[str, Any] = {"cost": context.cost} if context.cost else {}
        if context.replays and all(context.replays):
            headers["Idempotent-Replayed"] = "true"
            extensions["idempotency"] = {"replayed": True}
        if extensions:
            content["extensions"] = extensions
        return Response(msgspec.json.encode(content), status, headers, media_type)

    async def _run(self, asked: Operation, context: Context, *, reading: bool) -> dict[str, Any]:
        document = documents.read(asked.query, introspection=self.introspection)
        if document.errors:
            return _refused(document.errors, Code.MALFORMED_REQUEST if document.syntax else Code.VALIDATION_FAILED)
        try:
            chosen = document.operation(asked.name)
        except GraphQLError as error:
            return _refused([error], Code.VALIDATION_FAILED)
        if documents.is_mutation(chosen) and reading:
            raise problems.method_not_allowed("POST", "OPTIONS")
        variables = self._coerced(chosen, asked.variables)
        if isinstance(variables, list):
            return _refused(variables, Code.VALIDATION_FAILED)
        lookahead = Lookahead(CORE, document.fragments, variables)
        root_type = "Mutation" if documents.is_mutation(chosen) else "Query"
        fields = lookahead.fields([chosen.selection_set], root_type)
        try:
            points = cost.cost(lookahead, fields, root_type, self.max_cost)
            await context.budget.charge(points - 1)
            context.cost = points
            notes.note("cost", points)
        except TandemError as error:
            if error.code is not Code.QUERY_TOO_COMPLEX:
                raise
            return _refused([GraphQLError(error.message, original_error=error)], error.code)
        root = None
        if documents.is_mutation(chosen):
            context.many = len(fields) > 1
        else:
            root = await self._fetch(fields, lookahead, context)
        return _content(await _execute(document, chosen, asked, root, context), context)

    def _coerced(self, operation: OperationDefinitionNode, given: dict[str, Any]) -> Any:
        """The values of an operation's variables, or a list of errors."""
        try:
            cost.guard_variables(given)
        except TandemError as refusal:
            return [GraphQLError(refusal.message, original_error=refusal)]
        return get_variable_values(
            CORE,
            operation.variable_definitions or (),
            given,
            max_errors=documents.MAX_ERRORS,
            hide_suggestions=not self.introspection,
        )

    async def _fetch(self, fields: Sequence[Field], lookahead: Lookahead, context: Context) -> dict[str, Any]:
        """All that a query selects, from one snapshot; what may be slow goes off the event loop."""

        async def work(unit: Unit) -> dict[str, Any]:
            return await queries.fetch(Loader(unit, lookahead, queries.NOUNS, context.caller), fields)

        return await self.database.read(work, snapshot=True, long=queries.slow(lookahead, fields)) if fields else {}


async def _execute(
    document: Document, chosen: OperationDefinitionNode, asked: Operation, root: Any, context: Context
) -> ExecutionResult:
    assert document.node is not None  # noqa: S101 - it had no errors
    result = execute(
        CORE,
        document.node,
        root_value=root,
        context_value=context,
        variable_values=asked.variables,
        operation_name=chosen.name.value if chosen.name else None,
    )
    return result if isinstance(result, ExecutionResult) else await result


def _content(result: ExecutionResult, context: Context) -> dict[str, Any]:
    if not result.errors:
        return {"data": result.data}
    for error in result.errors:
        if error.original_error and not isinstance(error.original_error, TandemError | GraphQLError):
            _log.error("resolver failed", request_id=context.request_id, path=error.path, exc_info=error.original_error)
    errors = [formatted(error, Code.VALIDATION_FAILED) for error in result.errors]
    waits = [error["extensions"]["retryAfter"] for error in errors if "retryAfter" in error["extensions"]]
    context.retry_after = max(waits, default=context.retry_after)
    return {"errors": errors, "data": result.data} if result.data is not None or _ran(result) else {"errors": errors}


def _ran(result: ExecutionResult) -> bool:
    """Whether execution began: an error that has a path came from a field."""
    return any(error.path for error in result.errors or ())


def _refused(errors: Iterable[GraphQLError], code: Code) -> dict[str, Any]:
    return {"errors": [formatted(error, code, began=False) for error in errors]}
