"""The migration to variants, on a filled database of the revision before it, cut off once on its way."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app.domain.addresses import OwnKey
from app.domain.callers import Caller
from app.domain.catalogue import products
from app.domain.errors import Code, TandemError
from app.domain.idempotency import IdempotentRunner
from app.domain.orders import cancellations, orders, placements
from app.domain.orders.drafts import Draft, Item
from app.domain.unit_of_work import Database, Engine, Unit
from app.migrations.refold import rows
from app.stores.database import open_database
from app.stores.migrate import migrate
from tests.catalogues import goods
from tests.conftest import Run
from tests.databases import Databases, execute

BEFORE = "0010"
ANNE = Caller("anne", frozenset())
ORDER = placements.place_order("anne", Draft((Item(2, 3), Item(5, 1)), "r"))
OUTCOME = {
    "status": "placed", "reference": "r", "currency": "USD", "total": 40_000, "id": 1, "createdAt": 7,
    "lines": '[[2,"P2",3,10000,3],[5,"P5",1,10000,0]]',
}  # fmt: skip
STOCKS = {1: None, 2: 5, 3: 0, 4: 7, 5: None}
SKUS = {1: "'S', 's', NULL", 2: "'s ', NULL, 's'", 3: "'P3', 'p3', NULL", 4: "'P4', 'p4', NULL"}


def into(table: str, columns: str, *values: str) -> str:
    """An insertion of rows."""
    return f"INSERT INTO {table} ({columns}) VALUES {', '.join(f'({row})' for row in values)}"


def filling() -> list[str]:
    """Five products of nine that there were, with a twin among their skus, and an order of one that is gone."""
    columns = "name, name_key, slug, description, currency, created_at, updated_at, price, version, stock"
    products = [
        f"'P{n}', 'p{n}', 'p{n}', '', 'USD', 1, 1, {n if n != 5 else 1}0000, {n},"
        f" {STOCKS[n] if n in (2, 3, 4) else 'NULL'}, {SKUS.get(n, 'NULL, NULL, NULL')}"
        for n in range(1, 10)
    ]
    lines = ["1, 0, 2, 'P2', 3, 10000, 3", "1, 1, 5, 'P5', 1, 10000, 0", "1, 2, 9, 'Gone', 1, 10000, 1"]
    record = f"'anne', 'order.place', 'K', {2**60}, '{ORDER.fingerprint()}'"
    outcome = msgspec.json.encode({"done": OUTCOME}).decode()
    return [
        into("product", f"{columns}, sku, sku_key, sku_twin", *products),
        "DELETE FROM product WHERE id > 5",
        into(
            "purchase", "caller, status, reference, currency, total, created_at", "'anne', 'placed', 'r', 'USD', 5, 7"
        ),
        into("purchase_line", "order_id, position, product_id, name, quantity, unit_price, taken", *lines),
        into(
            "idempotency_record", "caller, operation, key, expires_at, fingerprint, outcome", f"{record}, '{outcome}'"
        ),
    ]


def begun() -> list[str]:
    """What a migration that was cut off after two products has left."""
    columns = "id, sku, sku_key, sku_twin, price, currency, stock"
    copied = f"SELECT id, 0, {columns} FROM product WHERE id <= 2"
    return [
        f"INSERT INTO product_variant (product_id, position, {columns}) {copied}",
        "UPDATE product SET variant_id = id WHERE id <= 2",
    ]


@pytest.fixture
def migrated(
    databases: Databases, engine: Engine, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A database that was migrated in two goes, two products at a time."""
    monkeypatch.setattr(rows, "SIZE", 2)
    url = databases.create(engine, empty=True)
    migrate(url, BEFORE)
    execute(url, *filling())
    migrate(url, "0011")
    execute(url, *begun())
    assert migrate(url) == []
    database = open_database(url)
    yield database
    run(database.close())


def test_products(migrated: Database, run: Run[Any]) -> None:
    """Every product is what it was: its id, version, price, sku and stock; a twin keeps its exact spelling alone."""

    async def look(unit: Unit) -> None:
        shown = await products.by_ids(unit, [1, 2, 3, 4, 5], ("sku", "price", "stock", "version"))
        assert {row[0]: tuple(row[1:]) for row in shown.values()} == {
            1: ("S", 10_000, None, 1),
            2: ("s ", 20_000, 5, 2),
            3: ("P3", 30_000, 0, 3),
            4: ("P4", 40_000, 7, 4),
            5: (None, 10_000, None, 5),
        }
        for sku, expected in (("S", 1), ("s", 1), ("s ", 2), ("p4", 4)):
            assert (await products.get(unit, OwnKey("sku", sku), ()))[0] == expected

    run(migrated.read(look))


def test_orders(migrated: Database, run: Run[Any]) -> None:
    """A key used before replays its outcome; an order of before gives its stock back, if what it sold still exists."""
    replayed = run(IdempotentRunner(migrated, 1).run(ANNE, "K", ORDER))
    assert (replayed.replayed, replayed.snapshot) == (True, OUTCOME)
    with pytest.raises(TandemError) as met:
        run(migrated.write(placements.place_order("anne", Draft((Item(2, 6),), None)).effect))
    assert met.value.code is Code.OUT_OF_STOCK
    snapshot = run(migrated.write(cancellations.cancel_order("anne", 1).effect))
    assert [line.variant_id for line in orders.lines(snapshot["lines"])] == [2, 5, 9]
    stocks = run(migrated.read(lambda unit: products.by_ids(unit, list(STOCKS), ("stock",))))
    assert {row[0]: row[1] for row in stocks.values()} == STOCKS | {2: 8}


def test_new_variants(migrated: Database, run: Run[Any]) -> None:
    """A new product's variant has an id that no product of before had."""
    made = run(migrated.write(lambda unit: products.insert_all(unit, [goods("Tea", 10_000, stock=1)])))
    placed = run(migrated.write(placements.place_order("anne", Draft((Item(made[0], 1),), None)).effect))
    (line,) = orders.lines(placed["lines"])
    assert (made, line.variant_id) == ([10], 10)
