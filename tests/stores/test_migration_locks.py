"""What migrations lock and remove, against what they say of it."""

import asyncio
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.migrations.costs import COSTS
from app.stores.migrate import Upgrade, migrate
from app.stores.revision import newest, revisions
from tests.command_line import Tandem
from tests.conftest import Run
from tests.databases import Databases, execute
from tests.locks import held

_WAITING = {
    "ShareLock": "writes",
    "ShareRowExclusiveLock": "writes",
    "ExclusiveLock": "writes",
    "AccessExclusiveLock": "reads and writes",
}
_LOCKS = text("""SELECT relname, mode FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE pid = pg_backend_pid() AND relkind = 'r' AND relnamespace = CAST('public' AS regnamespace)""")
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
_PARTS = text("""SELECT table_name, column_name, is_nullable, column_default IS NULL AND is_identity = 'NO'
    FROM information_schema.columns WHERE table_schema = 'public'""")
_BEFORE: set[str] = set()
"""Revisions that broke servers of the release before, when these could not go on anyway."""


class Watched:
    """A migration of an empty PostgreSQL database, looked at before and after each revision."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.locked: dict[str, dict[str, str]] = defaultdict(dict)
        self.columns: dict[str, dict[tuple[str, str], bool]] = {}
        """By revision, and by table and column: whether a row needs a value for it."""
        self.oldest: dict[str, str] = {}
        self._at, self._tables = revisions()[0], set[str]()
        commit, applied = Upgrade._commit, Upgrade._after_revision  # noqa: SLF001

        def watched_commit(upgrade: Upgrade) -> None:
            self._look(upgrade._connection)  # noqa: SLF001
            commit(upgrade)

        def watched_applied(upgrade: Upgrade, revision: str) -> None:
            applied(upgrade, revision)
            self._remember(upgrade._connection, revision)  # noqa: SLF001

        monkeypatch.setattr(Upgrade, "_commit", watched_commit)
        monkeypatch.setattr(Upgrade, "_after_revision", watched_applied)

    def _look(self, connection: Connection) -> None:
        mine = self.locked[self._at]
        for table, mode in connection.execute(_LOCKS):
            if table in self._tables and mode in _WAITING:
                mine[table] = min(mine.get(table, "writes"), _WAITING[mode])

    def _remember(self, connection: Connection, revision: str) -> None:
        self._tables = set(connection.execute(_TABLES).scalars())
        rows = connection.execute(_PARTS)
        self.columns[revision] = {(table, name): nullable == "NO" and bare for table, name, nullable, bare in rows}
        if "oldest_release" in self._tables:
            self.oldest[revision] = connection.execute(text("SELECT revision FROM oldest_release")).scalar_one()
        following = [one for one in revisions() if one > revision]
        self._at = following[0] if following else ""


@pytest.fixture(scope="module")
def watched(databases: Databases) -> Watched:
    """Such a migration."""
    with pytest.MonkeyPatch.context() as patch:
        made = Watched(patch)
        url = databases.create("postgresql", empty=True)
        migrate(url)
    return made


@pytest.mark.postgresql
def test_what_is_locked(watched: Watched) -> None:
    """Each revision locks the tables that it says, as it says."""
    told = {one: {locked.table: locked.waiting for locked in cost.locked} for one, cost in COSTS.items()}
    assert {one: found for one, found in watched.locked.items() if found} == {
        one: locked for one, locked in told.items() if locked
    }


@pytest.mark.postgresql
def test_what_is_removed(watched: Watched) -> None:
    """A revision only adds what servers of the release before can do without, or says that they have to stop."""
    breaking = {after for before, after in pairwise(revisions()) if _breaks(watched.columns, before, after)}
    assert {one for one in breaking if watched.oldest.get(one) != one} == _BEFORE


def test_what_breaks() -> None:
    """A column that is gone breaks, and one that needs a value; a new table, a default or a lifted need does not."""
    before = {("product", "id"): True, ("product", "name"): True}
    more = {"kept": {}, "lifted": {("product", "name"): False}, "table": {("tag", "id"): True}}
    columns = {"before": before, "gone": {("product", "id"): True}, "needed": before | {("product", "b"): True}}
    columns |= {name: before | changed for name, changed in more.items()}
    assert {name for name in columns if _breaks(columns, "before", name)} == {"gone", "needed"}


def _breaks(columns: dict[str, dict[tuple[str, str], bool]], before: str, after: str) -> bool:
    """Whether a column is gone, or a row of a table that was there needs a value that it did not."""
    old, new = columns[before], columns[after]
    tables = {table for table, _ in old}
    return bool(old.keys() - new.keys()) or any(
        needed and part[0] in tables and not old.get(part) for part, needed in new.items()
    )


def test_the_plan(tandem: Tandem, databases: Databases, engine: Any) -> None:
    """A dry run tells what each revision locks and for how long, and changes nothing; then each tells its time."""
    url = databases.create(engine, empty=True)
    migrate(url, "0019")
    if engine == "postgresql":
        execute(url, "UPDATE pg_class SET reltuples = 1000000 WHERE relname = 'product'")
    planned, repeated = (tandem("migrate", "--dry-run", url=url) for _ in range(2))
    assert planned.stderr == repeated.stderr
    lines = planned.stderr.splitlines()
    if engine == "postgresql":
        assert lines[0] == (
            "0020: takes about 72 s; reads and writes of product wait about 8 s;"
            " reads and writes of product_category wait about 8 s."
        )
        assert lines[3] == "0023: takes a moment; locks nothing that others use."
    else:
        assert lines[0] == f"0020 to {newest()}: writes wait a moment, reads do not."
    assert lines[-1] == "The database is at revision 0019."
    done = tandem("migrate", url=url).stderr.splitlines()
    assert [line.partition(":")[0] for line in done if "done in" in line] == [
        one for one in revisions() if one > "0019"
    ]
    assert done[-1] == f"The database is at revision {newest()}."


@pytest.mark.postgresql
def test_others_hold_what_is_to_be_locked(databases: Databases, run: Run[None]) -> None:
    """A migration that finds a table in use gives up its place in the queue, and goes on once the table is free."""
    url = databases.create("postgresql", empty=True)
    migrate(url, "0018")
    told: list[str] = []

    async def scene() -> None:
        waiting, loop = asyncio.Event(), asyncio.get_running_loop()

        def tell(line: str) -> None:
            told.append(line)
            if line.startswith("Others"):
                loop.call_soon_threadsafe(waiting.set)

        async with held(url, "SELECT FROM product"):
            migrating = asyncio.create_task(asyncio.to_thread(migrate, url, "0019", tell))
            await waiting.wait()
            async with held(url, "SELECT FROM product"):
                assert not migrating.done()  # nobody waits behind it
        await migrating

    run(scene())
    assert told[-1] == "The database is at revision 0019."
