"""Imports whose servers are killed, beside one that nobody disturbs: what came of both."""

import json
import random
import signal
import subprocess
import time
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from tests.servers import Server, until

_QUICK = """
from app.domain.bulk import import_jobs
import_jobs.LEASE = 2_000_000
from app.media import import_worker
import_worker._SECONDS_BETWEEN_LOOKS = 0.1
"""
"""A lease that lapses soon, and a worker that looks often."""
_PATIENCE = 600.0
"""Seconds until a proof gives up on a machine that is busy."""
_COUNTS = ("status", "lines", "created", "updated", "unchanged", "bad", "notHeld")


class Told(NamedTuple):
    """What a server tells of an import that has ended: its counts, its problems, and the catalogue as exported."""

    counts: dict[str, Any]
    problems: str
    catalogue: list[str]


def write(file: Path, lines: int) -> None:
    """Write a file of products in categories, some of them twice, some of them bad."""
    file.write_text("".join(json.dumps(_line(n, lines)) + "\n" for n in range(lines)))


def _line(n: int, lines: int) -> dict[str, Any]:
    most = lines * 3 // 4
    sku = n - most if n % 10 == 0 and n > most else n
    price = 0 if n % 1_000 == 7 else 5 + n % 90
    return {"sku": f"K{sku}", "name": f"Cup {n % 50}", "price": price, "colour": 1, "categories": [f"All > {n % 9}"]}


class Servers:
    """Servers over one database, one after the other."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder, self._names = url, folder, count()
        folder.mkdir()
        self.server = self._serve()

    def _serve(self) -> Server:
        files = (self._folder / "files").as_uri()
        log = self._folder / f"log{next(self._names)}"
        return Server(self._url, log, code=_QUICK, TANDEM_FILES_URL=files, TANDEM_AUTH="open")

    def kill(self) -> None:
        """Kill the server, and start another one."""
        self.server.signal(signal.SIGKILL)
        self.server.process.wait()
        self.server = self._serve()

    def start(self, file: Path) -> str:
        """The path of an import that is started."""
        command = ["curl", "-sS", "-F", f"file=@{file}", f"http://127.0.0.1:{self.server.port}/v2/imports"]
        made = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return f"/v2/imports/{made['id']}"

    def get(self, path: str) -> dict[str, Any]:
        """An import."""
        status, body = self.server.get(path)
        assert status == 200, body
        found: dict[str, Any] = json.loads(body)
        return found

    def end(self, path: str, seconds: float) -> Told:
        """Wait for the end of an import; what came of it."""
        until(lambda: self.get(path)["finishedAt"] is not None, seconds)
        found = self.get(path)
        exported = self.server.get("/v2/products/export", timeout=seconds)[1]
        counts = {name: found[name] for name in _COUNTS}
        return Told(counts, self.server.get(f"{path}/problems")[1], sorted(exported.splitlines()))


def undisturbed(url: str, folder: Path, file: Path, seconds: float = 60.0) -> Told:
    """What comes of an import that nobody disturbs."""
    servers = Servers(url, folder)
    told = servers.end(servers.start(file), seconds)
    servers.server.stop()
    return told


def killed(
    url: str, folder: Path, file: Path, kills: int, chance: random.Random | None = None
) -> tuple[Told, list[int]]:
    """What comes of an import whose servers are killed, and how many lines had landed at each kill.

    Each is killed once more lines have landed; with a `chance`, up to a fifth of a second later.
    """
    servers = Servers(url, folder)
    path, landed = servers.start(file), [0]
    for _ in range(kills):
        until(lambda: servers.get(path)["lines"] > landed[-1], _PATIENCE)
        if chance is not None:
            time.sleep(chance.random() / 5)
        servers.kill()
        found = servers.get(path)
        assert found["status"] == "running", found
        landed.append(found["lines"])
    told = servers.end(path, _PATIENCE)
    servers.server.stop()
    return told, landed[1:]
