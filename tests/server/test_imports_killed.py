"""An import whose server is killed goes on by itself, and comes to what one comes to that nobody disturbs."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.unit_of_work import Engine
from tests.databases import Databases
from tests.servers import Server, until

pytestmark = pytest.mark.server
_QUICK = """
from app.domain.bulk import import_jobs
import_jobs.LEASE = 2_000_000
from app.media import import_worker
import_worker._SECONDS_BETWEEN_LOOKS = 0.1
"""
"""A lease that lapses soon, and a worker that looks often."""
LINES, KILLS = 12_000, 3
COUNTS = ("status", "lines", "created", "updated", "unchanged", "bad")


def _line(n: int) -> str:
    """Products in categories, some of them twice, some of them bad."""
    sku = n - 9_000 if n % 10 == 0 and n > 9_000 else n
    price = 0 if n % 1_000 == 7 else 5 + n % 90
    return json.dumps({"sku": f"K{sku}", "name": f"Cup {n % 50}", "price": price, "categories": [f"All > {n % 9}"]})


@pytest.fixture
def urls(databases: Databases, engine: Engine) -> Iterator[list[str]]:
    """Two empty databases."""
    made = [databases.create(engine) for _ in range(2)]
    yield made
    for url in made:
        databases.drop(url)


def _start(server: Server, file: Path) -> str:
    command = ["curl", "-sS", "-F", f"file=@{file}", f"http://127.0.0.1:{server.port}/v2/imports"]
    made = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return f"/v2/imports/{made['id']}"


def _get(server: Server, path: str) -> dict[str, Any]:
    status, body = server.get(path)
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def _catalogue(server: Server) -> list[str]:
    """The export, without what depends on ids and times."""
    return sorted(server.get("/v2/products/export")[1].splitlines())


def test_killed(urls: list[str], tmp_path: Path) -> None:
    """It is killed three times: all counts, problems and products are those of an undisturbed import."""
    file = tmp_path / "catalogue.ndjson"
    file.write_text("".join(_line(n) + "\n" for n in range(LINES)))
    servers = iter(range(100))

    def serve(url: str, name: str) -> Server:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        files = (folder / "files").as_uri()
        return Server(url, folder / f"log{next(servers)}", code=_QUICK, TANDEM_FILES_URL=files, TANDEM_AUTH="open")

    quiet = serve(urls[0], "quiet")
    path = _start(quiet, file)
    until(lambda: _get(quiet, path)["status"] == "done")
    server, at = serve(urls[1], "killed"), 0
    path = _start(server, file)
    for _ in range(KILLS):
        until(lambda: _get(server, path)["lines"] > at)  # noqa: B023 - called here
        server.signal(signal.SIGKILL)
        server.process.wait()
        server = serve(urls[1], "killed")
        found = _get(server, path)
        assert found["status"] == "running", found
        at = found["lines"]
        assert 0 < at < LINES
    until(lambda: _get(server, path)["status"] == "done")
    whole, resumed = _get(quiet, path), _get(server, path)
    assert {name: resumed[name] for name in COUNTS} == {name: whole[name] for name in COUNTS}
    assert whole["lines"] == LINES
    assert whole["bad"] > 0
    assert server.get(f"{path}/problems")[1] == quiet.get(f"{path}/problems")[1]
    assert _catalogue(server) == _catalogue(quiet)
    quiet.stop()
    server.stop()
