"""What is seen of a request from outside: one log line, and the counts of the metrics."""

import time
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics
from app.access_lines import AccessLine

_CLIENT_GONE = 499
"""Not HTTP's: nobody was there any more to be answered. nginx logs the same."""


class Observe:
    """Tells each request to `tell` once it is over, and counts it. Queries, headers and bodies are never looked at."""

    def __init__(self, app: ASGIApp, tell: Callable[[AccessLine], None]) -> None:
        self.app = app
        self.tell = tell
        self.in_flight = 0
        metrics.IN_FLIGHT.read = lambda: {"http": self.in_flight}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status, size = 0, 0

        async def watch(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        self.in_flight += 1
        try:
            await self.app(scope, receive, watch)
        except BaseException:
            status = status or 500
            raise
        finally:
            self.in_flight -= 1
            self._end(scope, status or _CLIENT_GONE, size, time.perf_counter() - begun)

    def _end(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        state, method = scope["state"], scope["method"]
        route, notes = _route(scope), state.get("notes") or {}
        metrics.REQUESTS.add(method, route, str(status))
        metrics.SECONDS.observe(seconds, method, route)
        budget, verdict, cost = state.get("budget"), notes.get("idempotency"), notes.get("cost")
        if budget is not None and budget.metered:
            metrics.VERDICTS.add("refused" if status == 429 else "allowed")
        if verdict:
            metrics.IDEMPOTENCY.add(verdict)
        if cost:
            metrics.GRAPHQL_COST.observe(cost)
        self.tell(_line(scope, state, notes, route, status, 0 if method == "HEAD" else size, seconds))


def _route(scope: Scope) -> str:
    """The template of the address, such as /v2/products/{id}; nothing that a client can invent."""
    path = getattr(scope.get("route"), "path", None)
    return "none" if path is None else f"{scope.get('root_path', '')}{path}"


def _line(
    scope: Scope, state: dict[str, Any], notes: dict[str, Any], route: str, status: int, size: int, seconds: float
) -> AccessLine:
    caller, trace = state.get("caller"), state.get("traceparent")
    return AccessLine(
        status=status,
        level="error" if status >= 500 else "info",
        method=scope["method"],
        route=route,
        path=scope["path"],
        duration_ms=round(seconds * 1000, 3),
        bytes=size,
        request_id=state.get("request_id"),
        correlation_id=state.get("correlation_id"),
        trace_id=trace[3:35] if trace else None,
        parent_id=trace[36:52] if trace else None,
        caller=caller.name if caller else None,
        cost=notes.get("cost"),
        idempotency=notes.get("idempotency") or "none",
        cause=notes.get("cause"),
    )
