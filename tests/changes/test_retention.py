"""How long changes are kept."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from app.domain.changes import log
from app.domain.changes.change_log import ChangeLog
from app.domain.changes.log import NewChange, Type
from app.domain.unit_of_work import Database, Statement, Unit
from app.stores.database import open_database
from tests.clock import Clock
from tests.conftest import Run

HOUR = 3_600_000_000
_IDS = Statement(select(log.c.subject_id).order_by(log.c.id))
_FOREIGN = Statement(insert(log.record).values(epoch=2**60, type="product.created", members="", at=0, caller=""))


async def _ids(unit: Unit) -> list[int]:
    return [row[0] for row in await unit.all(_IDS)]


def _write(subject_id: int) -> Any:
    return lambda unit: log.write(unit, NewChange(Type.PRODUCT_CREATED, subject_id, 1))


def test_sweep(database_url: str, run: Run[Any]) -> None:
    """What no live cursor leads to goes an hour later, some at a time, and the newest stays."""
    clock = Clock()
    database = open_database(database_url, clock)
    for n in range(1002):
        run(database.write(_write(n)))
    clock.now += HOUR
    run(database.write(_write(1002)))
    changes = ChangeLog(database, HOUR)
    clock.now += HOUR
    assert run(changes.sweep()) is False
    assert len(run(database.read(_ids))) == 1003
    clock.now += 1
    assert run(changes.sweep()) is True
    assert run(changes.sweep()) is False
    assert run(database.read(_ids)) == [1002]
    clock.now += 24 * HOUR
    run(changes.sweep())
    assert run(database.read(_ids)) == [1002]
    run(database.close())


@pytest.mark.postgresql
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_records_of_another_server(database: Database, run: Run[Any]) -> None:
    """Records of a dump whose epochs this server has not reached go at once: newer ones would stand before them."""
    run(database.write(_write(7)))
    run(database.write(lambda unit: unit.all(_FOREIGN)))
    run(ChangeLog(database, HOUR).sweep())
    assert run(database.read(_ids)) == [7]
