"""`tandem serve` in a process of its own, and clients that speak HTTP by hand, so that they can misbehave."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from weakref import finalize

from tests.ports import Stoppable, free_port

_RUN = "from app.cli import main; main()"
PATIENCE = 180.0
"""Seconds after which a test gives up on what should have happened long before, on a machine that is busy."""


class Server(Stoppable):
    """A server over a database. `code` runs in its process before it does, to shorten a deadline.

    A `plain` one is `uvicorn app.main:app`.
    """

    def __init__(
        self, url: str, log: Path, *arguments: str, code: str = "", plain: bool = False, **settings: str
    ) -> None:
        self.url, self.port, self.log = url, free_port(), log
        environment = {"TANDEM_DATABASE_URL": url, "TANDEM_RATE_LIMIT": "off", "TANDEM_LOG_FORMAT": "json"}
        environment["TANDEM_FILES_URL"] = files_beside(log)
        serve = ("-m", "uvicorn", "app.main:app") if plain else ("-c", f"{code}\n{_RUN}", "serve")
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, *serve, "--port", str(self.port), *arguments],
                env=os.environ | environment | settings,
                stderr=file,
            )
        finalize(self, _end, self.process)  # a test that fails before `stop` leaves it running
        until(lambda: self.status("/livez") == 200 or self.process.poll() is not None)
        assert self.process.poll() is None, log.read_text()

    def status(self, path: str, timeout: float = 60) -> int:
        """The status of a GET, 0 where there was no answer."""
        return self.get(path, timeout)[0]

    def get(self, path: str, timeout: float = 60) -> tuple[int, str]:
        """Status and body of a GET on a connection of its own."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, sample: str) -> float:
        """A number that /metrics shows."""
        lines = self.get("/metrics")[1].splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(sample)), 0.0)

    def memory(self) -> int:
        """Resident bytes of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024

    def cpu(self) -> float:
        """Seconds of CPU of the process and its workers, to the nanosecond (proc(5), schedstat)."""
        return sum(_cpu(process) for process in _processes(self.process.pid))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self.process.send_signal(number)

    def stop(self) -> float:
        """Tell it to stop; the seconds that it took."""
        begun = time.monotonic()
        self.process.terminate()
        self.process.wait(PATIENCE)
        return time.monotonic() - begun


def _processes(pid: int) -> Iterator[int]:
    """A process, its children, and theirs."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _processes(int(child))


def _cpu(pid: int) -> float:
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


def files_beside(log: Path) -> str:
    """The URL of the folder that a server with this log keeps files in, for those who fill it before it serves."""
    return (log.parent / "files").resolve().as_uri()


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """Wait for something to become true; the seconds that it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not within {seconds:g} s"
        time.sleep(0.02)
    return time.monotonic() - begun


class Answer(NamedTuple):
    """What a client by hand has read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        """Whether the server said that it is the connection's last."""
        return self.headers.get("connection") == "close"


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(
        self, path: str, method: str = "GET", body: bytes = b"", headers: str = "", host: str = "localhost"
    ) -> Answer:
        """Send a request and read its answer; raises where the connection ends before that does."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.writer.write(head.encode() + body)
        return await self.answer()

    async def answer(self) -> Answer:
        """Read an answer that has a Content-Length."""
        status, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(status.split()[1]), headers, body)

    async def rest(self) -> bytes:
        """All that comes until the server ends the connection."""
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE)
        except ConnectionError:
            return b""


@asynccontextmanager
async def wire(server: Server) -> AsyncIterator[Wire]:
    """A connection to a server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=2**20)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()
