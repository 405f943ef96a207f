"""The command line in processes of their own, which can be killed, and whose memory can be measured."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_HEEDED = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # jobs in the background ignore it
RUN = f"{_HEEDED}; from app.cli import main; main()"
_MEASURED = f"""
import sys
try:
    {RUN}
finally:
    with open('/proc/self/status') as status:
        print(next(line.split()[1] for line in status if line.startswith('VmHWM')), file=sys.stderr)
"""


def start(url: str, *arguments: str, code: str = RUN, **settings: str) -> "subprocess.Popen[str]":
    """A command on a database, running by itself."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"TANDEM_DATABASE_URL": url} | settings,
        stdin=subprocess.PIPE if "-" in arguments else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(url: str, *arguments: str, **streams: Any) -> "subprocess.CompletedProcess[bytes]":
    """A command on a database, to its end; streams as `subprocess.run` takes them."""
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        env=os.environ | {"TANDEM_DATABASE_URL": url},
        stderr=subprocess.PIPE,
        check=False,
        **streams,
    )


def peak(url: str, *arguments: str) -> int:
    """The most bytes of memory that a command had at once (Linux tells them)."""
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is measured by /proc")
    process = start(url, *arguments, code=_MEASURED)
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stdout + stderr
    return int(stderr.splitlines()[-1]) * 1024
