"""The servers that a benchmark compares: Tandem, an earlier revision of it, uvicorn alone, and others' systems.

A folder of peers holds `peers/NAME/start.sh` and `stop.sh`, which keep the server's process id in
`.work/run/NAME.pid`, and `bench.sh NAME`, which writes `.work/requests/NAME-WORKLOAD.txt` with a request a line:
method, path and body, separated by tabs.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench import catalogue
from tests.bench.workloads import Request, ask, workloads
from tests.ports import free_port
from tests.servers import until

_PEERS = ("mercurius", "postgraphile", "django")
_CHECKED = 20
_ON_CORE = ("taskset", "-c", "0")
_BARE = ("-m", "uvicorn", "tests.bench.bare:app", "--no-access-log", "--log-level", "warning", "--lifespan", "off")


class Target(NamedTuple):
    """A server: its name, address and session, and the file of requests of each workload."""

    name: str
    url: str
    session: int
    requests: dict[str, Path]


@contextmanager
def bare(folder: Path) -> Iterator[Target]:
    """Uvicorn with a constant answer, the ceiling of any Python server; every workload is the same to it."""
    port = free_port()
    with _process(folder / "bare.log", port, "/", sys.executable, *_BARE, "--port", str(port)) as session:
        names = ("P1", "P1hot", "P1g", "P2", "P2hot", "P2g", "P3", "P4")
        files = {name: _write(folder / f"bare-{name}.txt", [Request("GET", "/")]) for name in names}
        yield Target("bare", f"http://127.0.0.1:{port}", session, files)


@contextmanager
def tandem(name: str, command: Path, database: str, folder: Path, products: int, **more: str) -> Iterator[Target]:
    """`tandem serve` over a new database with the benchmark's catalogue, with some settings `more`."""
    port = free_port()
    settings = {
        "TANDEM_DATABASE_URL": database,
        "TANDEM_FILES_URL": (folder / f"{name}-files").as_uri(),
        "TANDEM_RATE_LIMIT": "1000000000/minute",
        "TANDEM_LOG_FORMAT": "json",
        "TANDEM_AUTH": "open",
        **more,
    }
    lines = catalogue.write(folder / "catalogue.ndjson", products)
    for step in (("migrate",), ("import", str(lines))):
        subprocess.run([command, *step], env=os.environ | settings, check=True, stdout=subprocess.DEVNULL)
    serve = (str(command), "serve", "--port", str(port))
    with _process(folder / f"{name}.log", port, "/readyz", *serve, **settings) as session:
        url = f"http://127.0.0.1:{port}"
        lists = workloads(url, products)
        files = {key: _checked(url, folder / f"{name}-{key}.txt", requests) for key, requests in lists.items()}
        yield Target(name, url, session, files)


def installed(home: Path) -> list[str]:
    """The peers that are installed in a folder: each has packages of its own, from npm or PyPI."""
    places = {path.name for path in (home / ".work").iterdir()}
    return [name for name in _PEERS if places & {f"npm-{name}", f"venv-{name}"}]


@contextmanager
def peer(name: str, home: Path, folder: Path) -> Iterator[Target]:
    """One of the peers, started by its own scripts over its own copy of a catalogue of that size and shape."""
    scripts = home / "peers" / name
    _shell(f"cd {home}; ONLY=none ./bench.sh {name}")  # it writes and checks the requests, and measures none
    port = _shell(f'. {home}/env.sh; port_of "{name}"').strip()
    _shell(str(scripts / "start.sh"))
    try:
        url = f"http://127.0.0.1:{port}"
        found = (home / ".work/requests").glob(f"{name}-*.txt")
        files = {path.stem.removeprefix(f"{name}-"): path for path in found}
        process = int((home / f".work/run/{name}.pid").read_text())
        yield Target(name, url, os.getsid(process), files)
    finally:
        _shell(str(scripts / "stop.sh"))


def _checked(url: str, path: Path, requests: Sequence[Request]) -> Path:
    for request in requests[:_CHECKED]:
        ask(url, request)
    return _write(path, requests)


def _write(path: Path, requests: Sequence[Request]) -> Path:
    path.write_text("".join("\t".join(request) + "\n" for request in requests))
    return path


def _shell(command: str) -> str:
    return subprocess.run(["bash", "-c", command], check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def _process(log: Path, port: int, ready: str, *command: str, **settings: str) -> Iterator[int]:
    """A server on the first core, in a session of its own; its session."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*_ON_CORE, *command], env=os.environ | settings, stdout=file, stderr=file, start_new_session=True
        )
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}{ready}") or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        ask(url, Request("GET", ""))
    except OSError:
        return False
    return True
