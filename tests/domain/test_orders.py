"""Orders in the domain: what they cost, what they take from stock, and what outlives their products."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from app.domain import commands, models, money
from app.domain.catalogue import products
from app.domain.catalogue.product_rows import insert_all
from app.domain.errors import Code, TandemError
from app.domain.fields.product_fields import Draft as ProductDraft
from app.domain.idempotency import Snapshot
from app.domain.orders import cancellations, orders, placements
from app.domain.orders.drafts import Draft, Item
from app.domain.orders.models import MAX_LINES, MAX_QUANTITY
from app.domain.unit_of_work import Database
from tests.catalogues import goods
from tests.conftest import Run

ANNE, BORIS = "anne", "boris"
CENT = 100


class Shop:
    """A database, and what a test does with it in one line each."""

    def __init__(self, database: Database, run: Run[Any]) -> None:
        self.database, self.run = database, run

    def stock_up(self, *drafts: ProductDraft) -> list[int]:
        """Make products; their ids."""
        ids: list[int] = self.run(self.database.write(lambda unit: insert_all(unit, drafts)))
        return ids

    def place(self, *items: tuple[int, int], caller: str = ANNE, reference: str | None = None) -> Snapshot:
        """Place an order of (product, quantity)."""
        command = placements.place_order(caller, Draft(tuple(Item(*item) for item in items), reference))
        return self._do(command.effect)

    def cancel(self, order_id: int, caller: str = ANNE) -> Snapshot:
        """Cancel an order."""
        return self._do(cancellations.cancel_order(caller, order_id).effect)

    def get(self, order_id: int, caller: str = ANNE) -> Snapshot:
        """An order, as it is stored."""
        row = self.run(self.database.read(lambda unit: orders.get(unit, caller, order_id)))
        return dict(zip(orders.EVERYTHING, row, strict=True))

    def stock(self, *ids: int) -> list[int | None]:
        """The stock of products."""
        found = self.run(self.database.read(lambda unit: products.by_ids(unit, ids, ("stock",))))
        return [found[i][1] for i in ids]

    def edit(self, product_id: int, **edit: Any) -> None:
        """Edit a product; None resets a field."""
        self._do(commands.change_product(product_id, edit, None).effect)

    def delete(self, product_id: int) -> None:
        """Delete a product."""
        self._do(commands.remove_product(product_id, None).effect)

    def _do(self, effect: Any) -> Snapshot:
        snapshot: Snapshot = self.run(self.database.write(effect))
        return snapshot


@pytest.fixture
def shop(database: Database, run: Run[Any]) -> Shop:
    """An empty shop."""
    return Shop(database, run)


def lines(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    """The lines of an order: product, name, quantity, unit price, taken."""
    return [tuple(line[:5]) for line in orders.lines(snapshot["lines"])]


def refusal(shop: Shop, *items: tuple[int, int]) -> TandemError:
    """What an order meets."""
    with pytest.raises(TandemError) as caught:
        shop.place(*items)
    return caught.value


def test_prices(shop: Shop) -> None:
    """An order costs what the catalogue says at that moment, line by line, and its snapshot is what is stored."""
    kettle, tea = shop.stock_up(goods("Kettle", 1999 * CENT, stock=10), goods("Tea", 350 * CENT, stock=10))
    placed = shop.place((tea, 4), (kettle, 1), reference="4711")
    assert lines(placed) == [(tea, "Tea", 4, 350 * CENT, 4), (kettle, "Kettle", 1, 1999 * CENT, 1)]
    assert {name: placed[name] for name in ("status", "reference", "currency", "total")} == {
        "status": "placed",
        "reference": "4711",
        "currency": "USD",
        "total": 3399 * CENT,
    }
    assert shop.stock(kettle, tea) == [9, 6]
    stored = shop.get(placed["id"])
    assert lines(stored) == lines(placed)
    assert {**stored, "lines": ""} == {**placed, "lines": ""}


def test_a_sale_is_no_edit(shop: Shop) -> None:
    """Neither an order nor its cancellation changes a product's version or time of change."""
    (kettle,) = shop.stock_up(goods("Kettle", CENT, stock=3))
    columns = ("version", "updatedAt")
    before = shop.run(shop.database.read(lambda unit: products.get(unit, kettle, columns)))
    shop.cancel(shop.place((kettle, 2))["id"])
    assert shop.run(shop.database.read(lambda unit: products.get(unit, kettle, columns))) == before


