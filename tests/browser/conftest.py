"""Fixtures of the browser's suite: servers over the seed, and pages that are watched."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests import processes
from tests.browser.chromium import Watched, chromium
from tests.databases import Databases
from tests.servers import Server

Serve = Callable[..., Server]
_STOPPED = """
import time
from pathlib import Path
from app.rate_limiting import token_bucket

stopped, lost, last = Path({path!r}), 0, time.monotonic_ns()

def steady():
    global lost, last
    now = time.monotonic_ns()
    if stopped.exists():
        lost += now - last
    last = now
    return (now - lost) // 1000

token_bucket.steady = steady
"""
Visit = Callable[..., Watched]
_PATIENCE = 30_000
"""Milliseconds until a test gives up on what should have happened long before, on a machine that is busy."""
expect.set_options(timeout=_PATIENCE)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the folder that images are kept in."""
    return tmp_path_factory.mktemp("files").as_uri()


@pytest.fixture(scope="session")
def seeded(databases: Databases, files: str) -> Path:
    """The file of a database with the seed in it."""
    url = databases.create("sqlite")
    process = processes.start(url, "seed", TANDEM_FILES_URL=files)
    _, told = process.communicate()
    assert process.returncode == 0, told
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture(scope="module")
def serve(seeded: Path, files: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts servers, each over a seed of its own; the rate limit is the default, unless `settings` say else.

    `code` runs in a server's process before it does.
    """
    with ExitStack() as at_end:

        def start(code: str = "", **settings: str) -> Server:
            path = tmp_path_factory.mktemp("served") / "tandem.db"
            copyfile(seeded, path)
            chosen = {"TANDEM_RATE_LIMIT": "100/minute", "TANDEM_FILES_URL": files} | settings
            server = Server(f"sqlite:///{path}", path.with_suffix(".log"), code=code, **chosen)
            at_end.callback(server.stop)
            return server

        yield start


class Budget:
    """The budget of a server whose clock stands: what is used up stays so until the clock runs on."""

    def __init__(self, serve: Serve, stopped: Path) -> None:
        stopped.touch()
        self._stopped, self.server = stopped, serve(_STOPPED.format(path=str(stopped)))

    def use_up(self) -> None:
        """Ask until the server refuses."""
        while self.server.status("/v2/products?limit=1") == 200:
            pass

    def refill(self) -> None:
        """Let the clock run on."""
        self._stopped.unlink()


@pytest.fixture
def budget(serve: Serve, tmp_path: Path) -> Budget:
    """A server with a budget of 100 points, which are refilled when the test says so."""
    return Budget(serve, tmp_path / "stopped")


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    """A server with every setting at its default, for all tests of a module: they make what they change."""
    return serve()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser: of one module, since Playwright keeps an event loop running for as long as it is there."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens a watched page of a server, with nothing kept from before; `options` are those of Playwright's contexts."""
    with ExitStack() as at_end:

        def open_page(server: Server, host: str = "127.0.0.1", **options: Any) -> Watched:
            context = browser.new_context(**options)
            at_end.callback(context.close)
            context.set_default_timeout(_PATIENCE)
            return Watched(context.new_page(), f"http://{host}:{server.port}")

        yield open_page
