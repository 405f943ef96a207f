"""A page of the log, or a step of one who follows it, looks at a bounded number of changes, whatever is wanted."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.callers import ANONYMOUS, EVERYONE
from app.domain.changes import log, reading, runs
from app.domain.changes.change_log import ChangeLog
from app.domain.changes.log import NewChange, Type
from app.domain.changes.reading import Filter, Page
from app.domain.unit_of_work import Database
from tests.conftest import Run

HOUR = 3_600_000_000
BATCHES, SIZE = 30, runs.MAX_RUN
NONE = frozenset({"order.placed"})


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids that were read of the texts of batches."""
    ids: list[int] = []
    decode = runs.decode

    def counted(text: str) -> Iterator[tuple[int, int]]:
        for one in decode(text):
            ids.append(one[0])
            yield one

    monkeypatch.setattr(runs, "decode", counted)
    return ids


def _write(database: Database, run: Run[Any], public_type: str | None = None) -> ChangeLog:
    """Thirty batches of the products with even ids, each of a thousand."""
    edited = NewChange(Type.PRODUCT_UPDATED, members="price", public_type=public_type)
    versions = [(2 * n, 2) for n in range(1, SIZE + 1)]

    async def write() -> None:
        for _ in range(BATCHES):
            await database.write(lambda unit: log._write_alike(unit, edited, versions))  # noqa: SLF001 - the service batches too

    run(write())
    return ChangeLog(database, HOUR)


@pytest.mark.parametrize(
    "wanted", [Filter(NONE), Filter(None, ("category", 4)), Filter(None, ("product", 2 * SIZE + 1))]
)
def test_what_cannot_be_there(database: Database, run: Run[Any], decoded: list[int], wanted: Filter) -> None:
    """A batch that cannot hold what is wanted is skipped as a whole, and the page reaches the end of the log."""
    changes = _write(database, run)
    page: Page = run(changes.page(None, EVERYONE, wanted, 20))
    assert (page.changes, page.more, decoded) == ([], False, [])


def test_what_may_be_there(database: Database, run: Run[Any], decoded: list[int]) -> None:
    """Where each batch may hold it, a page looks at some of them; the pages together reach the end, and it costs."""
    changes, page, pages = _write(database, run), None, 0
    while page is None or page.more:
        before = len(decoded)
        page = run(changes.page(page and page.next.cursor, EVERYONE, Filter(None, ("product", 3)), 20))
        assert (page.changes, page.is_scan) == ([], page.more)
        assert len(decoded) - before <= reading.MAX_SCANNED + SIZE
        pages += 1
    assert pages == BATCHES * SIZE // reading.MAX_SCANNED


def test_who_follows(database: Database, run: Run[Any], decoded: list[int]) -> None:
    """A step of one who follows ends there, too, so that it can be charged."""
    changes = _write(database, run)

    async def follow() -> Page:
        async with changes.following(None, EVERYONE, Filter(None, ("product", 3))) as follower:
            return await follower.next(20, 60)

    page: Page = run(follow())
    assert page.is_scan
    assert len(decoded) <= reading.MAX_SCANNED + SIZE


def test_what_is_hidden(database: Database, run: Run[Any], decoded: list[int]) -> None:
    """Batches of drafts are skipped as wholes for those who see none."""
    changes = _write(database, run, public_type="")
    page: Page = run(changes.page(None, ANONYMOUS, Filter(), 20))
    assert (page.changes, page.more, decoded) == ([], False, [])
