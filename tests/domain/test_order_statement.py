"""The one statement of an order: it does what the several statements do, or nothing at all."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.domain import money
from app.domain.callers import Caller
from app.domain.catalogue.product_rows import insert_all
from app.domain.errors import Code, TandemError
from app.domain.idempotency import Command, IdempotentRunner, Outcome
from app.domain.orders import orders, placements
from app.domain.orders.drafts import Draft, Item
from app.domain.unit_of_work import Row, Statement
from app.stores.postgres.database import PostgresDatabase
from tests.catalogues import goods
from tests.conftest import Run
from tests.locks import held, until_waiting

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]
ANNE, TTL, CENT = Caller("anne", frozenset()), 86_400_000_000, 100
_BOOKS = Statement(
    text(
        """SELECT o.caller, o.status, o.reference, o.currency, o.total,
    (SELECT json_agg(json_build_array(l.position, l.product_id, l.name, l.quantity, l.unit_price, l.taken,
        l.variant_id, l.sku, l.options)
        ORDER BY l.position)::text FROM purchase_line l WHERE l.order_id = o.id),
    (SELECT json_agg(v.stock ORDER BY v.id)::text FROM product_variant v) FROM purchase o ORDER BY o.id""".replace(
            "::", r"\:\:"
        )
    )
)
_RECORDS = Statement(
    text("SELECT caller, operation, key, fingerprint, expires_at FROM idempotency_record ORDER BY key")
)
_FORGET = Statement(text("TRUNCATE purchase, purchase_line, idempotency_record RESTART IDENTITY"))
_RESTOCK = Statement(text("UPDATE product_variant SET stock = 5 WHERE stock IS NOT NULL"))


class Till:
    """A shop with one product of each kind, and both ways to place an order in it."""

    def __init__(self, database: PostgresDatabase, run: Run[Any]) -> None:
        self.database, self.run = database, run
        self.runner = IdempotentRunner(database, TTL)
        products = [
            goods('Tea "Earl"\n\\ Té \u2603', 350 * CENT, stock=5),
            goods("Kettle", 1999 * CENT, stock=5),
            goods("Voucher", 10_0000, currency="EUR"),
            goods("Gold", money.MAX_PRICE, stock=None),
            goods("Mug", 1 * CENT, stock=None),
        ]
        self.ids: list[int] = run(database.write(lambda unit: insert_all(unit, products)))

    def command(self, *items: tuple[int, int], reference: str | None = None) -> Command:
        """The order of products by their place in the shop."""
        return placements.place_order(
            "anne", Draft(tuple(Item(self.ids[n], quantity) for n, quantity in items), reference)
        )

    def outcome(self, command: Command, key: str = "K") -> Any:
        """What comes of a command with a key: its snapshot, or the code and message of its refusal."""
        try:
            outcome: Outcome = self.run(self.runner.run(ANNE, key, command))
        except TandemError as error:
            return error.code, error.message, error.field_errors
        return dict(outcome.snapshot) | {"createdAt": 0, "lines": orders.lines(outcome.snapshot["lines"])}

    def books(self) -> list[tuple[Any, ...]]:
        """Everything that orders leave behind."""
        return [tuple(row) for row in self._all(_BOOKS)]

    def keys(self) -> int:
        """How many keys are remembered."""
        return len(self._all(_RECORDS))

    def begin_anew(self) -> None:
        """Forget all orders and fill the shelves."""
        for statement in (_FORGET, _RESTOCK):
            self.run(self.database.write(lambda unit: unit.all(statement)))  # noqa: B023 - awaited here

    def _all(self, statement: Statement) -> list[Row]:
        return list(self.run(self.database.read(lambda unit: unit.all(statement))))


@pytest.fixture
def till(database: PostgresDatabase, run: Run[Any]) -> Till:
    """A shop."""
    return Till(database, run)


CARTS: dict[str, list[tuple[int, int]]] = {
    "one": [(0, 1)],
    "two, not in order": [(1, 2), (0, 3)],
    "uncounted": [(4, 10_000), (1, 5)],
    "all of the stock": [(0, 5)],
    "short": [(0, 2), (1, 6)],
    "mixed currencies": [(0, 1), (2, 1)],
    "too dear": [(3, 10_000)],
    "twice the same": [(0, 2), (0, 3)],
    "twice the same, short": [(0, 3), (0, 3)],
}


@pytest.mark.parametrize("cart", CARTS)
@pytest.mark.parametrize("reference", [None, "r 'x' \u2603"])
def test_both_ways_are_the_same(till: Till, cart: str, reference: str | None) -> None:
    """Answers, orders, lines, stock, records and replays are the same as those of several statements."""
    command = till.command(*CARTS[cart], reference=reference)
    seen = []
    for way in (command, command._replace(single_statement=None)):
        first, replay = till.outcome(way), till.outcome(way)
        assert first == replay
        seen.append((first, till.books(), till.keys()))
        till.begin_anew()
    assert seen[0] == seen[1]


def test_the_usual_order_is_one_statement(till: Till) -> None:
    """Placing an order of different products that can be had takes one statement."""
    before = till.database.statements
    till.outcome(till.command((0, 1), (1, 1)))
    assert till.database.statements == before + 1


def test_a_missing_product(till: Till) -> None:
    """A product that is not there is refused as ever, and nothing is left behind."""
    command = placements.place_order("anne", Draft((Item(till.ids[0], 1), Item(999, 1)), None))
    code, message, _ = till.outcome(command)
    assert (code, message) == (Code.VALIDATION_FAILED, "There is no product 999 for sale.")
    assert (till.books(), till.keys()) == ([], 0)


def test_another_payload(till: Till) -> None:
    """A key that was used for another order is refused, whichever way placed that."""
    till.outcome(till.command((0, 1)))
    assert till.outcome(till.command((0, 2)))[0] is Code.IDEMPOTENCY_KEY_REUSED
    assert len(till.books()) == 1


def test_an_expired_record(till: Till) -> None:
    """A key whose record has expired is new again, though the record is still there."""
    till.outcome(till.command((0, 1)))
    till.run(till.database.write(lambda unit: unit.all(_EXPIRE)))
    till.outcome(till.command((0, 2)))
    assert [row[4] for row in till.books()] == [350 * CENT, 700 * CENT]


_EXPIRE = Statement(text("UPDATE idempotency_record SET expires_at = 1"))


def all_at_once(till: Till, *orders: tuple[str, Command]) -> list[Any]:
    """What comes of commands with their keys that are sent at the same time."""

    async def send() -> list[Any]:
        sent = (till.runner.run(ANNE, key, command) for key, command in orders)
        return await asyncio.gather(*sent, return_exceptions=True)

    outcomes: list[Any] = till.run(send())
    return outcomes


def test_one_key_many_times_at_once(till: Till) -> None:
    """Of requests with one key at the same time one places the order; others replay it or are told to come back."""
    for turn in range(10):
        told = all_at_once(till, *[(f"K{turn}", till.command((0, 1)))] * 8)
        placed = [one for one in told if isinstance(one, Outcome)]
        assert len([one for one in placed if not one.replayed]) == 1
        assert len({one.snapshot["id"] for one in placed}) == 1
        in_use = [one for one in told if not isinstance(one, Outcome)]
        assert {one.code for one in in_use} <= {Code.IDEMPOTENCY_KEY_IN_USE}
        till.run(till.database.write(lambda unit: unit.all(_RESTOCK)))
    assert len(till.books()) == 10


def test_the_last_pieces(till: Till) -> None:
    """Of many orders for the same products at once, in either order, as many are placed as the stock allows."""
    carts = till.command((0, 1), (1, 1)), till.command((1, 1), (0, 1))
    told = all_at_once(till, *((f"K{n}", carts[n % 2]) for n in range(16)))
    refused = {one.code for one in told if isinstance(one, TandemError)}
    assert (len([one for one in told if isinstance(one, Outcome)]), refused) == (5, {Code.OUT_OF_STOCK})
    assert (len(till.books()), till.keys()) == (5, 16)
    assert till.books()[-1][-1].startswith("[0, 0, ")


@pytest.mark.parametrize(("product", "waits"), [(0, True), (4, False)])
def test_what_is_not_counted_is_not_locked(till: Till, database_url: str, product: int, waits: bool) -> None:
    """An order waits for whoever has the row of counted stock, and for nobody where the stock is not counted."""

    async def sell() -> None:
        row = f"SELECT FROM product_variant WHERE product_id = {till.ids[product]} FOR UPDATE"
        async with held(database_url, row):
            placing = asyncio.create_task(till.runner.run(ANNE, "K", till.command((product, 1))))
            await (until_waiting(database_url, 1) if waits else placing)
        await placing

    till.run(sell())
    assert len(till.books()) == 1
