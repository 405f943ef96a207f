"""Proof: an answer through the whole shell costs at most 1.6 times the CPU of the same answer by uvicorn alone.

    python -m tests.prove.shell            # wrk must be installed

Each server runs on its own, in turns, and is asked by wrk over keep-alive connections; CPU is that of the server's
process alone, by the kernel's own account.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from app import main
from app.components import Components
from app.observability import logs
from app.rate_limiting.token_bucket import steady
from app.server.protocol import Protocol
from app.settings import Settings
from app.stores.database import microseconds
from tests import proofs
from tests.ports import free_port

_BODY = b'{"id":1,"name":"Lamp","price":12.5}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]
_TURNS, _SECONDS = 12, 2
_LIMIT = 1.6


async def constant(scope: Scope, receive: Receive, send: Send) -> None:
    """An answer that costs nothing."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


def serve(kind: str, port: int) -> None:
    """Serve the constant, bare or with the shell around it (JSON lines, rate limit, all of it)."""
    options: dict[str, Any] = {"port": port, "access_log": False, "log_config": None, "proxy_headers": False}
    if kind == "bare":
        uvicorn.run(constant, **options)
        return
    logs.configure("json")
    with tempfile.TemporaryDirectory() as folder:
        stores = {"database_url": f"sqlite:///{folder}/unused.db", "files_url": Path(folder).as_uri()}
        settings = Settings(auth="open", rate_limit="100000000/second", **stores)
        parts = Components(settings, microseconds, steady, local=True)
        app = main._with_middleware(constant, parts)  # noqa: SLF001 - all that surrounds the routes, and no route
        uvicorn.run(app, http=Protocol, server_header=False, ws="none", **options)


def cpu_per_request(kind: str) -> float:
    """Microseconds of the server's CPU for each request."""
    port = free_port()
    with Path(os.devnull).open("wb") as nowhere:
        server = subprocess.Popen([sys.executable, "-m", "tests.prove.shell", kind, str(port)], stderr=nowhere)
    try:
        _ask(port, 1)
        before = _cpu(server.pid)
        requests = _ask(port, _SECONDS)
        return (_cpu(server.pid) - before) / requests * 1e6
    finally:
        server.terminate()
        server.wait()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ask(port: int, seconds: int) -> int:
    """How many requests wrk got answered."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", f"http://127.0.0.1:{port}/v2/constant"]
    for _ in range(600):
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        words = told.partition(" requests in ")[0].split()
        if words and words[-1].isdigit() and int(words[-1]) > 0:
            assert "Non-2xx" not in told, told
            return int(words[-1])
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def compare() -> float:
    """Measure both in turns, print a line for each, and give the ratio of the best."""
    found: dict[str, list[float]] = {"bare": [], "shell": []}
    for _ in range(_TURNS):
        for kind, costs in found.items():
            costs.append(cpu_per_request(kind))
    bare, shell = min(found["bare"]), min(found["shell"])  # the turn that other processes disturbed least
    rows = [(kind, f"{min(costs):.1f}", ", ".join(f"{cost:.1f}" for cost in costs)) for kind, costs in found.items()]
    rows.append(("ratio", f"{shell / bare:.2f}", f"at most {_LIMIT}"))
    proofs.table("What the shell costs", ("server", "µs of CPU a request", "turns"), rows)
    return shell / bare


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        sys.exit(compare() > _LIMIT)
