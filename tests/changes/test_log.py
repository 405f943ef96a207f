"""The change log: what each command leaves in it, and what leaves nothing."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from types import NoneType
from typing import Any

import pytest

from app.domain import blobs, commands, request_context
from app.domain.bulk import imports
from app.domain.bulk.import_lines import Line, check_line
from app.domain.callers import Caller, Scope
from app.domain.catalogue import categories
from app.domain.catalogue.images import Image
from app.domain.changes import log
from app.domain.changes.change_log import ChangeLog
from app.domain.changes.reading import Change, Filter
from app.domain.errors import Conflict, TandemError
from app.domain.idempotency import Command, IdempotentRunner, Outcome
from app.domain.orders import cancellations, placements
from app.domain.orders.drafts import Draft, Item
from app.domain.unit_of_work import Database, Unit
from tests.conftest import Run

ANNE = Caller("anne", frozenset(Scope))
BOB = Caller("bob", frozenset(Scope) - {Scope.CATALOG_WRITE})
DAY = 86_400_000_000
Told = list[tuple[Any, ...]]


class Shop:
    """A database, commands on it, and its change log."""

    def __init__(self, database: Database, run: Run[Any]) -> None:
        self.database, self._run = database, run
        self._runner, self.log = IdempotentRunner(database, DAY), ChangeLog(database, DAY)

    def run(self, command: Command, key: str | None = None, caller: Caller = ANNE) -> Any:
        """The snapshot that a command leaves; raises its refusal."""

        async def within() -> Outcome:
            request_context.begin({"caller": caller.name, "request_id": f"r-{command.operation}"})
            return await self._runner.run(caller, key, command)

        return self._run(within()).snapshot

    def product(self, **edit: Any) -> int:
        """The id of a new product."""
        return int(self.run(commands.create_product({"name": "Kettle", "price": 199_000, **edit}))["id"])

    def changes(self, caller: Caller = ANNE) -> list[Change]:
        """The changes that a caller sees."""
        return list(self._run(self.log.page(None, caller, Filter(), 100)).changes)

    def told(self, caller: Caller = ANNE) -> Told:
        """The same by type, subject, version and members."""
        return [told(one) for one in self.changes(caller)]


def told(change: Change) -> tuple[Any, ...]:
    """A change by type, subject, version and members."""
    return change.type, change.subject_id, change.version, change.members


@pytest.fixture
def shop(database: Database, run: Run[Any]) -> Shop:
    """An empty shop."""
    return Shop(database, run)


def test_products(shop: Shop) -> None:
    """Creations, edits with the members that differ, adjustments of stock, and deletions."""
    a = shop.product(stock=5)
    shop.run(commands.change_product(a, {"price": 149_000, "name": "Kettle", "stock": 6}, None))
    shop.run(commands.change_product(a, {"price": 149_000}, None))
    shop.run(commands.adjust_stock(a, -2))
    shop.run(commands.remove_product(a, None))
    assert shop.told() == [
        ("product.created", a, 1, ()),
        ("product.updated", a, 2, ("price", "stock")),
        ("product.stock_changed", a, None, ("stock",)),
        ("product.deleted", a, 2, ()),
    ]
    assert {one.record.caller for one in shop.changes()} == {"anne"}
    assert [one.record.request_id for one in shop.changes()] == [
        "r-product.create", "r-product.update", "r-product.adjust_stock", "r-product.delete",
    ]  # fmt: skip


def test_images_and_places(shop: Shop, run: Run[Any]) -> None:
    """An image and a move are edits of the product."""
    tea = shop.run(commands.create_category({"name": "Tea"}))["id"]
    a = shop.product()
    image = Image("0" * 64, "image/png", 1, 1, 1)
    run(shop.database.write(lambda unit: blobs.claim(unit, image.sha256)))
    shop.run(commands.change_product(a, {"category_ids": (tea,)}, None))
    shop.run(commands.put_image(a, image, "0" * 64, None))
    shop.run(commands.put_image(a, image, "0" * 64, None))
    shop.run(commands.remove_image(a, None))
    assert shop.told()[2:] == [
        ("product.updated", a, 2, ("categories",)),
        ("product.updated", a, 3, ("image", "images")),
        ("product.updated", a, 4, ("image", "images")),
    ]


def test_categories(shop: Shop) -> None:
    """Creations, edits and deletions; a new name brings a new slug."""
    a, b = (shop.run(commands.create_category({"name": name}))["id"] for name in ("Tea", "Pots"))
    shop.run(commands.change_category(b, {"name": "Jugs"}, None))
    shop.run(commands.change_category(b, {"parent_id": a}, None))
    shop.run(commands.change_category(b, {"name": "Jugs"}, None))
    shop.run(commands.remove_category(b, None))
    assert shop.told() == [
        ("category.created", a, 1, ()),
        ("category.created", b, 1, ()),
        ("category.updated", b, 2, ("name", "slug")),
        ("category.updated", b, 3, ("parentId",)),
        ("category.deleted", b, 3, ()),
    ]


@pytest.mark.parametrize("key", ["k", None])
def test_orders(shop: Shop, key: str | None) -> None:
    """An order and its cancellation are told to its caller, what they do to stocks to everyone."""
    a, b, uncounted = shop.product(stock=5), shop.product(stock=5), shop.product()
    draft = Draft((Item(b, 2), Item(uncounted, 1), Item(a, 1)), None)
    order = shop.run(placements.place_order("anne", draft), key)["id"]
    shop.run(commands.remove_product(b, None))
    shop.run(cancellations.cancel_order("anne", order))
    moves = [("product.stock_changed", one, None, ("stock",)) for one in (a, b)]
    placed, cancelled = ("order.placed", order, None, ()), ("order.cancelled", order, None, ())
    assert shop.told()[3:] == [placed, *moves, ("product.deleted", b, 1, ()), cancelled, moves[0]]
    assert shop.told(BOB)[3:] == [*moves, ("product.deleted", b, 1, ()), moves[0]]
    assert shop.told(ANNE._replace(scopes=frozenset()))[3:] == shop.told(BOB)[3:]


def test_nothing_is_done(shop: Shop) -> None:
    """A replay, a refusal, an undone command and an edit that changes nothing write nothing."""
    a = shop.product(stock=1)
    placing = placements.place_order("anne", Draft((Item(a, 1),), None))
    order = shop.run(placing, "k")["id"]
    before = shop.told()
    assert shop.run(placing, "k")["id"] == order
    refused: list[Callable[[], Any]] = [
        lambda: shop.run(placing, "other"),
        lambda: shop.run(commands.adjust_stock(a, -1), "adjust"),
        lambda: shop.run(commands.remove_product(a, '"7.0.0"')),
        lambda: shop.run(commands.create_product({"name": "Kettle", "price": 1_00, "category_ids": (99,)})),
    ]
    for refusal in refused:
        with pytest.raises(TandemError):
            refusal()
    shop.run(commands.change_product(a, {"name": "Kettle"}, None))
    assert shop.told() == before


def test_imports(shop: Shop, run: Run[Any]) -> None:
    """A batch writes one row for all changes of a kind; each product's change is told, with its version."""
    lines = [{"sku": f"S{n}", "name": "Pot", "price": Decimal(n + 1), "categories": ["Pots"]} for n in range(1500)]

    def land() -> None:
        entries = [check_line(Line(number, members)) for number, members in enumerate(lines, 1)]
        run(shop.database.write(lambda unit: imports.upsert(unit, entries)))

    def follow() -> tuple[list[Change], int]:
        found, after = list[Change](), None
        while True:
            page = run(shop.log.page(after, ANNE, Filter(), 100))
            found, after = found + page.changes, page.next.cursor
            if not page.more:
                return found, len({one.record.id for one in found})

    land()
    assert shop.run(commands.change_product(3, {"price": 7_00_00}, None))["id"] == 3
    lines[0] |= {"stock": 3}
    lines[2] |= {"price": Decimal(99)}
    lines[4] |= {"price": Decimal(98)}
    land()
    found, records = follow()
    assert records == 1 + 2 + 1 + 2
    assert [told(one) for one in found] == [
        ("category.created", 1, 1, ()),
        *(("product.created", n, 1, ()) for n in range(1, 1501)),
        ("product.updated", 3, 2, ("price",)),
        ("product.updated", 1, 2, ("stock",)),
        ("product.updated", 3, 3, ("price",)),
        ("product.updated", 5, 2, ("price",)),
    ]
    assert len({one.id for one in found}) == len(found) == len({one.place.cursor for one in found})


