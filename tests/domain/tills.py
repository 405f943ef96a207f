"""A till of the domain: commands under idempotency keys, on a clock that stands still."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain import idempotency
from app.domain.callers import EVERYONE, Caller
from app.domain.catalogue import products
from app.domain.catalogue.product_rows import insert_all
from app.domain.errors import (
    TandemError,
)
from app.domain.idempotency import Command, IdempotentRunner, Outcome, Snapshot, sweep
from app.domain.unit_of_work import Statement, Unit
from tests.catalogues import goods
from tests.clock import Clock
from tests.conftest import Run

TTL = 1000
ANNE, BORIS = Caller("anne", EVERYONE.scopes), Caller("boris", EVERYONE.scopes)
_COUNT = Statement(select(func.count()).select_from(idempotency.record))
PRODUCTS = Statement(select(func.count()).select_from(products.product))
_EMPTY = Statement(select(func.count()).select_from(idempotency.record).where(idempotency.r.outcome == ""))


class Till:
    """`IdempotentRunner` over a database whose clock stands still, and an effect that is counted where it lands."""

    def __init__(self, runner: IdempotentRunner, clock: Clock, run: Run[Any]) -> None:
        self.runner, self.clock, self.run = runner, clock, run

    def send(self, key: str | None = "K", payload: Any = 1, caller: Caller = ANNE, **how: Any) -> Outcome:
        """Send the command with a key."""
        outcome: Outcome = self.run(self.runner.run(caller, key, self.command(payload, **how)))
        return outcome

    def command(self, payload: Any = 1, operation: str = "test", **how: Any) -> Command:
        """A command that makes a product, then raises what it is told to."""
        return Command(operation, payload, partial(self.effect, **how))

    def effects(self) -> int:
        """How often the effect has landed."""
        return self._read(PRODUCTS)

    def records(self) -> int:
        """How many keys are remembered; none of them without its outcome."""
        assert self._read(_EMPTY) == 0
        return self._read(_COUNT)

    def sweep(self, size: int = 100) -> int:
        """Forget what has expired; how much it was."""
        swept: int = self.run(self.runner.database.write(lambda unit: sweep(unit, size)))
        return swept

    def _read(self, statement: Statement) -> int:
        return int(self.run(self.runner.database.read(lambda unit: unit.all(statement)))[0][0])

    @staticmethod
    async def effect(unit: Unit, *, met: BaseException | None = None) -> Snapshot:
        """Make a product, then raise what is to be met."""
        (made,) = await insert_all(unit, [goods("Tea", 100)])
        if met:
            raise met
        return {"id": made, "name": "Té \u2603", "sku": None}


def refused(till: Till, **how: Any) -> TandemError:
    """What a command meets."""
    with pytest.raises(TandemError) as caught:
        till.send(**how)
    return caught.value
