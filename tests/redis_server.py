"""A Redis of a test's own, started from the binary of this machine, to be stopped and frozen at will."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.ports import Stoppable, accepts, free_port

_COMMON = ("--bind", "127.0.0.1", "--save", "")


class RedisServer(Stoppable):
    """One Redis process on a free port of the loopback. Skips or fails the test where there is no binary.

    `arguments` are options of redis-server, or a file of such before them; `folder` is where it writes.
    """

    def __init__(self, *arguments: str, folder: str | Path = "/tmp", port_option: str = "--port") -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            reason = "no Redis: there is no redis-server on the PATH"
            if "redis" in os.environ.get("TANDEM_TEST_REQUIRE", ""):
                pytest.fail(reason)
            pytest.skip(reason)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [binary, *arguments, port_option, str(self.port), *_COMMON, "--dir", str(folder)]
        self._process = self._start()

    def stop(self) -> None:
        """Kill it; connections are refused from now on."""
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        """Start it on the same port, empty."""
        self._process = self._start()

    def freeze(self) -> None:
        """Stop its clock: connections are taken, and nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            if accepts(self.port):
                return process
            time.sleep(0.02)
        process.kill()
        pytest.fail("redis-server does not answer")
