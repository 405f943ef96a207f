"""The books: what customers were told, held against what the database holds."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import text

from app.domain.unit_of_work import Row, Statement, Unit
from app.stores.database import open_database
from tests.torture.customers import Good, Ledger

_ORDERS = Statement(text("SELECT id, reference FROM purchase ORDER BY id"))
_RECORDS = Statement(text("SELECT outcome FROM idempotency_record WHERE operation = 'order.place'"))
_STOCK = Statement(text("SELECT id, stock FROM product_variant ORDER BY id"))
_SOLD = Statement(
    text(
        "SELECT variant_id, CAST(sum(taken) AS bigint) FROM purchase_line JOIN purchase ON purchase.id = order_id"
        " WHERE status = 'placed' GROUP BY variant_id"
    )
)


class Books(NamedTuple):
    """What does not add up; all zero where every wish came true once. `orders` is how many there are."""

    orders: int
    duplicated: int
    lost: int
    unrecorded: int
    differing: int
    unbalanced: int
    odd: Mapping[str, int]

    def faults(self) -> dict[str, Any]:
        """All that is not zero."""
        return {name: value for name, value in self._asdict().items() if value and name != "orders"}


async def balance(url: str, ledger: Ledger, initial: Mapping[Good, int]) -> Books:
    """Balance the books of a database whose variants began with the `initial` stock."""
    database = open_database(url)

    async def work(unit: Unit) -> list[list[Row]]:
        return [list(await unit.all(statement)) for statement in (_ORDERS, _RECORDS, _STOCK, _SOLD)]

    orders, records, stock, sold = await database.read(work, snapshot=True)
    await database.close()
    references = {row[0]: row[1] for row in orders}
    outcomes = [json.loads(row[0]) for row in records]
    recorded = {outcome["done"]["id"] for outcome in outcomes if "done" in outcome}
    gone, begun = {row[0]: row[1] for row in sold}, {good.variant: stock for good, stock in initial.items()}
    placed = {key: wish for key, wish in ledger.wishes.items() if wish.items}
    return Books(
        orders=len(orders),
        duplicated=sum(count > 1 for count in Counter(references.values()).values())
        + sum(count > 1 for count in ledger.firsts.values()),
        lost=sum(references.get(o) != key for key in placed for o in ledger.outcomes[key] if isinstance(o, int)),
        unrecorded=len(references.keys() ^ recorded),
        differing=sum(len(told) > 1 for told in (*ledger.outcomes.values(), *ledger.forms.values())),
        unbalanced=sum(left < 0 or left + gone.get(i, 0) != begun[i] for i, left in stock),
        odd=dict(ledger.odd),
    )
