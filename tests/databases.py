"""Fresh databases for tests: copies of one migrated template for each engine, removed at the end of the run.

PostgreSQL is the server of `TANDEM_TEST_POSTGRES_URL`, else one that each pytest process starts from the installed
binaries, else the one on 127.0.0.1:5432. Without any, its tests are skipped, or fail if `TANDEM_TEST_REQUIRE` names it.
With `TANDEM_TEST_POOLER` set, databases are reached through PgBouncer in transaction mode.
A server of our own runs with fsync off: create and drop take 45 ms a database instead of 300 to 1,500.
"""

import asyncio
import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, NoReturn

import asyncpg
import pytest

from app.domain.unit_of_work import Engine
from app.stores.database import sqlite_path
from app.stores.migrate import migrate
from tests.pgbouncer import pooling
from tests.ports import free_port

_LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
_REACHED = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Cluster(NamedTuple):
    """A PostgreSQL server of the tests' own."""

    binary: str
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The URL of its own database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def owner(self) -> str | None:
        """Whom it runs as: PostgreSQL refuses to run as root."""
        return "postgres" if os.getuid() == 0 else None

    def start(self) -> None:
        """Start it; after a crash it recovers first."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.control("start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        self.control("stop", "-m", "fast", "-w")

    def signal(self, number: int) -> None:
        """Send a signal to every process of it, such as SIGSTOP: it then neither answers nor refuses."""
        main = (self.folder / "data" / "postmaster.pid").read_text().splitlines()[0]
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in (main, *children):
            with suppress(ProcessLookupError):  # one that has just ended
                os.kill(int(process), number)

    def crash(self) -> None:
        """End it at once, without a checkpoint, as a crash does."""
        self.control("stop", "-m", "immediate")

    def cpu(self) -> float:
        """Seconds of CPU that the processes of its connections have had; those of its own upkeep do not count."""
        main = (self.folder / "data" / "postmaster.pid").read_text().splitlines()[0]
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return sum(_connection_cpu(child) for child in children)

    def control(self, *arguments: str) -> None:
        """Run pg_ctl; a pipe to it would be held open by the server."""
        command = [self.binary, "-D", str(self.folder / "data"), *arguments]
        nowhere = subprocess.DEVNULL
        subprocess.run(command, user=self.owner, cwd=self.folder, stdout=nowhere, stderr=nowhere, check=True)


class Databases:
    """Makes and drops the databases of one run; all of them bear the run's own name."""

    def __init__(self, folder: Path, server: str | None = None) -> None:
        self._folder, self._made, self._left = folder, 0, set[str]()
        self._named = server or os.environ.get("TANDEM_TEST_POSTGRES_URL")
        self._name = f"tandem_test_{os.getpid()}_{secrets.token_hex(3)}"
        self._at_end = ExitStack()
        self._cluster: Cluster | None = None

    def create(self, engine: Engine, *, empty: bool = False) -> str:
        """The URL of a new database, migrated unless it is to be `empty`."""
        self._made += 1
        if engine == "sqlite":
            path = self._folder / f"{self._made}.db"
            if not empty:
                shutil.copyfile(self._sqlite_template, path)
            return f"sqlite:///{path}"
        name = f"{self._name}_{self._made}"
        template = "template1" if empty else self._postgres_template
        execute(self.server, f"CREATE DATABASE {name} TEMPLATE {template}")
        self._left.add(name)
        return f"{self._pooler}/{name}" if "TANDEM_TEST_POOLER" in os.environ else _sibling(self.server, name)

    def lend(self, engine: Engine) -> Iterator[str]:
        """The URL of a fresh database, for a fixture to yield from: it is dropped after that."""
        url = self.create(engine)
        yield url
        self.drop(url)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        if url.startswith("postgresql"):
            name = url.rpartition("/")[2]
            execute(self.server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            self._left.discard(name)

    def close(self) -> None:
        """Drop the databases that are left and the template, and stop the server if it was started here."""
        for name in sorted(self._left):
            self.drop(_sibling(self.server, name))
        self._at_end.close()

    def cpu(self) -> float:
        """Seconds of CPU that the PostgreSQL server of this run has had; 0 without one."""
        return self._cluster.cpu() if self._cluster else 0.0

    @cached_property
    def server(self) -> str:
        """The URL of the PostgreSQL server's own database. Skips or fails the test where there is no server."""
        if self._named:
            if not reachable(self._named):
                pytest.fail("the named PostgreSQL server does not answer")
            return self._named
        if cluster := start(self._at_end):
            self._cluster = cluster
            return cluster.url
        if reachable(_LOCAL):
            return _LOCAL
        return _without("no PostgreSQL: no binaries (initdb, pg_ctl) to start one, and none on 127.0.0.1:5432")

    @cached_property
    def _pooler(self) -> str:
        return self._at_end.enter_context(pooling(self.server))

    @cached_property
    def _sqlite_template(self) -> Path:
        path = self._folder / "template.db"
        migrate(f"sqlite:///{path}")
        return path

    @cached_property
    def _postgres_template(self) -> str:
        execute(self.server, f"CREATE DATABASE {self._name}")
        self._at_end.callback(self.drop, _sibling(self.server, self._name))
        migrate(_sibling(self.server, self._name))
        return self._name


def sqlite_alone() -> Callable[[], Engine]:
    """A fixture for a module whose tests need no second engine."""
    return pytest.fixture(scope="session", name="engine")(lambda: "sqlite")


def execute(url: str, *statements: str) -> None:
    """Run statements on either engine, each by itself."""
    path = sqlite_path(url)
    if path is None:
        asyncio.run(_execute(url, statements))
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


async def _execute(url: str, statements: Sequence[str]) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def reachable(url: str) -> bool:
    """Whether a server answers at a URL."""
    try:
        execute(url, "SELECT 1")
    except _REACHED:
        return False
    return True


def _connection_cpu(process: str) -> float:
    """Seconds of CPU of a server process (proc(5)); 0 for one that serves no connection, or ended meanwhile."""
    try:
        nanoseconds = Path(f"/proc/{process}/schedstat").read_text().split()[0]
        serves = "127.0.0.1(" in Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return 0.0
    return int(nanoseconds) / 1e9 if serves else 0.0


def _sibling(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


def _without(reason: str) -> NoReturn:
    """Skip the test, or fail it where PostgreSQL is required."""
    if "postgresql" in os.environ.get("TANDEM_TEST_REQUIRE", ""):
        pytest.fail(reason)
    pytest.skip(reason)


def own_server(at_end: ExitStack) -> Cluster:
    """Start a server that a test may stop, freeze and configure. Skips or fails the test without binaries."""
    return start(at_end) or _without("no PostgreSQL binaries (initdb, pg_ctl)")


def start(at_end: ExitStack) -> Cluster | None:
    """Start a server from the newest binaries that are found, until the end; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    control = str(found[-1]) if found else shutil.which("pg_ctl")
    if control is None:
        return None
    cluster = Cluster(control, Path(tempfile.mkdtemp(prefix="tandem-postgresql-")), free_port())
    at_end.callback(shutil.rmtree, cluster.folder, ignore_errors=True)
    if cluster.owner:
        shutil.chown(cluster.folder, cluster.owner)
    cluster.control("initdb", "-o", "--username=postgres --auth=trust --no-sync")
    at_end.callback(cluster.control, "stop", "-m", "immediate")
    cluster.start()
    return cluster
