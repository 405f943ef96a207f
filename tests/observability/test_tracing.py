"""Traces are sent if OpenTelemetry's own variables name an endpoint and its packages are installed."""

import sys

import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from app import observability
from app.observability import tracing


async def _app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """An application."""


def test_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an endpoint the application stays as it is, and nothing is said."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    with capture_logs() as logs:
        assert tracing.traced(_app) is _app
    assert logs == []


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_asked_for_and_not_installed(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Asked for without the packages, requests are served untraced, and the log says what to install."""
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.delattr(observability, "spans", raising=False)
    monkeypatch.setitem(sys.modules, "app.observability.spans", None)
    with capture_logs() as logs:
        assert tracing.traced(_app) is _app
    (line,) = logs
    assert "tandem[otel]" in line["event"]
