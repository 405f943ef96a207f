"""One OpenTelemetry server span a request. Only `tracing` imports this, and only if an exporter is configured."""

import os
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability.logs import redacted

_FAULT = 500


def exporting(app: ASGIApp) -> ASGIApp:
    """The application with spans, which go where OpenTelemetry's environment variables say."""
    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "tandem")}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traced(app, provider)


class Traced:
    """Opens a server span for each request, below the one that its `traceparent` names (W3C Trace Context)."""

    def __init__(self, app: ASGIApp, provider: Any) -> None:
        self.app = app
        self._provider = provider
        self._tracer = provider.get_tracer("tandem")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request in its span; the spans that are kept are sent off when the server stops."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            if scope["type"] == "lifespan":
                self._provider.shutdown()
            return
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        parent = TraceContextTextMapPropagator().extract(carrier)
        with self._tracer.start_as_current_span(
            scope["method"], parent, kind=trace.SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:

            async def watch(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _FAULT:
                        span.set_status(trace.StatusCode.ERROR)
                await send(message)

            await self.app(scope, receive, watch)
            route = f"{scope.get('root_path', '')}{getattr(scope.get('route'), 'path', '')}"
            span.update_name(f"{scope['method']} {route}".strip())
            span.set_attributes(
                {
                    "http.request.method": scope["method"],
                    "http.route": route,
                    "url.path": redacted(scope["path"]),
                    "tandem.request_id": scope["state"].get("request_id", ""),
                }
            )
