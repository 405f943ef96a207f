"""The command line: what each command does, prints and exits with."""

import json
import re
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain.catalogue import categories, product_rows, products
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Database, Statement, Unit
from app.settings import Settings
from seed import loader
from tests import processes
from tests.command_line import Tandem
from tests.conftest import Run
from tests.databases import Databases

NOWHERE = "postgresql://postgres@127.0.0.1:1/nothing"


async def summary(database: Database) -> tuple[int | None, int | None, Decimal]:
    """How many products and categories there are, and the sum of the prices."""
    price = ("price",)
    everything, prices, window = products.Filter(), Decimal(0), Window(1000)
    while True:
        page = await database.read(
            lambda u: paging.page(u, products.LISTING, everything, Sort(), window, price, total=True)  # noqa: B023
        )
        prices += sum((Decimal(row[2]) for row in page.rows), Decimal(0))
        if not page.has_next:
            break
        window = Window(1000, after=page.cursor(page.rows[-1]))
    nodes = await database.read(
        lambda u: paging.page(u, categories.LISTING, categories.Filter(), Sort(), Window(1), ("id",), total=True)
    )
    return page.total, nodes.total, prices / 10_000


async def pictured(unit: Unit) -> int:
    """How many products have an image."""
    ((count,),) = await unit.all(Statement(select(func.count(product_rows.p.image_sha256))))
    return int(count)


@pytest.mark.slow
def test_import(tandem: Tandem, database_url: str, database: Database, run: Run[Any], bestbuy: Path) -> None:
    """A real catalogue lands whole, a second import changes nothing, and a dry run foretells both."""
    steps: list[tuple[tuple[str, ...], str]] = [
        (("--dry-run",), "3291 created, 0 updated, 0 unchanged, 0 bad"),
        ((), "3291 created, 0 updated, 0 unchanged, 0 bad"),
        ((), "0 created, 0 updated, 3291 unchanged, 0 bad"),
        (("--dry-run",), "0 created, 0 updated, 3291 unchanged, 0 bad"),
    ]
    expected = (0, 0, Decimal(0))
    for arguments, outcome in steps:
        result = tandem("import", str(bestbuy), *arguments, url=database_url)
        assert (result.exit_code, result.stdout) == (0, f"{outcome}\n")
        expected = expected if arguments else (3291, 66, Decimal("288008.58"))
        assert run(summary(database)) == expected


def test_import_with_bad_lines(tandem: Tandem, database_url: str, tmp_path: Path) -> None:
    """Bad lines are told with number, field and code; good lines land; the exit says that some were bad."""
    file = tmp_path / "catalogue.csv"
    file.write_text("sku,name,price\na,A,1.50\nb,B,0\nc,C,JPY,5\nd,D,2\n")
    result = tandem("import", str(file), url=database_url)
    assert (result.exit_code, result.stdout) == (1, "2 created, 0 updated, 0 unchanged, 2 bad\n")
    assert result.stderr.splitlines() == [
        "line 3, price: validation_failed: `price` must be above 0 and at most 999999999.99.",
        "line 4: malformed_request: The line is longer than the header, which names 3 columns.",
    ]


def test_import_from_stdin(tandem: Tandem, database_url: str) -> None:
    """`-` is stdin, in either format."""
    line = json.dumps({"sku": "a", "name": "A", "price": 1})
    assert tandem("import", "-", url=database_url, stdin=line).output == "1 created, 0 updated, 0 unchanged, 0 bad\n"
    csv = "sku,price\na,2\n"
    assert tandem("import", "-", url=database_url, stdin=csv).output == "0 created, 1 updated, 0 unchanged, 0 bad\n"
    assert tandem("import", "-", url=database_url, stdin="").output == "0 created, 0 updated, 0 unchanged, 0 bad\n"
    refused = tandem("import", "-", url=database_url, stdin="hello\n")
    assert refused.exit_code == 2
    assert "it is not `sku`" in refused.stderr


