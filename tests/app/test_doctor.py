"""`tandem doctor`: a line a check, and an exit code that says whether there is something to mend."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text

from app.domain.unit_of_work import Database, Engine, Statement
from app.stores import checkup
from app.stores.checkup import CheckFailed, check_clock
from app.stores.database import microseconds, sqlite_path
from app.stores.local_blobs import DiskBlobs
from tests.command_line import Tandem
from tests.conftest import Run
from tests.databases import Databases, execute
from tests.redis_server import RedisServer

NOWHERE = "postgresql://postgres@127.0.0.1:1/nothing"
_HOUR = 3_600_000_000


def doctor_lines(result: Result) -> dict[str, tuple[str, str]]:
    """What each check said: `ok` or `mend`, and its text."""
    return {line.split()[1]: (line.split()[0], line[16:]) for line in result.stdout.splitlines()}


def test_sound(tandem: Tandem, database_url: str, engine: Engine) -> None:
    """Nothing is to be mended; the files' folder holds nothing afterwards."""
    result = tandem("doctor", url=database_url)
    assert result.exit_code == 0, result.output
    lines = doctor_lines(result)
    workers = ["workers"] if engine == "postgresql" else []
    assert list(lines) == ["settings", "database", *workers, "schema", "clock", "files"]
    assert {state for state, _ in lines.values()} == {"ok"}
    assert lines["database"][1].startswith("SQLite" if engine == "sqlite" else "PostgreSQL")
    assert not [path for path in Path("var/files").rglob("*") if path.is_file()]


def test_not_migrated(tandem: Tandem, databases: Databases, engine: Engine) -> None:
    """An empty database needs `tandem migrate`."""
    url = databases.create(engine, empty=True)
    if path := sqlite_path(url):
        path.touch()
    result = tandem("doctor", url=url)
    assert result.exit_code == 1
    assert doctor_lines(result)["schema"] == ("mend", "The database is not migrated; run `tandem migrate`.")


@pytest.mark.parametrize("url", ["sqlite:///nothing.db", NOWHERE])
def test_no_database(tandem: Tandem, url: str) -> None:
    """A database that is away is one fault, and is not created; files are checked all the same."""
    result = tandem("doctor", url=url)
    assert result.exit_code == 1
    lines = doctor_lines(result)
    assert {name: state for name, (state, _) in lines.items()} == {"settings": "ok", "database": "mend", "files": "ok"}
    assert not Path("nothing.db").exists()


def test_damaged(tandem: Tandem, databases: Databases) -> None:
    """A file that is no database is told as damaged."""
    url = databases.create("sqlite")
    path = sqlite_path(url)
    assert path
    path.write_bytes(b"no database" * 1000)
    state, told = doctor_lines(tandem("doctor", url=url))["database"]
    assert state == "mend"
    assert "restore a backup" in told


def test_encoding(tandem: Tandem, databases: Databases) -> None:
    """A database that cannot hold every letter is told before anything is stored in it."""
    url = databases.create("postgresql", empty=True)
    name = url.rpartition("/")[2]
    options = "ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    execute(databases.server, f"DROP DATABASE {name}", f"CREATE DATABASE {name} {options}")
    result = tandem("doctor", url=url)
    assert (result.exit_code, doctor_lines(result)["database"]) == (
        1,
        ("mend", "The encoding of the database is SQL_ASCII; create it with ENCODING 'UTF8'."),
    )


