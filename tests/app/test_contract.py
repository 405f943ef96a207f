"""`tandem contract` writes the contracts, and compares them with the code."""

from pathlib import Path

import pytest

from app.pages import contract_files
from tests.command_line import Tandem


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder in place of the published contracts."""
    monkeypatch.setattr(contract_files, "folder", lambda: tmp_path)
    return tmp_path


@pytest.mark.slow
def test_write_and_check(tandem: Tandem, folder: Path) -> None:
    """A check fails and names what is missing or differs, until the contracts are written."""
    missing = tandem("contract", "check")
    assert missing.exit_code == 1
    assert "graphql/schema.graphql" in missing.stderr.splitlines()[-1]

    assert tandem("contract", "write").exit_code == 0
    same = tandem("contract", "check")
    assert (same.exit_code, same.stderr) == (0, "")

    path = folder / "graphql/schema.graphql"
    path.write_text(path.read_text().replace("type Product ", "type Item ", 1))
    changed = tandem("contract", "check")
    assert changed.exit_code == 1
    assert changed.stderr.splitlines()[-1].startswith("These files differ from the code: graphql/schema.graphql. ")
    assert {"-type Item implements Node {", "+type Product implements Node {"} <= set(changed.stderr.splitlines())
