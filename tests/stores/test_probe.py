"""The probe of engines: PostgreSQL passes, and one that lies or lacks something is refused with every reason."""

import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from app.stores.postgres.probe import Unsuitable, probe
from tests.command_line import Tandem
from tests.conftest import Run
from tests.databases import Databases

pytestmark = pytest.mark.postgresql
_REWRITTEN = {
    "row locks do not lock": ("FOR UPDATE NOWAIT", ""),
    "a prefix search does not find a row once": (
        "SELECT id FROM tandem_probe",
        "SELECT id FROM tandem_probe, (VALUES (1), (2)) AS twice",
    ),
    "savepoints do not keep what was before": ("ROLLBACK TO tandem", "ROLLBACK TO tandem; DELETE FROM tandem_probe"),
    "INSERT … ON CONFLICT … RETURNING does not tell what it wrote": ("WHERE tandem_probe.id > 1", ""),
    "row comparisons do not compare by columns": ("(1, 'b') < (1, 'c')", "(1, 'b') > (1, 'c')"),
    "advisory locks do not lock": ("pg_advisory_xact_lock", "abs"),
    "pg_current_snapshot() is missing": ("pg_current_snapshot", "no_such_function"),
}
"""By reason, a part of a statement, and what another engine would take it for."""


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A database of PostgreSQL."""
    yield from databases.lend("postgresql")


def rewrite(monkeypatch: pytest.MonkeyPatch, *pairs: tuple[str, str]) -> None:
    """Make every connection take some statements for others."""
    for name in ("execute", "fetch", "fetchval"):
        original: Any = getattr(asyncpg.Connection, name)

        async def taken(connection: Any, sql: str, *args: Any, original: Any = original, **kwargs: Any) -> Any:
            for part, other in pairs:
                sql = sql.replace(part, other)
            return await original(connection, sql, *args, **kwargs)

        monkeypatch.setattr(asyncpg.Connection, name, taken)


def test_postgresql(url: str, databases: Databases, run: Run[None]) -> None:
    """PostgreSQL passes, migrated or not."""
    run(probe(url))
    empty = databases.create("postgresql", empty=True)
    run(probe(empty))


@pytest.mark.parametrize("reason", _REWRITTEN)
def test_another_engine(url: str, run: Run[None], monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    """Each part that is done otherwise is told."""
    rewrite(monkeypatch, _REWRITTEN[reason])
    with pytest.raises(Unsuitable, match=re.escape(f"cannot be used: {reason}. See")):
        run(probe(url))


def test_every_reason(url: str, tandem: Tandem, monkeypatch: pytest.MonkeyPatch) -> None:
    """`tandem serve` and `tandem doctor` refuse such an engine with all reasons at once."""
    rewrite(monkeypatch, *_REWRITTEN.values())
    served = tandem("serve", url=url)
    assert served.exit_code == 1
    told = tandem("doctor", url=url)
    assert told.exit_code == 1
    for reason in _REWRITTEN:
        assert reason in served.stderr
        assert reason in told.stdout


def test_away(tandem: Tandem, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server starts while its database is away."""
    started: list[str] = []
    monkeypatch.setattr("uvicorn.run", lambda app, **_: started.append(app))
    assert tandem("serve", url="postgresql://postgres@127.0.0.1:1/nothing").exit_code == 0
    assert started == ["app.main:served"]
