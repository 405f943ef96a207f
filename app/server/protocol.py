"""uvicorn's HTTP protocol with timeouts and size limits, which it lacks."""

import asyncio
from collections import deque
from typing import Any
from urllib.parse import unquote

import httptools
from starlette.types import ASGIApp, Scope

from app.domain.errors import Code, TandemError
from app.http.local_requests import without_port
from app.observability import metrics
from app.server import request_target, response_cycle
from app.server.connection import Connection
from app.server.response_cycle import Cycle

_ASGI = {"version": "3.0", "spec_version": "2.3"}
_VERSIONS = frozenset({"1.0", "1.1"})
_VERSION_ERRORS = frozenset({"Invalid HTTP version", "Pause on PRI/Upgrade"})
"""The parser's messages for an unknown HTTP version and for the preface of HTTP/2."""
_NOT_ONE_HOST = TandemError(Code.MALFORMED_REQUEST, "A request of HTTP/1.1 names one host, in one `Host` field.")
_UNSUPPORTED_VERSION = TandemError(Code.HTTP_VERSION_NOT_SUPPORTED, "Only HTTP/1.1 and HTTP/1.0 are served here.")
_UNSUPPORTED_CODING = TandemError(Code.NOT_IMPLEMENTED, "The only transfer coding that is decoded here is `chunked`.")


class _Refused(Exception):
    """The header is refused. The parser wraps exceptions of its callbacks in its own error."""


