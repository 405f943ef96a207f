"""A PostgreSQL server of a test's own, that it may stop and freeze."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from app.stores.migrate import migrate
from tests.databases import free_port, reachable
from tests.servers import until


class Postgres:
    """A server with one migrated database. Skips the test where there are no binaries."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
        control = str(found[-1]) if found else shutil.which("pg_ctl")
        if control is None:
            pytest.skip("no PostgreSQL binaries (initdb, pg_ctl)")
        self._control, self._port = control, free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="tandem-postgresql-"))
        self._owner = "postgres" if os.getuid() == 0 else None  # PostgreSQL refuses to run as root
        if self._owner:
            shutil.chown(self._folder, self._owner)
        self._run("initdb", "-o", "--username=postgres --auth=trust --no-sync")
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        self.start()
        migrate(self.url)

    def start(self) -> None:
        """Start it; returns once it takes connections."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("start", "-w", "-l", str(self._folder / "log"), "-o", options)
        until(lambda: reachable(self.url))

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        self._run("stop", "-m", "fast", "-w")

    def close(self) -> None:
        """Stop it for good."""
        subprocess.run([self._control, "-D", str(self._folder / "data"), "stop", "-m", "immediate"],
                       user=self._owner, cwd=self._folder, capture_output=True, check=False)  # fmt: skip
        shutil.rmtree(self._folder, ignore_errors=True)

    def signal(self, number: int) -> None:
        """Send a signal to every process of it, such as SIGSTOP: it then neither answers nor refuses."""
        main = (self._folder / "data" / "postmaster.pid").read_text().splitlines()[0]
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in (main, *children):
            os.kill(int(process), number)

    def _run(self, *arguments: str) -> None:
        # a pipe would be held open by the server
        subprocess.run([self._control, "-D", str(self._folder / "data"), *arguments], user=self._owner,
                       cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)  # fmt: skip
