"""OpenTelemetry traces, if it is installed (`tandem[otel]`) and an exporter is configured."""

import os

import structlog
from starlette.types import ASGIApp

_log = structlog.get_logger("tandem")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def traced(app: ASGIApp) -> ASGIApp:
    """The application with spans if OpenTelemetry's own environment variables name an endpoint; else unchanged."""
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return app
    try:
        # OpenTelemetry has 140 modules, 7 % of a start, and most starts send no traces.
        from app.observability import spans  # noqa: PLC0415
    except ImportError:
        _log.warning("no traces are sent: OpenTelemetry is not installed; install `tandem[otel]`")
        return app
    return spans.exporting(app)
