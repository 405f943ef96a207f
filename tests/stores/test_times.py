"""The migration to times of categories and orders, on a filled database, cut off and run again."""

from collections.abc import Iterator

import pytest

from app.domain.catalogue import categories
from app.domain.orders import orders
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Engine
from app.stores.database import open_database
from app.stores.migrate import Upgrade, migrate
from tests.conftest import Run
from tests.databases import Databases, execute

_ROWS = (
    "INSERT INTO category (name, name_key, words, slug, version) VALUES ('Tea', 'tea', ' tea', 'tea', 1)",
    "INSERT INTO purchase (caller, status, currency, total, created_at) VALUES ('me', 'cancelled', 'EUR', 100, 5)",
)


class _CutOff(Exception):
    """Stands for a kill."""


def test_cut_off(databases: Databases, engine: Engine, run: Run[object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is cut off, another run ends it; what it finds, and what a server of before adds, has no times."""
    url = databases.create(engine, empty=True)
    migrate(url, "0026")
    execute(url, *_ROWS)
    whole = Upgrade._commit  # noqa: SLF001
    for steps in range(1, 4):
        left = iter(range(steps))

        def commit(upgrade: Upgrade, left: Iterator[int] = left, last: int = steps - 1) -> None:
            whole(upgrade)
            if next(left) == last:
                raise _CutOff

        monkeypatch.setattr(Upgrade, "_commit", commit)
        with pytest.raises(_CutOff):
            migrate(url, "0027")
    monkeypatch.undo()
    migrate(url, "0027")
    execute(url, _ROWS[0].replace("Tea", "Pot").replace("'tea", "'pot").replace(" tea", " pot"))
    assert run(_listed(url, None)) == ([1, 2], [1])
    assert run(_listed(url, 1)) == ([], [1])
    assert run(_listed(url, 6)) == ([], [])


async def _listed(url: str, since: int | None) -> tuple[list[int], list[int]]:
    """The categories and orders that were updated since a time."""
    database = open_database(url)
    found = []
    for listing, narrowed in (
        (categories.LISTING, categories.Filter(updated_since=since)),
        (orders.LISTING, orders.Filter("me", updated_since=since)),
    ):
        page = await database.read(lambda unit: paging.page(unit, listing, narrowed, Sort(), Window(), ("id",)))  # noqa: B023
        found.append([row[1] for row in page.rows])
    await database.close()
    return found[0], found[1]
