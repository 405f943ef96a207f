"""OpenTelemetry where it is configured: each request is a span, sent to a receiver of OTLP over HTTP."""

import asyncio
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.databases import Databases
from tests.servers import Server, wire

_TRACE, _PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
_FAILING = """
from app.stores.sqlite.database import SqliteDatabase

async def fail(*_, **__):
    raise ValueError("nothing that a client may know")

SqliteDatabase.write = fail
"""


@contextmanager
def _receiver() -> Iterator[tuple[str, list[Any]]]:
    """A receiver's URL, and the spans that it got."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = ExportTraceServiceRequest.FromString(
                gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body
            )
            spans.extend((r.resource, span) for r in asked.resource_spans for s in r.scope_spans for span in s.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()


def _attributes(of: Any) -> dict[str, Any]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in of.attributes}


async def _ask(server: Server) -> None:
    async with wire(server) as client:
        headers = f"Traceparent: 00-{_TRACE}-{_PARENT}-01\r\nX-Request-ID: r1\r\n"
        answer = await client.ask("/v2/products/41?fields=id", headers=headers)
        assert answer.headers["traceparent"] == f"00-{_TRACE}-{_PARENT}-01"
        await client.ask("/v2/products/tdm_0123456789abcdef_c2VjcmV0", headers="Traceparent: nonsense\r\n")
        await client.ask("/graphql", "POST", b'{"query": "{ __typename }"}', "Content-Type: application/json\r\n")
        failed = await client.ask("/v2/categories", "POST", b'{"name": "x"}', "Content-Type: application/json\r\n")
        assert failed.status == 500


def test_spans(databases: Databases, tmp_path: Path) -> None:
    """A span hangs below the one that the client named, bears route and status, and no secret; faults are marked."""
    with _receiver() as (url, spans):
        server = Server(
            databases.create("sqlite"), tmp_path / "log", code=_FAILING, OTEL_EXPORTER_OTLP_ENDPOINT=url
        )  # fmt: skip
        asyncio.run(_ask(server))
        server.stop()  # what is kept is sent before it ends
    found = {(span.name, _attributes(span)["url.path"]): span for _, span in spans}
    named = found["GET /v2/products/{id}", "/v2/products/41"]
    assert (named.trace_id.hex(), named.parent_span_id.hex()) == (_TRACE, _PARENT)
    assert named.kind == named.SPAN_KIND_SERVER
    assert _attributes(named) == {
        "http.request.method": "GET",
        "http.response.status_code": 404,
        "http.route": "/v2/products/{id}",
        "url.path": "/v2/products/41",
        "tandem.request_id": "r1",
    }
    other = found["GET /v2/products/{id}", "/v2/products/tdm_0123456789abcdef_…"]
    assert (other.parent_span_id, other.status.code) == (b"", other.status.STATUS_CODE_UNSET)
    assert _attributes(found["POST /graphql", "/graphql"])["http.response.status_code"] == 200
    failed = found["POST /v2/categories", "/v2/categories"]
    assert failed.status.code == failed.status.STATUS_CODE_ERROR
    assert "nothing that a client may know" not in str(spans)
    assert {_attributes(resource)["service.name"] for resource, _ in spans} == {"tandem"}


def test_without_a_receiver(databases: Databases, tmp_path: Path) -> None:
    """One that does not answer costs nobody an answer."""
    url = "http://127.0.0.1:9"
    server = Server(databases.create("sqlite"), tmp_path / "log", OTEL_EXPORTER_OTLP_ENDPOINT=url,
                    OTEL_EXPORTER_OTLP_TIMEOUT="1")  # fmt: skip
    assert [server.status("/v2/products") for _ in range(20)] == [200] * 20
    server.stop()