class Protocol(Connection):
    """HTTP/1.1 on one connection. Seconds and bytes are attributes of the class, so that tests can shorten them."""

    header_seconds = 10.0
    """From the connection, or the first byte of a further request, to the end of the header."""
    header_bytes, header_fields = 65_536, 200
    linger_seconds = 2.0
    """Seconds that the rest of a refused body is still received, so that the client gets the response."""
    drain_seconds = 1.0
    """Seconds that idle connections stay open during shutdown: a request may be on its way."""
    pipeline: deque[tuple[Cycle, ASGIApp]]  # type: ignore[assignment] # Starlette's word for the same

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_header, self._header_fed = False, 0
        self._is_refused = self._draining = False
        self._fault: TandemError | None = None
        self._host, self._next_host, self._hosts = b"", b"", 0
        self._decodable = True
        self._idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Start the timeout of the first header."""
        super().connection_made(transport)
        self._set_timer(self.header_seconds, self._header_timed_out)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._cancel_timer()
        self._disconnect_request()
        super()._unset_keepalive_if_required()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse data; ignore it after the connection was refused."""
        if self._is_refused:
            return
        self._header_fed += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # RFC 9110, section 7.8: a server may ignore it
        except httptools.HttpParserError as error:
            if str(error) in _VERSION_ERRORS:
                self._fault = _UNSUPPORTED_VERSION
            self.send_400_response("This is no HTTP/1.1 request.")
        if self._is_refused:
            return
        if self._header_fed > self.header_bytes:  # bytes of a header, or of trailers
            self._refuse(self._too_large())
        elif self._timer is None and (self._in_header or self._is_idle()):
            self._set_timer(self.header_seconds, self._header_timed_out)

    def on_message_begin(self) -> None:
        """A request's first byte."""
        self._in_header, self._hosts, self._decodable = True, 0, True
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of a request's header, or of its trailer."""
        name = name.lower()
        if name == b"host":
            self._hosts, self._next_host = self._hosts + 1, value
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
            self._decodable = False
        if len(self.headers) == self.header_fields:  # each takes memory besides its bytes
            self._fault = self._too_large()
            raise _Refused
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The header is complete: from here on the application's deadline applies."""
        if self._header_fed > self.header_bytes and self._header_size() > self.header_bytes:
            raise _Refused
        self._fault = self._fault_of_header()
        if self._fault:
            raise _Refused
        self._in_header, self._header_fed = False, 0
        if self._timer:
            self._cancel_timer()
        before = self.cycle
        cycle = self.cycle = self._next_cycle()
        self.headers = []  # trailers come into a list of their own, which nobody reads (RFC 9110, section 6.5.1)
        if before is None or (before.response_complete and not self.flow.write_paused):
            self._start_asgi_task(cycle, self.app)
        else:  # it is pipelined, or comes before the last answer was read
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _next_cycle(self) -> Cycle:
        """The cycle that uvicorn creates for a header, without its websockets, access log and limit of tasks."""
        parser, url = self.parser, httptools.parse_url(self.url)
        version, path = parser.get_http_version(), url.path.decode("ascii")
        scope: Scope = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": parser.get_method().decode("ascii"),
            "root_path": self.root_path,
            "path": self.root_path + (unquote(path) if "%" in path else path),
            "raw_path": self.root_path.encode("ascii") + url.path,
            "query_string": url.query or b"",
            "headers": self.headers,
            "state": self.app_state.copy(),
        }
        return Cycle(self, scope, keep_alive=not self._draining and version != "1.0" and parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        """A part of a request's body; it does not count as header."""
        self._header_fed = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        """The response is written: flushing it, and receiving the rest of the request, have a timeout."""
        self.server_state.total_requests += 1
        if self.flow.write_paused:
            self._keep_place()
        if self.transport.is_closing():
            self._set_timer(self.stalled_seconds, self.transport.abort)
            return
        if self.pipeline:
            self._start_next()
            return
        self.flow.resume_reading()
        if self.cycle.more_body:
            self._set_timer(self.linger_seconds, self._abort, "unread body")
        else:
            self._idle_since = self.loop.time()
            if self.timeout_keep_alive_task is None:
                self.timeout_keep_alive_handler()

    def resume_writing(self) -> None:
        """The client has read what was answered: the next request begins, whose answer would have waited for that."""
        super().resume_writing()
        if self.pipeline and self._running and self._running.response_complete:
            self._start_next()

    def _start_next(self) -> None:
        if self.flow.write_paused or self.transport.is_closing():
            return
        self.flow.resume_reading()
        self._start_asgi_task(*self.pipeline.pop())

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._header_fed = 0
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.wake()
        elif cycle.more_body:  # the request was refused before its body was read
            cycle.more_body = False
            self._cancel_timer()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, whether or not its last answer was read.

        One timer watches the connection for as long as it lives: a timer for each answer would cost more than a check.
        """
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0 or not self._is_idle() or self._in_header:
            seconds = left if left > 0 else self.timeout_keep_alive
            self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)
        else:
            self.transport.close()
            self._set_timer(self.stalled_seconds, self.transport.abort)

    def shutdown(self) -> None:
        """Close after the current request; if idle, after a moment, since a request may be on its way."""
        self._draining = True
        if not self._is_idle():
            self.cycle.keep_alive = False
            stop = self.cycle.scope["state"].get("stop")  # a stream that would go on
            if stop is not None:
                stop()
        elif not self._in_header:
            self._set_timer(self.drain_seconds, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """Answer data that is not HTTP with a problem document."""
        if self._header_fed > self.header_bytes:
            self._refuse(self._too_large())
        else:
            self._refuse(self._fault or TandemError(Code.MALFORMED_REQUEST, msg))

    def _unset_keepalive_if_required(self) -> None:
        """Do nothing: the keep-alive timer checks whether the connection is in use."""

    def _too_large(self) -> TandemError:
        message = f"A header has at most {self.header_bytes} bytes and {self.header_fields} fields."
        return TandemError(Code.HEADERS_TOO_LARGE, message)

    def _header_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _fault_of_header(self) -> TandemError | None:
        """The error of a header, or None. This brings a target in absolute form into origin form."""
        if self.parser.get_http_version() not in _VERSIONS:
            return _UNSUPPORTED_VERSION
        if not self._decodable:
            return _UNSUPPORTED_CODING
        if not self._names_one_host():
            return _NOT_ONE_HOST
        if not self.url.startswith((b"/", b"*")):
            try:
                self._take_absolute_target()
            except ValueError as error:
                return TandemError(Code.MALFORMED_REQUEST, str(error))
        return None

    def _take_absolute_target(self) -> None:
        """Replace the `Host` field by the host of the target (RFC 9112, section 3.2.2)."""
        self.url, host = request_target.parse_target(self.url, self._next_host if self._hosts else None)
        self.headers = [field for field in self.headers if field[0] != b"host"]
        self.headers.append((b"host", host))

    def _names_one_host(self) -> bool:
        """Whether the request names one host (RFC 9112, section 3.2): of two, a proxy might use the other one."""
        if self._hosts != 1:
            return self._hosts == 0 and self.parser.get_http_version() != "1.1"
        if self._next_host not in (b"", self._host) and not without_port(self._next_host.decode("latin-1")):
            return False
        self._host = self._next_host
        return True

    def _header_timed_out(self) -> None:
        self._timer = None
        if not self._is_idle():  # the header is of a pipelined request, which is not read yet
            self._set_timer(self.header_seconds, self._header_timed_out)
        elif self._in_header:
            self._refuse(TandemError(Code.REQUEST_TIMEOUT, f"A header has {self.header_seconds:g} s to arrive."))
        else:
            self.transport.close()

    def _refuse(self, error: TandemError) -> None:
        """Answer without the application, and ignore further data."""
        self._is_refused = True
        self._cancel_timer()
        metrics.CUT.add(error.code)
        if self._is_idle():
            self.transport.write(response_cycle.refusal(error, self.server_state.default_headers))
            self.transport.write_eof()
            self._set_timer(self.linger_seconds, self.transport.abort)
        elif self.cycle.more_body and not self.cycle.response_complete:
            # the rest of this body cannot be parsed, nor can what follows
            self._disconnect_request()
            if not self.cycle.response_started:
                self.transport.write(response_cycle.refusal(error, self.server_state.default_headers))
            self.transport.close()
        else:
            self.cycle.keep_alive = False

    def _start_asgi_task(self, cycle: Cycle, app: ASGIApp) -> None:  # type: ignore[override] # all of ours are
        self._running = cycle
        cycle.task = self.loop.create_task(cycle.run_asgi(app))
        self.tasks.add(cycle.task)
