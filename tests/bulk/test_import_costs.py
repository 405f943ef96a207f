"""What an import costs, in statements: seconds differ by machine, statements do not."""

import io
from itertools import pairwise
from typing import Any

import pytest

from app.bulk import import_files, import_runner
from app.domain.bulk.imports import Report
from app.domain.unit_of_work import Database
from tests import lines
from tests.conftest import Run

SIZE, BATCHES = 1_000, 4


def test_statements(database: Database, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand lines cost as many statements as ever, however many products there are; fewer if nothing changes."""
    monkeypatch.setattr(import_runner, "MAX_LINES", SIZE)
    text = "".join(lines.texts(SIZE * BATCHES)).encode()

    def costs() -> list[int]:
        """The statements of each batch."""
        counted = [database.statements]

        def progress(_report: Report, _size: int) -> None:
            counted.append(database.statements)

        run(import_runner.run(database, import_files.read(io.BytesIO(text)), progress))
        return [after - before for before, after in pairwise(counted)]

    _, *made = costs()  # the first one makes the categories
    assert max(made) <= 12
    assert max(costs()) <= 5
