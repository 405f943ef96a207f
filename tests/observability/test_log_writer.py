"""The log never fails or stops a request: what cannot be written is dropped, and counted."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import httpx2
import pytest
import structlog

from app.observability import log_writer, logs, metrics, terminal
from app.observability.access_log import AccessLine, AccessLog
from app.observability.log_writer import LogWriter
from tests.conftest import Run
from tests.servers import PATIENCE


def dropped() -> float:
    """The lines that were dropped so far."""
    return metrics.REGISTRY.get_sample_value("tandem_log_lines_dropped_total") or 0.0


def test_order() -> None:
    """Texts are written in order, all of them before the end, and those after it at once."""
    written: list[str] = []
    writer = LogWriter(written.append)
    for number in range(1000):
        writer.put(f"{number}\n")
    writer.end(60)
    writer.put("last\n")
    assert "".join(written).split() == [*map(str, range(1000)), "last"]


def test_a_sink_that_hangs() -> None:
    """While writing hangs nobody waits: memory is bounded, what is past that is counted, and it goes on by itself."""
    begun, free, written, before = threading.Event(), threading.Event(), [], dropped()

    def write(text: str) -> None:
        begun.set()
        free.wait()
        written.append(text)

    writer = LogWriter(write, most=1_000)
    writer.put("first\n")
    begun.wait()
    for _ in range(150):
        writer.put("123456789\n")
    writer.end(0)  # nobody waits for what hangs
    assert dropped() - before == 50
    free.set()
    writer.end(60)
    writer.put("last\n")
    assert "".join(written).split() == ["first", *["123456789"] * 100, "last"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), BrokenPipeError(), ValueError("closed")])
def test_a_sink_that_fails(error: Exception) -> None:
    """What fails to be written is counted, and the next lines are tried again."""
    fails, written, before = [True], [], dropped()

    def write(text: str) -> None:
        if fails[0]:
            raise error
        written.append(text)

    writer = LogWriter(write)
    writer.put("lost\nlost\n")
    writer.end(60)
    fails[0] = False
    writer.put("kept\n")
    assert (dropped() - before, written) == (2, ["kept\n"])


_FULL_PIPE = """
import logging
from app.observability import logs
logs.configure("json")
for number in range(100_000):
    logging.getLogger("x").warning("%s", "y" * 100)
print("done", flush=True)
logs.end()
"""


def test_nobody_reads_stderr() -> None:
    """A process whose stderr is a pipe that nobody reads goes on, and ends."""
    reads, writes = os.pipe()
    ran = subprocess.run(
        [sys.executable, "-c", _FULL_PIPE], stderr=writes, stdout=subprocess.PIPE, timeout=PATIENCE, check=True
    )
    os.close(writes)
    os.close(reads)
    assert ran.stdout == b"done\n"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the handler writes."""
    texts: list[str] = []
    monkeypatch.setattr(logs, "_put", texts.append)
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = root.handlers[:]
    yield texts
    root.handlers[:] = handlers
    root.setLevel(level)


class _Sly:
    """It cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("form", ["json", "console"])
def test_what_cannot_be_rendered(told: list[str], form: logs.Format) -> None:
    """A line that cannot be rendered is told by its place; nothing is raised."""
    logs.configure(form)
    logs._put = told.append  # noqa: SLF001 - where the process writes
    logging.getLogger("x").warning("%d and %s", "no number", _Sly())
    assert "test_log_writer.py" in told[-1]
    assert told[-1].count("\n") == 1


def test_addresses_of_requests(told: list[str]) -> None:
    """The address of a request that the service makes is not logged: the path of a webhook may be its secret."""
    logs.configure("json")
    logs._put = told.append  # noqa: SLF001 - where the process writes
    with httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(204))) as client:
        client.post("https://shop.example/hidden")
    logging.getLogger("x").warning("a line")
    assert len(told) == 1
    assert "hidden" not in told[0]


SLY = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\u202egpj.exe\u2028 new line\r\n2026 200 GET /forged"


@pytest.mark.parametrize("form", ["json", "console"])
def test_terminals(told: list[str], form: logs.Format, run: Run[None]) -> None:
    """Whatever a path or a message holds, a line is one line, without controls or marks of direction."""
    logs.configure(form)
    logs._put = told.append  # noqa: SLF001 - where the process writes
    logging.getLogger("x").warning("a name: %s", SLY)

    async def access() -> None:
        log = AccessLog(told.append, readable=form == "console")
        log.write(AccessLine(0.0, "info", "GET", "none", f"/{SLY}", 404, 1.0, 0, "r1", client=SLY, caller=SLY))
        log.flush()

    run(access())
    for text in told:
        assert text.endswith("\n")
        assert terminal.line(text[:-1]) == text[:-1]


@pytest.mark.parametrize("form", ["json", "console"])
def test_clients_address(form: logs.Format, run: Run[None]) -> None:
    """The line of a request names the client's address."""
    told: list[str] = []

    async def access() -> None:
        log = AccessLog(told.append, readable=form == "console")
        log.write(AccessLine(0.0, "info", "GET", "/livez", "/livez", 200, 1.0, 0, "r1", client="192.0.2.7"))
        log.flush()

    run(access())
    assert "192.0.2.7" in told[0]


def test_a_logger_used_before(told: list[str]) -> None:
    """A logger that wrote before the log was set up anew can still be listened to."""
    logs.configure("json")
    logs._put = told.append  # noqa: SLF001 - where the process writes
    logger = structlog.get_logger("tandem")
    logger.info("first")
    logs.configure("console")
    logs._put = told.append  # noqa: SLF001 - where the process writes
    with structlog.testing.capture_logs() as heard:
        logger.info("second")
    assert ([one["event"] for one in heard], len(told)) == (["second"], 1)


def test_text_past_unicode(told: list[str]) -> None:
    """A lone surrogate, which no encoding has, makes no line fail."""
    logs.configure("json")
    logs._put = told.append  # noqa: SLF001 - where the process writes
    logging.getLogger("x").warning("a name: %s", "\ud800")
    assert len(told) == 1


def test_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    """Texts go to the descriptor of stderr, whole, lone surrogates escaped."""
    with capfd.disabled():
        reads, writes = os.pipe()
        saved = os.dup(2)
        os.dup2(writes, 2)
        try:
            with open(2, "w", closefd=False) as stderr, pytest.MonkeyPatch.context() as patch:
                patch.setattr(sys, "stderr", stderr)
                log_writer.to_stderr("grün\ud800\n")
        finally:
            os.dup2(saved, 2)
        os.close(writes)
        assert os.read(reads, 100) == "grün\\ud800\n".encode()
