"""A reverse proxy in a process of its own, on a free port of the loopback, in front of one server."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import accepts
from tests.servers import until

_PLACES = f"{Path(__file__).parent.parent.parent / '.tools' / 'proxies' / 'bin'}:/usr/sbin:/sbin"
"""Where `make proxies` puts programs, and where Debian has them, apart from PATH."""


def binary(name: str) -> str:
    """The path of a program. Skips or fails the test where the machine has none."""
    found = shutil.which(name) or shutil.which(name, path=_PLACES)
    if found is None:
        if "proxies" in os.environ.get("TANDEM_TEST_REQUIRE", ""):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def listening(command: Sequence[str], port: int, log: Path) -> Iterator[int]:
    """Run a proxy until the end of the block; gives the port once something listens there."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        until(lambda: accepts(port) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield port
    finally:
        process.terminate()
        process.wait()
