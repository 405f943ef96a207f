"""The commands of README run as they are printed, on a fresh service: only the port is another one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import processes
from tests.databases import Databases
from tests.images import drawn, encoded
from tests.lines import write
from tests.servers import Server

ROOT = Path(__file__).parent.parent.parent
_NOT_RUN = ("make run",)
"""Blocks that set up the service itself."""

_SHARED = """curl -s -X PUT 127.0.0.1:8000/v2/products/sku:WH-30 -H 'Content-Type: application/json' \\
  -d '{"name": "Headphones", "price": 99, "stock": 9}'"""
"""Makes what one block leaves to others, which may run in another process."""


def blocks() -> list[str]:
    """The `sh` blocks of README, in their order."""
    found = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    return [block for block in found if not block.startswith(_NOT_RUN)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that README names, `.venv/bin/tandem`, and a `curl` that fails on refusals."""
    made = tmp_path_factory.mktemp("readme")
    (made / "lamp.jpg").write_bytes(encoded(drawn(), "JPEG"))
    (made / "prices.csv").write_text("sku,price\nA,1\n")
    write(made / "products.ndjson", 20)
    (made / ".venv").symlink_to(Path(sys.executable).parent.parent)
    curl = made / "bin" / "curl"
    curl.parent.mkdir()
    curl.write_text(f'#!/bin/sh\nexec {shutil.which("curl")} --fail-with-body "$@"\n')
    curl.chmod(0o755)
    return made


@pytest.fixture(scope="module")
def server(databases: Databases, folder: Path) -> Iterator[Server]:
    """A fresh service: migrated, seeded, with every other setting at its default."""
    url = databases.create("sqlite", empty=True)
    for command in ("migrate", "seed"):
        process = processes.start(url, command, TANDEM_FILES_URL=(folder / "files").as_uri())
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    with Server(url, folder / "log", TANDEM_RATE_LIMIT="100/minute") as made:
        assert _run(_SHARED, made, folder).returncode == 0
        yield made


def _run(script: str, server: Server, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "TANDEM_DATABASE_URL": server.url,
        "TANDEM_FILES_URL": (folder / "files").as_uri(),
    }
    script = "set -eu\n" + script.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    command = ["sh", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("block", blocks(), ids=lambda block: re.sub(r"\W+", " ", block)[:40].strip())
def test_block(server: Server, folder: Path, block: str) -> None:
    """Each command succeeds, and no answer is a problem or has GraphQL errors."""
    done = _run(block, server, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"errors"' not in done.stdout
    assert "/errors/" not in done.stdout


def test_tour(server: Server, folder: Path) -> None:
    """The first block of the tour shows products over both protocols, and makes one order, however often it runs."""
    text = (ROOT / "README.md").read_text()
    tour = text[text.index("\n## A tour\n") :]
    block = tour[tour.index("```sh\n") + 6 : tour.index("\n```\n")]
    assert block + "\n" in blocks()
    runs = [_run(block, server, folder).stdout for _ in range(2)]
    for output in runs:
        assert output.count('"edges"') == 1
        assert '"totalCount":' in output
        assert '"name":"A better name"' in output
    places = [re.findall(r"(?i)^location: (\S+)", output, re.MULTILINE) for output in runs]
    assert places[0] == places[1] != []


def test_a_refusal_would_be_seen(server: Server, folder: Path) -> None:
    """A command that is refused fails the run."""
    assert _run("curl -s 127.0.0.1:8000/v2/nothing", server, folder).returncode != 0
