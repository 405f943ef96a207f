"""The HTTP view of GraphQL: read a request, plan it, charge it, run it, answer it."""

import asyncio
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import structlog
from graphql import ExecutionResult, GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain import request_context
from app.domain.changes.change_log import ChangeLog
from app.domain.errors import Code, TandemError
from app.domain.idempotency import IdempotentRunner
from app.domain.unit_of_work import Unit
from app.http import problem_details
from app.http.event_stream import EventStream
from app.http.headers import idempotency_key
from app.http.public_paths import prefix
from app.rate_limiting import costs
from app.stores.snapshot_cache import SnapshotCache
from schema.errors import formatted
from schema.execution import cost, documents, reference, rows
from schema.execution.context import Context
from schema.execution.documents import Document, Documents, Operation
from schema.execution.mutations.mutation import MutationPlan
from schema.execution.plan import MANY_NODES, Plan
from schema.http import event_streams, requests
from schema.http.event_streams import Subscription
from schema.http.persisted import PersistedQueries
from schema.root import COMPILER, CORE

_log = structlog.get_logger("tandem")
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
MAX_ERRORS = 100
"""Errors of one answer at most."""
_encode = msgspec.json.Encoder().encode


class GraphQL:
    """The `/graphql` address, as an ASGI app.

    With `developing` each answer says, as `Server-Timing`, how many SQL statements ran meanwhile: where nobody else is
    served, those of the document.
    """

    def __init__(
        self,
        runner: IdempotentRunner,
        changes: ChangeLog,
        cache: SnapshotCache,
        max_cost: int,
        *,
        introspection: bool = True,
        developing: bool = False,
        documents_folder: Path | None = None,
        webhook_hosts: frozenset[str] = frozenset(),
    ) -> None:
        self.runner, self.changes = runner, changes
        self.cache = cache
        self.max_cost = max_cost
        self._webhook_hosts = webhook_hosts
        self.introspection = introspection
        self.developing = developing
        self.database = cache.database
        self._documents = Documents(CORE, introspection=introspection)
        self._persisted = PersistedQueries(documents_folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; refusals before there is a well-formed one are problem documents."""
        request = Request(scope, receive)
        state = scope["state"]
        try:
            of_request = (state["caller"], state["budget"], state["request_id"])
            context = Context(self.runner, self.changes, *of_request, self._webhook_hosts)
            response = await self._respond(request, context)
        except TandemError as error:
            response = problem_details.respond(error, scope)
        await response(scope, receive, send)

    async def _respond(self, request: Request, context: Context) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(_METHODS)})
        if request.method not in _METHODS:
            raise problem_details.method_not_allowed(*_METHODS)
        media_type = context.media_type = requests.accepted(request.headers.get("accept"))
        context.key, context.last_event_id = idempotency_key.read(request), request.headers.get("last-event-id")
        before = self.database.statements
        content = await self._content(request, context)
        if isinstance(content, EventStream):
            return content
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
        body = await self._encoded(content, context)
        if len(body) > rows.MAX_BYTES:  # what is counted while it is rendered are keys and texts, not numbers
            refusal = rows.too_long()
            content = _refused([_graphql_error(refusal)], refusal.code) | {"extensions": extensions}
            body = _encode(content)
        if media_type == requests.EVENTS:
            body = event_streams.result(body)
        status = _status(content, context) if media_type == requests.RESPONSE else 200
        return Response(body, status, headers, media_type)

    async def _content(self, request: Request, context: Context) -> dict[str, Any] | EventStream:
        """The content of the answer; a request that is not well-formed has errors alone."""
        try:
            asked = await requests.read(request)
        except requests.NotWellFormed as error:
            return _refused([_graphql_error(error)], error.code)
        return await self._run(asked, context, reading=request.method != "POST")

    async def _run(self, asked: requests.Operation, context: Context, *, reading: bool) -> dict[str, Any] | EventStream:
        try:
            text = self._persisted.document(asked.query, asked.extensions)
            document = await self._documents.load(text)
        except TandemError as error:
            return _refused([_graphql_error(error)], error.code)
        if document.errors:
            context.unparsable = document.syntax
            return _refused(document.errors, documents.refusal_code(document))
        try:
            operation = _operation(document, asked, reading=reading)
            variables = operation.variables.read(
                asked.variables, documents.MAX_ERRORS, hide_suggestions=not self.introspection
            )
            if isinstance(variables, list):
                return _refused(variables, Code.VALIDATION_FAILED)
            if operation.is_subscription:
                return await self._subscribe(document, operation, asked, variables, context)
            compile_ = COMPILER.mutation if operation.is_mutation else COMPILER.query
            plan = operation.plan(variables, compile_)
            request = rows.Request(variables, context, self.database.engine)
            plan.prepare(request)
            work = await self._charge(plan, request)
        except (TandemError, GraphQLError) as error:
            if isinstance(error, TandemError) and error.code in _OF_THE_REQUEST:
                raise
            return _refused([_graphql_error(error)], Code.VALIDATION_FAILED)
        try:
            data = await self._data(plan, request, work, (text, asked.name, repr(asked.variables)))
        except TandemError as error:
            if error.code is not Code.QUERY_TOO_COMPLEX:
                raise
            return _refused([_graphql_error(error)], error.code)
        if not request.failed and not plan.introspects:
            return {"data": data}
        return await self._complete(document, operation, asked, data, context)

    async def _subscribe(
        self, document: Document, operation: Operation, asked: requests.Operation, variables: Any, context: Context
    ) -> EventStream:
        """The events of a subscription, over the one medium that it can be answered in."""
        if context.media_type != requests.EVENTS:
            raise TandemError(Code.NOT_ACCEPTABLE, f"A subscription is answered as {requests.EVENTS}: accept that.")
        plan = operation.plan(variables, COMPILER.subscription)

        def complete(data: Any) -> dict[str, Any]:
            assert document.node  # noqa: S101 - it had no errors
            return _content(reference.complete(CORE, document.node, operation.node, asked.variables, data), context)

        request = rows.Request(variables, context, self.database.engine)
        return await Subscription(plan, request, complete, self.max_cost).begin()

    async def _charge(self, plan: Plan | MutationPlan, request: rows.Request) -> costs.Work:
        """Charge what the plan costs beyond the entry; raises `query_too_complex` or `rate_limited`."""
        context = request.context
        mutations = len(plan.payloads) if isinstance(plan, MutationPlan) else 0
        context.many = mutations > 1
        work = plan.work(request)
        context.large = work.nodes > MANY_NODES
        points = costs.points(work.weight, mutations)
        if isinstance(plan, MutationPlan):
            points = max(points, mutations + plan.points(request))
        context.cost = points
        if points > self.max_cost:
            raise cost.too_complex(f"it costs {points} points, and {self.max_cost} is the most")
        await context.budget.charge(points - 1)
        request_context.note("cost", points)
        return work

    async def _data(
        self, plan: Plan | MutationPlan, request: rows.Request, work: costs.Work, asked: tuple[str, str | None, str]
    ) -> Any:
        """Run the plan, or take what it gave while the data were the same."""
        if isinstance(plan, MutationPlan):
            return await plan.run(request)
        if not plan.shared or request.errors:
            return await self._read(plan, request, work)

        async def make() -> Any:
            data = await self._read(plan, request, work)
            return data if request.failed else msgspec.Raw(await self._encoded(data, request.context))

        def size(data: Any) -> float:
            """The bytes of an answer; one that is not bytes has failed and is not kept."""
            return memoryview(data).nbytes if isinstance(data, msgspec.Raw) else math.inf

        return await self.cache.get((*asked, request.caller.scopes, prefix()), make, size)

    async def _read(self, plan: Plan, request: rows.Request, work: costs.Work) -> Any:
        """Run a query; what may be slow goes off the event loop."""

        async def read(unit: Unit) -> None:
            await plan.read(request, unit)

        large = request.context.large
        if plan.statements:
            snapshot = plan.statements > 1 or plan.deep
            await self.database.read(read, snapshot=snapshot, long=large or work.scans > 0)
        return await asyncio.to_thread(plan.render, request) if large else plan.render(request)

    async def _encoded(self, content: Any, context: Context) -> bytes:
        return await asyncio.to_thread(_encode, content) if context.large else _encode(content)

    async def _complete(
        self, document: Document, operation: Operation, asked: requests.Operation, data: Any, context: Context
    ) -> dict[str, Any]:
        """The answer by graphql-core, which places errors and nulls and answers introspection."""
        assert document.node  # noqa: S101 - it had no errors
        given = (CORE, document.node, operation.node, asked.variables, data)
        large = context.large
        result = await asyncio.to_thread(reference.complete, *given) if large else reference.complete(*given)
        return _content(result, context)


def _operation(document: Document, asked: requests.Operation, *, reading: bool) -> Operation:
    if (operation := document.operation(asked.name)).is_mutation and reading:
        raise problem_details.method_not_allowed("POST", "OPTIONS")
    cost.guard_variables(asked.variables)
    return operation


def _status(content: dict[str, Any], context: Context) -> int:
    """The status of an `application/graphql-response+json` (GraphQL over HTTP, September 2026)."""
    if "data" not in content:
        return 400 if context.unparsable else 422
    return 294 if "errors" in content else 200


_OF_THE_REQUEST = frozenset({Code.METHOD_NOT_ALLOWED, Code.NOT_ACCEPTABLE, Code.RATE_LIMITED})
"""Errors of the HTTP request, which are problem documents."""


def _graphql_error(error: TandemError | GraphQLError) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(error.message, original_error=error)


def _content(result: ExecutionResult, context: Context) -> dict[str, Any]:
    if not result.errors:
        return {"data": result.data}
    if len(result.errors) > MAX_ERRORS:
        refusal = cost.too_complex(f"its answer has more than {MAX_ERRORS} errors")
        return _refused([_graphql_error(refusal)], refusal.code)
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
