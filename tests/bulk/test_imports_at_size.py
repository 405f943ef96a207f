"""Imports of many lines: their memory, being killed, bad lines among good ones, and others who write meanwhile."""

import asyncio
import io
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text as sql_text

from app.bulk import import_files, import_runner
from app.cli import main
from app.commands.progress import Progress
from app.domain.bulk.imports import Report
from app.domain.catalogue import product_edits, products
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Database, Engine, Statement
from app.stores.database import open_database
from tests import lines, processes
from tests.conftest import Run
from tests.databases import Databases
from tests.lines import everything
from tests.servers import until

pytestmark = pytest.mark.slow


_MEBIBYTE = 2**20


def test_memory(databases: Databases, engine: Engine, tmp_path: Path) -> None:
    """30,000 lines take little more memory than 100, since caches fill. `make prove` measures 100,000."""
    few, many = (lines.write(tmp_path / f"{n}.ndjson", n) for n in (100, 30_000))
    urls = [databases.create(engine) for _ in range(2)]
    small, large = (processes.peak(url, "import", str(file)) for url, file in zip(urls, (few, many), strict=True))
    assert large - small < 112 * _MEBIBYTE


def test_killed(databases: Databases, engine: Engine, database: Database, run: Run[Any], tmp_path: Path) -> None:
    """Killed with -9 in the middle and run again, an import leaves the catalogue of an undisturbed run."""
    file = lines.write(tmp_path / "many.ndjson", 6_000)
    url = databases.create(engine)
    disturbed = open_database(url)
    process = processes.start(url, "import", str(file))
    while not (landed := len(run(everything(disturbed)))):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.kill()
    process.communicate()
    landed = len(run(everything(disturbed)))
    assert 0 < landed < 6_000
    again = CliRunner(env={"TANDEM_DATABASE_URL": url}).invoke(main, ["import", str(file)])
    assert again.stdout == f"{6_000 - landed} created, 0 updated, {landed} unchanged, 0 bad\n"
    with file.open("rb") as stream:
        run(import_runner.run(database, import_files.read(stream), lambda *_: None))
    assert run(everything(disturbed)) == run(everything(database))
    run(disturbed.close())


def test_bad_lines(database_url: str, database: Database, run: Run[Any], tmp_path: Path) -> None:
    """A file with 50 bad lines lands the rest, and its report names each with number, field and code."""
    good = [json.dumps(lines.line(number)) for number in range(2_000)]
    bad_lines = {
        "price": '{{"sku": "B{0}", "name": "Bad", "price": 0}}',
        "name": '{{"sku": "B{0}", "price": 1}}',
        "stock": '{{"sku": "B{0}", "name": "Bad", "price": 1, "stock": "many"}}',
        "categories.0": '{{"sku": "B{0}", "name": "Bad", "price": 1, "categories": [5]}}',
        "": "{{{0}",
    }
    expected = []
    for number in range(50):
        field = list(bad_lines)[number % 5]
        good.insert(number * 37, bad_lines[field].format(number))
    for number, text in enumerate(good, 1):
        if '"S' not in text:
            field = next(field for field, bad in bad_lines.items() if bad.format(*_digits(text)) == text)
            expected.append((number, field, "validation_failed" if field else "malformed_request"))
    file, report = tmp_path / "bad.ndjson", tmp_path / "report.ndjson"
    file.write_text("\n".join(good))
    arguments = ["import", str(file), "--report", str(report)]
    result = CliRunner(env={"TANDEM_DATABASE_URL": database_url}).invoke(main, arguments)
    assert (result.exit_code, result.stdout) == (1, "2000 created, 0 updated, 0 unchanged, 50 bad\n")
    told = [json.loads(line) for line in report.read_text().splitlines()]
    assert [(record["line"], record["field"], record["code"]) for record in told] == expected
    assert all(record["message"] for record in told)
    assert [item["sku"] for item in run(everything(database))] == [f"S{number}" for number in range(2_000)]