def test_all_or_nothing(shop: Shop) -> None:
    """Where one line cannot be had nothing is: the refusal names every product that is short, and stock stays."""
    kettle, tea, mug = shop.stock_up(*(goods(name, CENT, stock=2) for name in ("Kettle", "Tea", "Mug")))
    met = refusal(shop, (mug, 3), (kettle, 1), (tea, 5))
    assert met.code is Code.OUT_OF_STOCK
    assert met.message == f"Only 2 of product {tea} are in stock. Only 2 of product {mug} are in stock."
    assert [(fault.field, fault.code) for fault in met.field_errors] == [
        (("items", 0, "quantity"), Code.OUT_OF_STOCK),
        (("items", 2, "quantity"), Code.OUT_OF_STOCK),
    ]
    assert shop.stock(kettle, tea, mug) == [2, 2, 2]


def test_repeated_product(shop: Shop) -> None:
    """Lines of the same product stay apart, but take from one stock: together they are refused, or come off it."""
    (tea,) = shop.stock_up(goods("Tea", 2 * CENT, stock=5))
    assert refusal(shop, (tea, 3), (tea, 3)).code is Code.OUT_OF_STOCK
    assert shop.stock(tea) == [5]
    placed = shop.place((tea, 3), (tea, 2))
    assert [line[2:] for line in lines(placed)] == [(3, 2 * CENT, 3), (2, 2 * CENT, 2)]
    assert shop.stock(tea) == [0]
    shop.cancel(placed["id"])
    assert shop.stock(tea) == [5]


def test_uncounted_stock(shop: Shop) -> None:
    """What is not counted can always be had; it takes nothing, and is given nothing back, even if counted since."""
    tea, mug = shop.stock_up(goods("Tea", CENT), goods("Mug", CENT, stock=1))
    placed = shop.place((tea, 10_000), (mug, 1))
    assert [line[4] for line in lines(placed)] == [0, 1]
    assert shop.stock(tea, mug) == [None, 0]
    shop.edit(tea, stock=7)
    shop.cancel(placed["id"])
    assert shop.stock(tea, mug) == [7, 1]


def test_no_longer_counted(shop: Shop) -> None:
    """A cancellation leaves a product uncounted that was counted when it was sold."""
    (mug,) = shop.stock_up(goods("Mug", CENT, stock=1))
    placed = shop.place((mug, 1))
    shop.edit(mug, stock=None)
    shop.cancel(placed["id"])
    assert shop.stock(mug) == [None]


def test_cancelled_once(shop: Shop) -> None:
    """A second cancellation is a conflict, and puts nothing back."""
    (mug,) = shop.stock_up(goods("Mug", CENT, stock=5))
    placed = shop.place((mug, 2))
    assert shop.cancel(placed["id"]) == {**shop.get(placed["id"]), "status": "cancelled"}
    with pytest.raises(TandemError) as caught:
        shop.cancel(placed["id"])
    assert caught.value.code is Code.CONFLICT
    assert shop.stock(mug) == [5]


def test_cancelled_at_once(shop: Shop) -> None:
    """Of twenty concurrent cancellations of an order one puts its stock back."""
    (mug,) = shop.stock_up(goods("Mug", CENT, stock=5))
    command = cancellations.cancel_order(ANNE, shop.place((mug, 2))["id"])

    async def all_at_once() -> Sequence[Any]:
        return await asyncio.gather(*(shop.database.write(command.effect) for _ in range(20)), return_exceptions=True)

    outcomes = shop.run(all_at_once())
    assert [one.code for one in outcomes if isinstance(one, TandemError)] == [Code.CONFLICT] * 19
    assert shop.stock(mug) == [5]


def test_full_stock(shop: Shop) -> None:
    """A cancellation fills a stock up to the highest that can be stored, and no further."""
    (mug,) = shop.stock_up(goods("Mug", CENT, stock=5))
    placed = shop.place((mug, 2))
    shop.edit(mug, stock=models.MAX_STOCK - 1)
    shop.cancel(placed["id"])
    assert shop.stock(mug) == [models.MAX_STOCK]


def test_mixed_currencies(shop: Shop) -> None:
    """An order has one currency, whichever it is."""
    tea, sake, kettle = shop.stock_up(
        goods("Tea", CENT, stock=1),
        goods("Sake", 10_000, currency="JPY", stock=1),
        goods("Kettle", 10_000, currency="JPY"),
    )
    met = refusal(shop, (tea, 1), (sake, 1))
    assert (met.code, met.message) == (Code.MIXED_CURRENCIES, "The products are priced in JPY and USD.")
    assert shop.stock(tea, sake) == [1, 1]
    assert shop.place((sake, 1), (kettle, 2))["currency"] == "JPY"


