"""`tandem serve` within a moment: a process that has imported it already forks it, as often as it is told to."""

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

_READY = ("app.main", "app.commands.serve", "uvicorn.loops.auto", "uvicorn.lifespan.on", "asyncpg")
"""What a server imports once it runs."""


class Nursery:
    """Servers, as processes that can be killed. A `hook` (`module:function`) runs in them before they do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, url: str, port: int, hook: str = "", argument: str = "") -> int:
        """Start a server; its process id."""
        settings = {
            "TANDEM_DATABASE_URL": url,
            "TANDEM_PORT": str(port),
            "TANDEM_RATE_LIMIT": "off",
            "TMPDIR": str(self._folder),  # what the killed leave behind goes with the folder
        }
        log = str(self._folder / f"server-{port}.log")
        return int(self._ask({"settings": settings, "log": log, "hook": hook, "argument": argument}))

    def kill(self, pid: int) -> None:
        """End a server as `kill -9` does; returns once it is gone."""
        self._ask({"kill": pid})

    def wait(self, pid: int) -> int:
        """The number of the signal that a server ended by, once it has."""
        return int(self._ask({"wait": pid}))

    def close(self) -> None:
        """End it; its servers must be gone."""
        self._process.communicate()

    def _ask(self, order: dict[str, Any]) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


def _obey(order: dict[str, Any]) -> int:
    pid = int(order.get("kill") or order.get("wait") or 0)
    if "kill" in order:
        os.kill(pid, signal.SIGKILL)
    if pid:
        return os.WTERMSIG(os.waitpid(pid, 0)[1])
    return os.fork() or _serve(order)


def _serve(order: dict[str, Any]) -> int:
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.stderr.fileno())
    os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.environ.update(order["settings"])
    if order["hook"]:
        module, _, function = order["hook"].partition(":")
        getattr(importlib.import_module(module), function)(order["argument"])
    importlib.import_module("app.cli").main(["serve"])
    raise SystemExit


if __name__ == "__main__":
    for name in _READY:
        importlib.import_module(name)
    for line in sys.stdin:
        print(_obey(json.loads(line)), flush=True)  # noqa: T201 - this is how it answers
