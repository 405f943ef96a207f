"""`tandem backup`: one committed state of a SQLite database, in a new file that is verified."""

import sqlite3
from pathlib import Path

import pytest

from app.stores.database import sqlite_path
from tests.command_line import Tandem
from tests.databases import Databases

NOWHERE = "postgresql://postgres@127.0.0.1:1/nothing"
_PAGE = 4096


@pytest.fixture
def url(databases: Databases, tandem: Tandem) -> str:
    """A database with a product."""
    made = databases.create("sqlite")
    assert tandem("import", "-", url=made, stdin='{"sku": "a", "name": "A", "price": 1}\n').exit_code == 0
    return made


def test_beside_a_writer(tandem: Tandem, url: str, tmp_path: Path) -> None:
    """While a transaction is under way the copy has the state before it, in one file, and can be served from."""
    writer = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE product SET name = 'B'")
    result = tandem("backup", "copy.db", url=url)
    assert result.exit_code == 0, result.output
    assert result.stderr.endswith(" bytes, verified.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"]
    assert '"name": "A"' in tandem("export", url="sqlite:///copy.db").stdout.replace('":"', '": "')
    writer.execute("COMMIT")
    writer.close()


def test_never_replaces_a_file(tandem: Tandem, url: str, tmp_path: Path) -> None:
    """A file of the name stays as it is."""
    (tmp_path / "copy.db").write_text("yesterday")
    result = tandem("backup", "copy.db", url=url)
    assert (result.exit_code, (tmp_path / "copy.db").read_text()) == (1, "yesterday")
    assert "never replaces a file" in result.stderr


def test_of_a_damaged_database(tandem: Tandem, url: str, tmp_path: Path) -> None:
    """Damage is told, and leaves no file that looks like a backup."""
    path = sqlite_path(url)
    assert path
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'uq_product_slug'").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * _PAGE)
        file.write(b"\xff" * _PAGE)
    result = tandem("backup", "copy.db", url=url)
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "damaged" in result.stderr


def test_of_dangling_rows(tandem: Tandem, url: str, tmp_path: Path) -> None:
    """A database of which a row refers to nothing is damaged: a restored one would fail at its next migration."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:  # foreign keys are off by default
        connection.execute("UPDATE product_variant SET product_id = 99")
    connection.close()
    result = tandem("backup", "copy.db", url=url)
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "a row refers to a row that is not there" in result.stderr


def test_refusals(tandem: Tandem, url: str) -> None:
    """Without a folder, without a database and with PostgreSQL it says what to do instead."""
    for target, database, message in (
        ("nowhere/copy.db", url, "There is no folder nowhere."),
        ("copy.db", "sqlite:///nothing.db", "There is no database at nothing.db."),
        ("copy.db", NOWHERE, "pg_dump"),
    ):
        result = tandem("backup", target, url=database)
        assert result.exit_code == 1
        assert message in result.stderr
    assert not Path("nothing.db").exists()