def test_import_from_a_shop(tandem: Tandem, database_url: str) -> None:
    """A file of a shop lands as it says, with its handle as sku where it has none, and stderr says what was changed."""
    file = "Handle,Title,Variant Price\nlamp,Lamp,5\n"
    landed = tandem("import", "-", "--currency", "EUR", url=database_url, stdin=file)
    assert (landed.exit_code, landed.stdout) == (0, "1 created, 0 updated, 0 unchanged, 0 bad\n")
    assert "FILE was read as a Shopify export: 1 product, 1 variant, 0 images" in landed.stderr
    assert "1 sku generated where there is none" in landed.stderr
    (line,) = map(json.loads, tandem("export", url=database_url).stdout.splitlines())
    shown = {name: line[name] for name in ("sku", "name", "price", "currency", "slug", "status")}
    assert shown == {
        "sku": "lamp",
        "name": "Lamp",
        "price": 5,
        "currency": "EUR",
        "slug": "lamp",
        "status": "active",
    }


def test_documents_that_commands_name(tandem: Tandem) -> None:
    """A document that the help of a command names is there."""
    folder = Path(__file__).parents[2]
    named = re.findall(r"docs/\S+\.md", " ".join(tandem("import", "--help").stdout.split()))
    assert named
    assert all((folder / one).is_file() for one in named)


def test_import_needs_a_file(tandem: Tandem) -> None:
    """A missing file or argument is wrong usage."""
    assert tandem("import").exit_code == 2
    assert tandem("import", "nothing.ndjson").exit_code == 2


@pytest.mark.slow
def test_seed(tandem: Tandem, database_url: str, database: Database, run: Run[Any]) -> None:
    """The seed catalogue lands whole, each product with its picture, where there are no products; else not at all."""
    assert tandem("seed", url=database_url).stderr.startswith("Seeded: ")
    seeded = run(summary(database))
    assert seeded[0] > 150
    assert seeded[1] > 10
    assert run(database.read(pictured)) == seeded[0]
    again = tandem("seed", url=database_url)
    assert (again.exit_code, again.stderr) == (0, "The catalogue already has products: nothing was seeded.\n")
    assert run(summary(database)) == seeded