def test_unknown_products(shop: Shop) -> None:
    """Every item without a product is at fault, by its place."""
    (tea,) = shop.stock_up(goods("Tea", CENT))
    met = refusal(shop, (999, 1), (tea, 1), (0, 1))
    assert met.code is Code.VALIDATION_FAILED
    assert [fault.field for fault in met.field_errors] == [("items", 0, "productId"), ("items", 2, "productId")]


def test_lines_outlive_products(shop: Shop) -> None:
    """Lines keep name and price of their moment, whatever becomes of the product; cancelling still works."""
    kettle, tea = shop.stock_up(goods("Kettle", 5 * CENT, stock=9), goods("Tea", CENT, stock=9))
    placed = shop.place((kettle, 2), (tea, 3))
    shop.edit(tea, name="Green tea", price=7 * CENT, currency="EUR")
    shop.delete(kettle)
    assert lines(shop.get(placed["id"])) == lines(placed)
    assert shop.get(placed["id"])["total"] == placed["total"] == 13 * CENT
    shop.cancel(placed["id"])
    assert shop.stock(tea) == [9]
    assert refusal(shop, (kettle, 1)).code is Code.VALIDATION_FAILED


def test_ids_are_never_used_again(shop: Shop) -> None:
    """An order for a deleted product's id never takes from a newer product."""
    (kettle,) = shop.stock_up(goods("Kettle", CENT, stock=9))
    shop.delete(kettle)
    (mug,) = shop.stock_up(goods("Mug", CENT, stock=9))
    assert mug > kettle
    assert refusal(shop, (kettle, 1)).code is Code.VALIDATION_FAILED
    assert shop.stock(mug) == [9]


def test_highest_total(shop: Shop) -> None:
    """A total goes up to 999,999,999,999.99; beyond it an order is refused, and takes nothing."""
    dear, rest = shop.stock_up(goods("Yacht", money.MAX_PRICE, stock=20_000), goods("Rest", 99_900, stock=2))
    assert shop.place((dear, 1000), (rest, 1))["total"] == 1000 * money.MAX_PRICE + 99_900
    met = refusal(shop, (dear, 1001))
    assert (met.code, met.field_errors[0].field) == (Code.VALIDATION_FAILED, ("items",))
    assert refusal(shop, (dear, 10_000), (dear, 1)).code is Code.VALIDATION_FAILED
    assert shop.stock(dear, rest) == [19_000, 1]


def test_largest_order(shop: Shop) -> None:
    """An order has up to 100 lines of 10,000 each."""
    ids = shop.stock_up(*(goods(f"Tea {n}", CENT, stock=20_000) for n in range(MAX_LINES)))
    placed = shop.place(*((i, MAX_QUANTITY) for i in reversed(ids)))
    assert [line[0] for line in lines(placed)] == ids[::-1]
    assert placed["total"] == MAX_LINES * MAX_QUANTITY * CENT
    assert shop.stock(*ids) == [10_000] * MAX_LINES


def test_own_orders(shop: Shop) -> None:
    """What is another caller's is not there: neither to be read nor to be cancelled."""
    (mug,) = shop.stock_up(goods("Mug", CENT, stock=5))
    placed = shop.place((mug, 2))
    for order_id in (placed["id"], 0, -1, models.MAX_ID + 1):
        for attempt in (shop.get, shop.cancel):
            with pytest.raises(TandemError) as caught:
                attempt(order_id, BORIS)
            assert caught.value.code is Code.NOT_FOUND
    assert shop.stock(mug) == [3]


def test_crossing_orders(shop: Shop) -> None:
    """Concurrent orders, cancellations and stock counts of the same products in any order all come through."""
    ids = shop.stock_up(*(goods(f"Tea {n}", CENT, stock=1000) for n in range(4)))
    placed = [shop.place(*((i, 1) for i in ids)) for _ in range(10)]
    forth, back = tuple(Item(i, 1) for i in ids), tuple(Item(i, 1) for i in reversed(ids))
    effects = [placements.place_order(ANNE, Draft(items, None)).effect for items in (forth, back) for _ in range(10)]
    effects += [cancellations.cancel_order(ANNE, one["id"]).effect for one in placed]
    effects += [commands.adjust_stock(i, 1).effect for i in ids]

    async def all_at_once() -> None:
        await asyncio.gather(*(shop.database.write(effect) for effect in effects))

    shop.run(all_at_once())
    assert shop.stock(*ids) == [1000 - 20 + 1] * 4
