"""GraphQL as its own tools see it: the draft's audit over HTTP, and Relay's compiler over the schema."""

import re
import shutil
from pathlib import Path

import pytest

from schema.root import sdl
from tests.contract.outside.conftest import NODE, ROOT, Tool
from tests.servers import Server

RELAY = ROOT / "tests" / "contract" / "relay"
AUDITS = 61
OLDER_STATUSES = re.compile(
    r"MAY use (400|4xx or 5xx) status codes? (on|if) .*parameters?.*"
    r"|SHOULD use a status code of 400 on variable coercion failure when accepting application/graphql-response\+json"
)
"""The checks that ask for a 400 where GraphQL over HTTP of September 2026 has 422 for a request that is not well-formed
or whose variables cannot be coerced; under `application/json` such a request is 200 with errors."""


def test_audit(node: Tool, server: Server) -> None:
    """All audits of graphql-http pass but those that ask for the statuses of an older draft."""
    said = node("audit.mjs", f"http://127.0.0.1:{server.port}/graphql", cwd=NODE)
    assert said.stderr.strip() == f"{AUDITS} checks"
    assert [name for name in said.stdout.splitlines() if not OLDER_STATUSES.fullmatch(name)] == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Relay project with our documents and our schema."""
    shutil.copytree(RELAY, tmp_path, dirs_exist_ok=True)
    (tmp_path / "schema.graphql").write_text(sdl())
    return tmp_path


def test_relay_accepts(node: Tool, project: Path) -> None:
    """Relay compiles @connection, @refetchable, @appendEdge and @deleteRecord over it."""
    said = node("relay-compiler", "relay.config.json", cwd=project)
    assert said.returncode == 0, said.stderr
    assert len(list(project.rglob("*.graphql.js"))) > 5


def test_relay_refuses(node: Tool, project: Path) -> None:
    """With `hasNextPage` renamed, the same documents are refused."""
    schema = project / "schema.graphql"
    schema.write_text(schema.read_text().replace("hasNextPage", "hasFurtherPage"))
    said = node("relay-compiler", "relay.config.json", cwd=project)
    assert said.returncode != 0
    assert "hasNextPage" in said.stdout + said.stderr
