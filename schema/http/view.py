"""The HTTP view of GraphQL: parse, plan, charge, run and answer a request."""

import asyncio
import math
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
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
from app.http.request_state import header
from app.rate_limiting import costs
from app.stores import large_answers
from app.stores.snapshot_cache import SnapshotCache
from schema.execution import cost, documents, graphql_core, rows
from schema.execution.context import Context
from schema.execution.documents import Document, Documents, Operation
from schema.execution.mutations.mutation import MutationPlan
from schema.execution.plan import MANY_BYTES, MANY_NODES, MANY_REFUSED, MANY_VALUES, Plan
from schema.http import answers, event_streams, requests
from schema.http.event_streams import Subscription
from schema.http.persisted import PersistedQueries
from schema.root import COMPILER, CORE

_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_encode = msgspec.json.Encoder().encode


class GraphQL:
    """The `/graphql` address, as an ASGI app.

    With `developing`, `Server-Timing` of each answer has the number of SQL statements that ran meanwhile, for any
    request.
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
        """Serve one request; errors before the request is well-formed are problem documents."""
        request = Request(scope, receive)
        state = scope["state"]
        try:
            from_state = (state["caller"], state["budget"], state["request_id"])
            context = Context(self.runner, self.changes, *from_state, self._webhook_hosts)
            response = await self._respond(request, context)
        except TandemError as error:
            response = problem_details.respond(error, scope)
        await response(scope, receive, send)

    async def _respond(self, request: Request, context: Context) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(_METHODS)})
        if request.method not in _METHODS:
            raise problem_details.method_not_allowed(*_METHODS)
        media_type = context.media_type = requests.accepted(_text(request, b"accept"))
        context.key, context.last_event_id = idempotency_key.read(request), _text(request, b"last-event-id")
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
        if len(body) > costs.MAX_BYTES:  # rendering counts keys and texts, not numbers
            refusal = rows.too_long()
            content = answers.refused([refusal]) | {"extensions": extensions}
            body = _encode(content)
        if media_type == requests.EVENTS:
            body = event_streams.result(body)
        status = answers.status(content, context) if media_type == requests.RESPONSE else 200
        return Response(body, status, headers, media_type)

    async def _content(self, request: Request, context: Context) -> dict[str, Any] | EventStream:
        """The content of the answer; a request that is not well-formed gets errors only."""
        try:
            params = await requests.parse_operation(request)
        except requests.NotWellFormed as error:
            return answers.refused([error])
        return await self._run(params, context, reading=request.method != "POST")

    async def _run(
        self, params: requests.Operation, context: Context, *, reading: bool
    ) -> dict[str, Any] | EventStream:
        try:
            text = self._persisted.document(params.query, params.extensions)
            document = await self._documents.load(text)
        except TandemError as error:
            return answers.refused([error])
        if document.errors:
            context.unparsable = document.unparsable
            return answers.refused(document.errors, documents.refusal_code(document))
        try:
            operation = _operation(document, params, reading=reading)
            variables = operation.variables.read(
                params.variables, documents.MAX_ERRORS, hide_suggestions=not self.introspection
            )
            if isinstance(variables, list):
                return answers.refused(variables)
            if operation.is_subscription:
                return await self._subscribe(document, operation, params, variables, context)
            compile_ = COMPILER.mutation if operation.is_mutation else COMPILER.query
            plan = operation.plan(variables, compile_)
            request = rows.Request(variables, context, self.database.engine)
            plan.prepare(request)
            work = await self._charge(plan, request)
        except (TandemError, GraphQLError) as error:
            if isinstance(error, TandemError) and error.code in _PROBLEM_CODES:
                raise
            return answers.refused([error])
        try:
            data = await self._data(plan, request, work, (text, params.name, repr(params.variables)))
        except TandemError as error:
            if error.code is not Code.QUERY_TOO_COMPLEX:
                raise
            return answers.refused([error])
        if not request.failed and not plan.introspects:
            return {"data": data}
        many = context.large or plan.introspects or work.values > MANY_VALUES
        complete = partial(self._complete, document, operation, params, data)
        return answers.content(await asyncio.to_thread(complete) if many else complete(), context)

    async def _subscribe(
        self, document: Document, operation: Operation, params: requests.Operation, variables: Any, context: Context
    ) -> EventStream:
        """The events of a subscription; raises `not_acceptable` unless the client accepts an event stream."""
        if context.media_type != requests.EVENTS:
            raise TandemError(Code.NOT_ACCEPTABLE, f"A subscription is answered as {requests.EVENTS}: accept that.")
        plan = operation.plan(variables, COMPILER.subscription)

        def complete(data: Any) -> dict[str, Any]:
            assert document.node  # noqa: S101 - it had no errors
            return answers.content(
                graphql_core.complete(CORE, document.node, operation.node, params.variables, data), context
            )

        request = rows.Request(variables, context, self.database.engine)
        return await Subscription(plan, request, complete, self.max_cost).begin()

    async def _charge(self, plan: Plan | MutationPlan, request: rows.Request) -> costs.Work:
        """Charge the cost of the plan beyond the entry; raises `query_too_complex` or `rate_limited`."""
        context = request.context
        mutations = len(plan.payloads) if isinstance(plan, MutationPlan) else 0
        context.several_mutations = mutations > 1
        work = plan.work(request)
        context.large = work.nodes > MANY_NODES or request.most_bytes > MANY_BYTES or len(request.errors) > MANY_REFUSED
        points = costs.points(work.weight, mutations)
        if isinstance(plan, MutationPlan):
            points = max(points, mutations + plan.points(request))
        context.cost = points
        if points > self.max_cost:
            raise cost.too_complex(f"it costs {points} points, and {self.max_cost} is the most")
        if isinstance(plan, Plan):
            plan.check_parts(request, points)
        await context.budget.charge(points - 1)
        request_context.note("cost", points)
        return work

    async def _data(
        self, plan: Plan | MutationPlan, request: rows.Request, work: costs.Work, key: tuple[str, str | None, str]
    ) -> Any:
        """Run the plan, or return the cached result if the data have not changed."""
        if request.most_bytes > MANY_BYTES:
            await large_answers.hold()
        if isinstance(plan, MutationPlan):
            return await plan.run(request)
        if not plan.shared or request.errors:
            return await self._read(plan, request, work)

        async def make() -> Any:
            data = await self._read(plan, request, work)
            return data if request.failed else msgspec.Raw(await self._encoded(data, request.context))

        def size(data: Any) -> float:
            """The size of an answer; an answer that is not bytes has errors and is not cached."""
            return memoryview(data).nbytes if isinstance(data, msgspec.Raw) else math.inf

        return await self.cache.get((*key, request.caller.scopes, prefix()), make, size)

    async def _read(self, plan: Plan, request: rows.Request, work: costs.Work) -> Any:
        """Run a query, off the event loop if it may be slow."""

        async def read(unit: Unit) -> None:
            await plan.read(request, unit)

        large = request.context.large
        if plan.statements:
            snapshot = plan.statements > 1 or plan.deep
            await self.database.read(read, snapshot=snapshot, long=work.nodes > MANY_NODES or work.scans > 0)
        return await asyncio.to_thread(plan.render, request) if large else plan.render(request)

    async def _encoded(self, content: Any, context: Context) -> bytes:
        return await asyncio.to_thread(_encode, content) if context.large else _encode(content)

    def _complete(
        self, document: Document, operation: Operation, params: requests.Operation, data: Any
    ) -> ExecutionResult:
        """Complete the answer by graphql-core, which places errors and nulls and handles introspection."""
        assert document.node  # noqa: S101 - it had no errors
        return graphql_core.complete(CORE, document.node, operation.node, params.variables, data)


def _text(request: Request, name: bytes) -> str | None:
    """The first header of a name. Starlette's mapping takes 2 % of an answer from memory."""
    value = header(request.scope, name)
    return None if value is None else value.decode("latin-1")


def _operation(document: Document, params: requests.Operation, *, reading: bool) -> Operation:
    if (operation := document.operation(params.name)).is_mutation and reading:
        raise problem_details.method_not_allowed("POST", "OPTIONS")
    cost.guard_variables(params.variables)
    return operation


_PROBLEM_CODES = frozenset({Code.METHOD_NOT_ALLOWED, Code.NOT_ACCEPTABLE, Code.RATE_LIMITED})
"""Errors of the HTTP request: the answer is a problem document."""
