"""PgBouncer in transaction mode, from the binary of this machine, with fewer servers than clients."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ports import accepts, free_port

_SETTINGS = """[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
"""


@contextmanager
def pooling(direct: str) -> Iterator[str]:
    """Run a pooler before the server of a URL; gives its own URL, without a database.

    Skips or fails the test where there is no pgbouncer.
    """
    binary = shutil.which("pgbouncer")
    if binary is None:
        if "pgbouncer" in os.environ.get("TANDEM_TEST_REQUIRE", ""):
            pytest.fail("there is no pgbouncer on the PATH")
        pytest.skip("there is no pgbouncer on the PATH")
    server, own = urlsplit(direct), free_port()
    user = f"user={server.username} " if server.username else ""
    password = f"password={server.password} " if server.password else ""
    folder = Path(tempfile.mkdtemp(prefix="tandem-pgbouncer-"))
    settings = folder / "pgbouncer.ini"
    settings.write_text(_SETTINGS.format(host=server.hostname, port=f"{server.port} {user}{password}", own=own))
    process = _start(binary, settings)
    for _ in range(200):
        if accepts(own):
            break
        time.sleep(0.02)
    try:
        yield f"postgresql://postgres@127.0.0.1:{own}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _start(binary: str, settings: Path) -> "subprocess.Popen[bytes]":
    """Start it, not as root: it refuses."""
    user = "postgres" if os.getuid() == 0 else None
    if user:
        for path in (settings, settings.parent):
            shutil.chown(path, user)
    with settings.with_suffix(".log").open("wb") as log:
        return subprocess.Popen([binary, str(settings)], user=user, stdout=log, stderr=log)