@pytest.mark.slow
def test_seed_fills_in_pictures(
    tandem: Tandem, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once pictures can be stored, `tandem seed` stores those that are missing, and those that the store lost."""
    url, blocked, files = databases.create("sqlite"), tmp_path / "file", tmp_path / "files"
    blocked.touch()
    monkeypatch.setenv("TANDEM_FILES_URL", blocked.as_uri())
    tandem("seed", url=url)
    monkeypatch.setenv("TANDEM_FILES_URL", files.as_uri())
    assert (
        tandem("seed", url=url).stderr
        == f"Seeded: {sum(map(len, loader.pictures().values()))} pictures that were missing\n"
    )
    for path in [path for path in files.rglob("*") if path.is_file()][:3]:
        path.unlink()
    assert tandem("seed", url=url).stderr == "Seeded: 3 pictures that were missing\n"
    assert tandem("seed", url=url).stderr == "The catalogue already has products: nothing was seeded.\n"


@pytest.mark.slow
def test_seed_remove(
    tandem: Tandem,
    database_url: str,
    database: Database,
    run: Run[Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The demo goes with its categories; other products, products that were renamed, and their categories stay."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("TANDEM_FILES_URL", (tmp_path / "file").as_uri())
    tandem("seed", url=database_url)
    ours, renamed = loader.lines()[:2]
    own = {"sku": "OWN-1", "name": "Ours", "price": 1, "currency": "USD", "categories": ours.categories}
    other = {"sku": renamed.sku, "name": "Renamed", "price": 1, "currency": "USD"}
    tandem("import", "-", url=database_url, stdin="\n".join(map(json.dumps, (own, other))))
    removed = tandem("seed", "--remove", url=database_url)
    assert (removed.exit_code, removed.stderr) == (0, f"Removed: {len(loader.lines()) - 1} products\n")
    assert run(summary(database))[:2] == (2, ours.categories[0].count(">") + 1)
    assert tandem("seed", "--remove", url=database_url).stderr == "Removed: 0 products\n"


def test_migrate(tandem: Tandem, tmp_path: Path) -> None:
    """The default database is a file below the folder that the command runs in; migrating it again is harmless."""
    for _ in range(2):
        assert tandem("migrate").exit_code == 0
    with sqlite3.connect(tmp_path / "var" / "tandem.db") as connection:
        assert connection.execute("SELECT count(*) FROM product").fetchone() == (0,)
    connection.close()


def test_seed_without_a_place_for_pictures(
    tandem: Tandem, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pictures cannot be stored the catalogue lands all the same, and it is said."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("TANDEM_FILES_URL", (tmp_path / "file").as_uri())
    told = tandem("seed", url=databases.create("sqlite")).stderr.splitlines()
    assert [line.split(":")[0] for line in told] == [
        "The pictures cannot be stored; run `tandem seed` again once they can",
        "Seeded",
    ]


@pytest.mark.parametrize("command", [("seed",), ("import", "-")])
def test_not_migrated(tandem: Tandem, databases: Databases, engine: Any, command: tuple[str, ...]) -> None:
    """On a database without tables, or with those of an older release, commands say what to do."""
    url = databases.create(engine, empty=True)
    result = tandem(*command, url=url, stdin="{}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: The database is not migrated; run `tandem migrate`.\n"


@pytest.mark.parametrize("command", ["seed", "migrate"])
@pytest.mark.parametrize("url", [NOWHERE, "sqlite:////dev/null/x.db"])
def test_no_database(tandem: Tandem, command: str, url: str) -> None:
    """A database that is away, or cannot be, is said in one line."""
    result = tandem(command, url=url)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The database ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("url", ["mysql://here", "postgresql://postgres@127.0.0.1:port/x"])
def test_settings_at_fault(tandem: Tandem, url: str) -> None:
    """A setting that cannot be is named."""
    result = tandem("migrate", url=url)
    assert result.exit_code == 2
    assert "TANDEM_DATABASE_URL" in result.stderr


def test_serve_help(tandem: Tandem) -> None:
    """Every setting is listed with its default."""
    text = tandem("serve", "--help").stdout
    for name, field in Settings.model_fields.items():
        assert f"TANDEM_{name.upper()} (default: {field.get_default()})" in text


def test_workers_share_their_limits(tandem: Tandem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several workers start only where they count requests together, or not at all."""
    started: list[dict[str, Any]] = []
    monkeypatch.setattr("uvicorn.run", lambda app, **options: started.append(options))
    refused = tandem("serve", "--workers", "2")
    assert refused.exit_code == 2
    assert "TANDEM_REDIS_URL" in refused.stderr
    assert started == []
    monkeypatch.setenv("TANDEM_RATE_LIMIT", "off")
    assert tandem("serve", "--workers", "2", "--host", "::1", "--port", "0").exit_code == 0
    assert (started[0]["workers"], started[0]["host"], started[0]["port"]) == (2, "::1", 0)


def test_report_in_place_of_the_file(tandem: Tandem, tmp_path: Path) -> None:
    """A report replaces the one of an earlier import, but never the lines of its own."""
    url = f"sqlite:///{tmp_path / 'tandem.db'}"
    assert tandem("migrate", url=url).exit_code == 0
    file, report = tmp_path / "lamps.ndjson", tmp_path / "report.ndjson"
    file.write_text("{}\n")
    report.write_text("An older, longer report.\n" * 100)
    refused = tandem("import", str(file), "--report", str(file), url=url)
    assert (refused.exit_code, file.read_text()) == (2, "{}\n")
    assert "--report" in refused.stderr
    assert tandem("import", str(file), "--report", str(report), url=url).exit_code == 1
    assert {json.loads(line)["line"] for line in report.read_text().splitlines()} == {1}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_no_room(database_url: str) -> None:
    """A report or an export that finds no room for itself is said to, and not the database to be at fault."""
    with Path("/dev/full").open("wb") as full:
        made = processes.run(database_url, "import", "-", "--report", "/dev/full", input=b"{}\n")
        assert made.stderr == (
            b"Error: The report cannot be written: No space left on device."
            b" Before that: 0 created, 0 updated, 0 unchanged, 1 bad; to continue, import the whole file again.\n"
        )
        written = processes.run(database_url, "export", "--format", "csv", stdout=full)
    assert (made.returncode, written.returncode) == (1, 1)
    assert written.stderr == b"Error: The export cannot be written: No space left on device.\n"


def test_report_that_cannot_be_written(tandem: Tandem, tmp_path: Path) -> None:
    """An import whose report has no place to go ends before its first line, and names the place."""
    url = f"sqlite:///{tmp_path / 'tandem.db'}"
    assert tandem("migrate", url=url).exit_code == 0
    lines = '{"sku": "a", "name": "Lamp", "price": 1}\n{}\n'
    refused = tandem("import", "-", "--report", "nowhere/report.ndjson", url=url, stdin=lines)
    assert refused.exit_code == 2
    assert "nowhere/report.ndjson" in refused.stderr
    assert tandem("export", url=url).stdout == ""
