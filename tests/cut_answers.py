"""A proxy before a server that loses answers on their way: their effect has happened, and the client does not know."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


class CuttingProxy(ThreadingHTTPServer):
    """Forwards requests to a port of this machine, and cuts every `one_in`th answer: half of it arrives, or nothing."""

    daemon_threads = True

    def __init__(self, upstream: int, one_in: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self._one_in = upstream, one_in
        self.answers = self.cuts = 0
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def keeps(self, size: int) -> int:
        """How many bytes of the next answer arrive."""
        with self._lock:
            self.answers += 1
            if self.answers % self._one_in:
                return size
            self.cuts += 1
            return size // 2 if self.cuts % 2 else 0


class _Handler(BaseHTTPRequestHandler):
    server: CuttingProxy

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = HTTPConnection("127.0.0.1", self.server.upstream, timeout=120)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        head = [f"HTTP/1.1 {answer.status} {answer.reason}", f"Content-Length: {len(content)}", "Connection: close"]
        head += [f"{name}: {value}" for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP]
        whole = "\r\n".join([*head, "", ""]).encode("latin-1") + content
        self.wfile.write(whole[: self.server.keeps(len(whole))])
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward  # noqa: N815 - their names are those of methods

    def log_message(self, *_: object) -> None:
        """Nothing: the client tells what it misses."""


@contextmanager
def cutting(upstream: int, one_in: int = 5) -> Iterator[CuttingProxy]:
    """A proxy before a port, for as long as this lasts."""
    proxy = CuttingProxy(upstream, one_in)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