def test_many_at_once(database: Database, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports of the same products, each in an order of its own, take turns: no batch is tried twice."""
    monkeypatch.setattr(import_runner, "MIN_LINES", 100)
    monkeypatch.setattr(import_runner, "MAX_LINES", 100)
    monkeypatch.setattr(import_runner, "_ATTEMPTS", 1)
    total, reports = 2_000, list[Report]()

    async def imported(number: int) -> None:
        texts = list(lines.texts(total))
        random.Random(number).shuffle(texts)
        stream = io.BytesIO("".join(texts).encode())
        await import_runner.run(database, import_files.read(stream), lambda report, _: reports.append(report))

    async def all_of_them() -> None:
        await asyncio.gather(*map(imported, range(8)))

    run(all_of_them())
    assert sum(report.created for report in reports) == total
    assert sum(report.unchanged for report in reports) == 7 * total
    assert len(run(everything(database))) == total


def test_stopped_by_the_database(databases: Databases, engine: Engine, run: Run[Any]) -> None:
    """What stops an import is told in a line, with what landed before."""
    url = databases.create(engine)
    process = processes.start(url, "import", "-")
    assert process.stdin is not None
    texts = list(lines.texts(3_500))
    process.stdin.writelines(texts[:2_500])
    process.stdin.flush()
    database = open_database(url)
    until(lambda: len(run(everything(database))) >= 2_000)
    run(database.write(lambda unit: unit.all(Statement(sql_text("ALTER TABLE product RENAME TO gone")))))
    run(database.close())
    process.stdin.writelines(texts[2_500:])
    stdout, stderr = process.communicate()
    assert (process.returncode, stdout) == (1, "")
    assert re.fullmatch(
        r"Error: The database is not migrated; run `tandem migrate`\. Before that: 2000 created, 0 updated,"
        r" 0 unchanged, 0 bad; to continue, import the whole file again\.\n",
        stderr,
    ), stderr


def _feed(stdin: IO[str]) -> None:
    with suppress(BrokenPipeError, ValueError):
        stdin.writelines(lines.texts(10**9))


def test_interrupted(databases: Databases, engine: Engine, run: Run[Any]) -> None:
    """Ctrl-C ends an import with a word of what landed before, which is what an import of the whole file then finds."""
    url = databases.create(engine)
    process = processes.start(url, "import", "-")
    feeder = threading.Thread(target=_feed, args=(process.stdin,))
    feeder.start()  # the lines do not end before it is interrupted
    database = open_database(url)
    until(lambda: len(run(everything(database))) >= 2_000)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate()
    feeder.join()
    told = re.search(
        r"Error: Interrupted\. Before that: (\d+) created, .+; to continue, import the whole file again\.\n", stderr
    )
    assert (process.returncode, stdout) == (1, "")
    assert told, stderr
    assert int(told[1]) <= len(run(everything(database)))
    run(database.close())


def test_others_write_meanwhile(databases: Databases, engine: Engine, run: Run[Any], tmp_path: Path) -> None:
    """While a process imports, another gets to write between its batches, whenever it wants to."""
    url = databases.create(engine)
    database = open_database(url)
    edit: product_edits.Edit = {"name": "Kettle", "price": 10_000, "stock": 0}
    kettle = run(database.write(lambda unit: products.create(unit, edit)))
    total = 20_000  # at least six batches: of 1,000 lines, 1,000, and at most twice as many each time
    process = processes.start(url, "import", str(lines.write(tmp_path / "many.ndjson", total)))

    async def writes() -> list[int]:
        """How many products there were at each write that landed, until all were there."""
        seen = [0]
        while seen[-1] < total and process.poll() is None:
            await database.write(lambda unit: products.adjust_stock(unit, kettle, 1))
            page = await database.read(
                lambda unit: paging.page(
                    unit, products.LISTING, products.Filter(), Sort(), Window(1), ("id",), total=True
                ),
                long=True,
            )
            seen.append((page.total or 1) - 1)
        return seen

    seen = run(writes())
    output = process.communicate()
    assert process.returncode == 0, output
    between = {landed for landed in seen if 0 < landed < total}
    assert len(between) >= 3, seen
    run(database.close())


def test_progress(capsys: pytest.CaptureFixture[str]) -> None:
    """Off a terminal a line tells every 10,000 lines, with the rate, and the time left where the length is known."""
    ticks = count(0.0, 1.0)
    progress = Progress(400, clock=lambda: next(ticks))
    for _ in range(4):
        progress(Report(created=5_000), 50)
    assert capsys.readouterr().err.splitlines() == [
        "10000 lines: 10000 created, 0 updated, 0 unchanged, 0 bad (10000 lines/s, 0:00:06 left)",
        "20000 lines: 20000 created, 0 updated, 0 unchanged, 0 bad (6667 lines/s, 0:00:04 left)",
    ]


def test_progress_without_a_length(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a stream, whose length is not known, no time is told."""
    Progress(clock=count(0.0, 1.0).__next__)(Report(updated=10_000), 50)
    assert capsys.readouterr().err == "10000 lines: 0 created, 10000 updated, 0 unchanged, 0 bad (10000 lines/s)\n"


def test_images_that_are_not_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal names the first images that were not fetched; the count has all."""
    progress = Progress()
    for number in range(30):
        progress.warn(number, 0, "The host does not answer.")
    progress.images(1, 2)
    first, *others, last = capsys.readouterr().err.splitlines()
    assert (first, len(others)) == ("line 0, images.0: The host does not answer.", 19)
    assert last == "Images: 1 fetched, 2 already there, 30 not fetched: import the file again to retry them"


def test_a_terminal(database_url: str, tmp_path: Path) -> None:
    """On a terminal a bar tells how far it is, the rate and the time left."""
    file = lines.write(tmp_path / "many.ndjson", 40_000)  # more than a second's, or no time is left to be told
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "import", str(file)],
        env=os.environ | {"TANDEM_DATABASE_URL": database_url, "TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # Linux ends a terminal that nobody holds any more so
        while text := os.read(ours, 65536):
            shown += text
    os.close(ours)
    assert process.wait() == 0
    assert re.search(rb"Importing, [0-9,]+ lines/s  \[#+-+\] +\d+%  \d\d:\d\d:\d\d", shown), shown


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)[:1]