def test_old_server(tandem: Tandem, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is too old is told with its version."""
    monkeypatch.setattr(checkup, "_SERVER", Statement(text("SELECT 120017, '12.17', 'UTF8', false")))
    result = tandem("doctor", url=databases.create("postgresql"))
    assert (result.exit_code, doctor_lines(result)["database"]) == (
        1,
        ("mend", "PostgreSQL 12.17 is too old; use 13 or newer."),
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("TANDEM_DATABSE_URL", "sqlite:///x.db", "TANDEM_DATABSE_URL is not a setting; TANDEM_DATABASE_URL is."),
        ("TANDEM_PORT", "many", "TANDEM_PORT"),
        ("TANDEM_WORKERS", "2", "TANDEM_REDIS_URL"),
        ("TANDEM_DATABASE_REPLICA_URLS", NOWHERE, "needs a primary, a postgresql:// in TANDEM_DATABASE_URL."),
        ("TANDEM_GRAPHQL_DOCUMENTS", "nowhere", "TANDEM_GRAPHQL_DOCUMENTS: there is no folder nowhere."),
    ],
)
def test_settings(
    tandem: Tandem, databases: Databases, monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    """What is wrong with a setting is told by its name."""
    monkeypatch.setenv(name, value)
    result = tandem("doctor", url=databases.create("sqlite"))
    state, told = doctor_lines(result)["settings"]
    assert (result.exit_code, state) == (1, "mend")
    assert message in told


def test_files(tandem: Tandem, databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A store that cannot be written is told, with the system's reason."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("TANDEM_FILES_URL", (tmp_path / "file").as_uri())
    result = tandem("doctor", url=databases.create("sqlite"))
    state, told = doctor_lines(result)["files"]
    assert (result.exit_code, state) == (1, "mend")
    assert "file" in told


def test_files_that_change(tandem: Tandem, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that returns other bytes than were written is a fault."""

    async def read(_blobs: DiskBlobs, _name: str) -> AsyncIterator[bytes]:
        yield b"other"

    monkeypatch.setattr(DiskBlobs, "read", read)
    state, told = doctor_lines(tandem("doctor", url=databases.create("sqlite")))["files"]
    assert (state, told) == ("mend", "The store of files returned other bytes than were written.")


def test_redis(
    tandem: Tandem, databases: Databases, monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer
) -> None:
    """Redis answers, or does not."""
    url = databases.create("sqlite")
    monkeypatch.setenv("TANDEM_REDIS_URL", redis_server.url)
    assert doctor_lines(tandem("doctor", url=url))["redis"][0] == "ok"
    redis_server.stop()
    state, told = doctor_lines(tandem("doctor", url=url))["redis"]
    assert state == "mend"
    assert f"connecting to 127.0.0.1:{redis_server.port}" in told


def test_workers(
    tandem: Tandem, databases: Databases, monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer
) -> None:
    """More workers than PostgreSQL takes connections of are a fault."""
    url = databases.create("postgresql")
    monkeypatch.setenv("TANDEM_REDIS_URL", redis_server.url)
    monkeypatch.setenv("TANDEM_WORKERS", "500")
    lines = doctor_lines(tandem("doctor", url=url))
    state, told = lines["workers"]
    assert (state, lines["schema"][0], lines["clock"][0]) == ("mend", "ok", "ok")
    assert "500 workers open up to 12000" in told


@pytest.mark.parametrize("secret", ["pa/ss", "pa?ss", "pa#ss", "p@ss", "5/5", "5?5"])
@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("TANDEM_DATABASE_URL", "postgresql://tandem:{}@127.0.0.1/shop"),
        ("TANDEM_DATABASE_REPLICA_URLS", "postgresql://tandem:{}@127.0.0.1/shop"),
        ("TANDEM_REDIS_URL", "redis://:{}@127.0.0.1/0"),
        ("TANDEM_REDIS_URL", "redis+sentinel://:{}@127.0.0.1:26379/shop/0"),
    ],
)
def test_passwords(tandem: Tandem, monkeypatch: pytest.MonkeyPatch, name: str, url: str, secret: str) -> None:
    """A password with characters that end it early is a fault of its setting, told without a part of it."""
    monkeypatch.setenv(name, url.format(secret))
    result = tandem("doctor", url=url.format(secret)) if name == "TANDEM_DATABASE_URL" else tandem("doctor")
    state, told = doctor_lines(result)["settings"]
    assert state == "mend"
    assert (
        told
        == f"{name}: must be a URL; ports are numbers, special characters of a password are percent-encoded (%2F for /)"
    )


def test_session_target(tandem: Tandem) -> None:
    """A misspelt `target_session_attrs` is told with those that there are."""
    state, told = doctor_lines(tandem("doctor", url="postgresql://a,b/shop?target_session_attrs=primry"))["settings"]
    assert state == "mend"
    assert "must be one of any, primary, standby, read-write" in told


def test_clock(tandem: Tandem, database_url: str, database: Database, engine: Engine, run: Run[Any]) -> None:
    """A clock that is behind the newest change is a fault; so is one that is not the database server's."""
    tandem("import", "-", url=database_url, stdin='{"sku": "a", "name": "A", "price": 1}\n')
    run(check_clock(database, microseconds))
    with pytest.raises(CheckFailed, match="The newest change is 3,600 s ahead"):
        run(check_clock(database, lambda: microseconds() - _HOUR))
    if engine == "postgresql":
        with pytest.raises(CheckFailed, match="3,600 s apart"):
            run(check_clock(database, lambda: microseconds() + _HOUR))
