"""What outside tools say of the contracts: `make contract` brings the tools and runs these, `make test` does not."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.servers import Server

ROOT = Path(__file__).parent.parent.parent.parent
NODE = ROOT / ".tools" / "node"
Tool = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip them, and say how they are run, unless `make contract` asks."""
    if "TANDEM_TEST_OUTSIDE" not in os.environ:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="outside tools: `make contract` runs these"))


@pytest.fixture(scope="session")
def node() -> Tool:
    """Runs a tool of Node's, to its end, whatever it says."""

    def run(name: str, *arguments: object, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
        command = ["node", name] if name.endswith(".mjs") else [str(NODE / "node_modules" / ".bin" / name)]
        command += map(str, arguments)
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)

    return run


@pytest.fixture(scope="session")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`tandem serve` over an empty catalogue, open to everyone and without a rate limit."""
    with Server(databases.create("sqlite"), tmp_path_factory.mktemp("server") / "log") as made:
        yield made
