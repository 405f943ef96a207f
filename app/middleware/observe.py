"""Access log and metrics: one log line a request, and the counters."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.request_state import Completion, RequestState
from app.observability import metrics
from app.observability.access_log import AccessLine

_CLIENT_GONE = 499
"""The logged status of a request whose client disconnected before the answer, as in nginx; HTTP has none."""
_LONGEST_PATH = 1_000
"""Characters that are logged; a path may have as many as a header has bytes."""


class Observe:
    """Creates the state of each request, and logs and counts the request when it ends.

    `begin` are called with every request before anything else; `completions` complete its response. Query strings,
    headers and bodies are never logged.
    """

    def __init__(
        self,
        app: ASGIApp,
        log: Callable[[AccessLine], None],
        begin: Sequence[Callable[[RequestState], None]] = (),
        completions: Sequence[Completion] = (),
    ) -> None:
        self.app = app
        self._log = log
        self._begin, self._completions = begin, completions
        self.in_flight = 0
        metrics.IN_FLIGHT.read = lambda: {"http": self.in_flight}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        request = RequestState(scope, send, self._completions)
        state = scope.setdefault("state", {})
        state["request"] = request
        self.in_flight += 1
        try:
            for step in self._begin:
                step(request)
            await self.app(scope, receive, request.send)
        except BaseException:
            request.status = request.status or 500
            raise
        finally:
            self.in_flight -= 1
            self._end(request, request.status or _CLIENT_GONE, time.perf_counter() - begun)
            state.clear()  # what refers to the scope again would keep all of it until the next collection

    def _end(self, request: RequestState, status: int, seconds: float) -> None:
        scope = request.scope
        state: Callable[[str], Any] = scope["state"].get
        method, route, notes = scope["method"], _route(scope), state("notes") or {}
        metrics.REQUESTS.observe(seconds, (method, route, status))
        budget, verdict, cost = state("budget"), notes.get("idempotency"), notes.get("cost")
        if budget is not None and budget.metered:
            metrics.VERDICTS.add("refused" if status == 429 else "allowed")
        if (place := notes.get("place")) is not None:
            place.release()
        if verdict:
            metrics.IDEMPOTENCY.add(verdict)
        if cost:
            metrics.GRAPHQL_COST.observe(cost)
        caller, trace, client = state("caller"), state("traceparent"), scope.get("client")
        self._log(
            AccessLine(
                time.time(),
                "error" if status >= 500 else "info",
                method,
                route,
                scope["path"][:_LONGEST_PATH],
                status,
                int(seconds * 1_000_000) / 1000,
                0 if method == "HEAD" else request.size,
                state("request_id"),
                correlation_id=state("correlation_id"),
                trace_id=trace[3:35] if trace else None,
                parent_id=trace[36:52] if trace else None,
                client=client[0] if client else None,
                caller=caller.name if caller else None,
                cost=cost,
                idempotency=verdict or "none",
                cause=notes.get("cause"),
            )
        )


def _route(scope: Scope) -> str:
    """The template of the path, such as /v2/products/{id}; never text of the client."""
    route = scope.get("route")
    return "none" if route is None else f"{scope.get('root_path', '')}{route.path}"