def test_public_types(shop: Shop, run: Run[Any]) -> None:
    """Who sees the public catalogue alone is told another type, or nothing, and no members."""
    for public in (None, "product.created", ""):
        change = log.NewChange(log.Type.PRODUCT_UPDATED, 7, 2, "name", public_type=public)
        run(shop.database.write(lambda unit, change=change: log.write(unit, change)))
    assert shop.told() == [("product.updated", 7, 2, ("name",))] * 3
    assert shop.told(BOB) == [("product.updated", 7, 2, ("name",)), ("product.created", 7, 2, ())]


def test_undone(shop: Shop, run: Run[Any]) -> None:
    """What commands, or parts of them, undo is not in the log, whoever shares their commit; the rest is in order."""
    run(_undo(shop))


async def _undo(shop: Shop) -> None:
    a = await shop.database.write(lambda unit: categories.create(unit, categories.Draft("A")))

    async def rename(unit: Unit, name: str) -> None:
        await categories.change(unit, a, {"name": name}, None)

    async def partly(unit: Unit) -> None:
        await rename(unit, "B")
        with suppress(Conflict):
            async with unit.savepoint():
                await rename(unit, "C")
                raise Conflict("undone")
        await rename(unit, "D")

    async def undone(unit: Unit) -> None:
        await rename(unit, "E")
        raise Conflict("undone")

    works = (partly, undone, partly, undone)
    results = await asyncio.gather(*(shop.database.write(work) for work in works), return_exceptions=True)
    assert [type(one) for one in results] == [NoneType, Conflict, NoneType, Conflict]
    await shop.database.write(lambda unit: categories.remove(unit, a, None))
    found = (await shop.log.page(None, ANNE, Filter(), 100)).changes
    assert [(one.type, one.version) for one in found] == [
        ("category.created", 1),
        *(("category.updated", version) for version in range(2, 6)),
        ("category.deleted", 5),
    ]
