"""Exactly once, in the domain: what is kept under a key, what is not, for whom and for how long."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain import commands, idempotency
from app.domain.callers import EVERYONE, Caller
from app.domain.catalogue import product_edits, products
from app.domain.catalogue.product_rows import insert_all
from app.domain.errors import (
    Code,
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    PreconditionFailed,
    TandemError,
    Unavailable,
)
from app.domain.idempotency import Command, IdempotentRunner, Outcome, Snapshot, sweep
from app.domain.orders import drafts, placements
from app.domain.unit_of_work import Engine, Statement, Unit
from app.http import bodies
from app.stores.database import open_database
from tests.catalogues import goods
from tests.clock import Clock
from tests.conftest import Run
from tests.locks import until_waiting

TTL = 1000
ANNE, BORIS = Caller("anne", EVERYONE.scopes), Caller("boris", EVERYONE.scopes)
_COUNT = Statement(select(func.count()).select_from(idempotency.record))
_PRODUCTS = Statement(select(func.count()).select_from(products.product))
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
        return self._read(_PRODUCTS)

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


@pytest.fixture
def clock() -> Clock:
    """The database's clock."""
    return Clock()


@pytest.fixture
def till(database_url: str, run: Run[Any], clock: Clock) -> Iterator[Till]:
    """A till over an empty database."""
    database = open_database(database_url, clock)
    yield Till(IdempotentRunner(database, TTL), clock, run)
    run(database.close())


def refused(till: Till, **how: Any) -> TandemError:
    """What a command meets."""
    with pytest.raises(TandemError) as caught:
        till.send(**how)
    return caught.value


def test_once(till: Till) -> None:
    """A second request with a key is told what came of the first, and is marked; the effect is there once."""
    first, second = till.send(), till.send()
    assert (first.replayed, second.replayed) == (False, True)
    assert dict(second.snapshot) == dict(first.snapshot)
    assert (till.effects(), till.records()) == (1, 1)


def test_without_key(till: Till) -> None:
    """Without a key every request takes effect, and nothing is kept."""
    assert not till.send(None).replayed
    assert not till.send(None).replayed
    assert (till.effects(), till.records()) == (2, 0)


def test_whose_key(till: Till) -> None:
    """A key belongs to a caller and an operation: the same text is another key for others."""
    kinds = [{}, {"caller": BORIS}, {"operation": "other"}, {"key": "k"}]
    assert [till.send(**kind).replayed for kind in kinds] == [False] * 4
    assert [till.send(**kind).replayed for kind in kinds] == [True] * 4
    assert till.effects() == 4


def test_longest_key(till: Till) -> None:
    """Keys count to their last character."""
    long = "k" * idempotency.MAX_KEY
    assert not till.send(long).replayed
    assert not till.send(long[:-1] + "!").replayed
    assert till.send(long).replayed


def test_another_payload(till: Till) -> None:
    """A key with another payload is refused, and does nothing; the first payload is still replayed."""
    till.send(payload=[1, 2])
    met = refused(till, payload=[2, 1])
    assert (met.code, met.replayed) == (Code.IDEMPOTENCY_KEY_REUSED, False)
    assert till.send(payload=[1, 2]).replayed
    assert till.effects() == 1


KEPT = [
    NotFound("product"),
    Conflict("Taken.", "sku"),
    Conflict("In the way."),
    TandemError(
        Code.OUT_OF_STOCK, "Only 2 are in stock.", [FieldError(("items", 0, "quantity"), "Less.", Code.CONFLICT)]
    ),
    PreconditionFailed(),
]
FREE = [
    Invalid([FieldError(("name",), "No.")]),
    TandemError(Code.MIXED_CURRENCIES, "Two."),
    TandemError(Code.FORBIDDEN, "No."),
    TandemError(Code.UNAUTHENTICATED, "Who?"),
    TandemError(Code.RATE_LIMITED, "Later."),
    Unavailable(),
    TandemError(Code.INTERNAL_ERROR, "Oh."),
]


@pytest.mark.parametrize("met", KEPT, ids=lambda met: met.code)
def test_kept_refusals(till: Till, met: TandemError) -> None:
    """A refusal that was decided on what is stored is the outcome: replayed as it was, its effect undone."""
    first = refused(till, met=met)
    assert not first.replayed
    second = refused(till)
    assert second.replayed
    assert (second.code, second.message, second.field_errors) == (met.code, met.message, met.field_errors)
    assert (till.effects(), till.records()) == (0, 1)


@pytest.mark.parametrize("met", [*FREE, RuntimeError("a fault of ours")], ids=lambda met: getattr(met, "code", "fault"))
def test_what_leaves_a_key_free(till: Till, met: Exception) -> None:
    """What may come out differently next time leaves no trace, not even of the key."""
    with pytest.raises(type(met)):
        till.send(met=met)
    assert (till.effects(), till.records()) == (0, 0)
    assert not till.send(payload="another").replayed
    assert till.effects() == 1


def test_expiry(till: Till, clock: Clock) -> None:
    """A key is remembered until its time is over, to the microsecond; then it is new, for any payload."""
    start = clock.now
    first = till.send()
    clock.now = start + TTL - 1
    assert till.send().snapshot == first.snapshot
    clock.now = start + TTL
    second = till.send(payload="another")
    assert not second.replayed
    clock.now += TTL - 1
    assert till.send(payload="another").snapshot == second.snapshot
    assert (till.effects(), till.records()) == (2, 1)


def test_sweeping(till: Till, clock: Clock) -> None:
    """Sweeping takes what has expired, so many at a time, and never what could still be asked for."""
    for n in range(5):
        till.send(f"old {n}")
    clock.now += TTL - 1
    till.send("young")
    assert till.sweep() == 0
    clock.now += 1
    assert [till.sweep(2) for _ in range(4)] == [2, 2, 1, 0]
    assert till.send("young").replayed
    assert till.records() == 1


def test_claimed_while_swept(till: Till, clock: Clock, engine: Engine, database_url: str) -> None:
    """A key that is used anew while its old record is being swept is not swept: the new outcome stays.

    On SQLite there is one writer, so that nothing comes in between.
    """
    till.send()
    clock.now += TTL

    async def race() -> None:
        claimed, go_on = asyncio.Event(), asyncio.Event()

        async def slow(unit: Unit) -> Snapshot:
            claimed.set()
            await go_on.wait()
            return await till.command().effect(unit)

        using = asyncio.create_task(till.runner.run(ANNE, "K", Command("test", 1, slow)))
        await claimed.wait()
        sweeping = asyncio.create_task(till.runner.database.write(lambda unit: sweep(unit, 100)))
        await until_waiting(database_url, 1)
        go_on.set()
        await asyncio.gather(using, sweeping)

    if engine == "postgresql":
        till.run(race())
    else:
        assert not till.send().replayed
        assert till.sweep() == 0
    assert till.send().replayed
    assert till.effects() == 2


@pytest.mark.parametrize("expired", [False, True], ids=["new", "expired"])
def test_many_at_once(till: Till, clock: Clock, expired: bool) -> None:
    """Of many concurrent requests with a key one takes effect; all others are told of it, or that it still runs.

    The same of a key whose old record has expired, but is there still.
    """
    if expired:
        till.send(payload="old")
        clock.now += TTL

    async def all_at_once() -> list[Any]:
        sent = (till.runner.run(ANNE, "K", till.command()) for _ in range(50))
        return await asyncio.gather(*sent, return_exceptions=True)

    outcomes = till.run(all_at_once())
    told = [one for one in outcomes if isinstance(one, Outcome)]
    assert {one.code for one in outcomes if not isinstance(one, Outcome)} <= {Code.IDEMPOTENCY_KEY_IN_USE}
    assert len({one.snapshot["id"] for one in told}) == 1
    assert sum(not one.replayed for one in told) == 1
    assert (till.effects(), till.records()) == (1 + expired, 1)


def test_still_running(till: Till, engine: Engine) -> None:
    """While a first request runs, others with its key are refused at once, and hold no connection; then replayed.

    On SQLite they wait for the one writer instead, so that there is nothing to be told apart.
    """
    if engine == "sqlite":
        return

    async def race() -> list[Any]:
        started, go_on = asyncio.Event(), asyncio.Event()

        async def slow(unit: Unit) -> Snapshot:
            started.set()
            await go_on.wait()
            return {"id": 7}

        using = asyncio.create_task(till.runner.run(ANNE, "K", Command("test", 1, slow)))
        await started.wait()
        sent = (till.runner.run(ANNE, "K", till.command()) for _ in range(50))
        refusals = await asyncio.gather(*sent, return_exceptions=True)
        go_on.set()
        return [await using, refusals]

    first, refusals = till.run(race())
    assert {(one.code, one.retry_after) for one in refusals} == {(Code.IDEMPOTENCY_KEY_IN_USE, 1)}
    assert dict(till.send().snapshot) == first.snapshot
    assert till.effects() == 0


def test_failed_while_others_waited(till: Till) -> None:
    """A key whose first request fails is free for the next, whoever tried in between."""
    with pytest.raises(RuntimeError):
        till.send(met=RuntimeError("a fault of ours"))
    assert not till.send(payload="another").replayed


def test_a_request_that_is_given_up(till: Till) -> None:
    """A request that is cancelled at any moment has its effect once or not at all, and its retry has it once."""

    async def given_up(turns: int) -> None:
        sending = asyncio.create_task(till.runner.run(ANNE, f"K{turns}", till.command()))
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    async def retried(key: str) -> None:
        """Send it as clients do, until the server knows that the first request is gone."""
        async with asyncio.timeout(20):
            while True:
                try:
                    await till.runner.run(ANNE, key, till.command())
                except TandemError as error:
                    assert error.code is Code.IDEMPOTENCY_KEY_IN_USE  # noqa: PT017
                else:
                    return

    for turns in range(25):
        till.run(given_up(turns))
        till.run(retried(f"K{turns}"))
        assert till.send(f"K{turns}").replayed
    assert (till.effects(), till.records()) == (25, 25)


def test_a_fault_that_is_no_exception(database_url: str, engine: Engine, run: Run[Any]) -> None:
    """Whatever a unit of work raises, those that come after it, or share its commit, are served."""
    database = open_database(database_url)

    async def all_at_once() -> list[Any]:
        met = [SystemExit("no"), None, KeyboardInterrupt("no"), None, asyncio.CancelledError("no"), GeneratorExit("no")]
        if engine == "postgresql":  # what is no `Exception` ends the event loop there, as it should
            met = [None] * 6
        effects = [partial(Till.effect, met=one) for one in met]
        return await asyncio.gather(*(database.write(effect) for effect in effects), return_exceptions=True)

    outcomes = run(all_at_once())
    landed = [one for one in outcomes if isinstance(one, dict)]
    assert len(landed) == (2 if engine == "sqlite" else 6)
    (count,) = run(database.read(lambda unit: unit.all(_PRODUCTS)))[0]
    assert count == len(landed)
    run(database.close())


def members(text: str) -> dict[str, Any]:
    """The members of a body, as an edge reads them."""
    found: dict[str, Any] = bodies.parse(text.encode())
    return found


SAME = {
    "an order": [
        '{"items": [{"productId": 1, "quantity": 2}], "reference": "r"}',
        '{"reference":"r","items":[{"quantity":2,"productId":1}]}',
        '\n{ "items" : [ { "quantity" : 2.0, "productId" : 1e0 } ], "reference" : "\\u0072" }\t',
    ],
    "an order without a reference": [
        '{"items": [{"productId": 1, "quantity": 2}]}',
        '{"reference": null, "items": [{"productId": 1, "quantity": 2}]}',
    ],
    "a product": [
        '{"name": "Tea", "price": 12.5, "categoryIds": [2, 1]}',
        '{"categoryIds": [1, 2, 2], "price": 12.50, "name": " Tea "}',
        '{"price": 1.25e1, "name": "Tea", "categoryIds": [1, 2]}',
    ],
}
OTHER = {
    "an order": '{"items": [{"productId": 1, "quantity": 3}], "reference": "r"}',
    "an order without a reference": '{"items": [{"productId": 1, "quantity": 2}], "reference": ""}',
    "a product": '{"name": "Tea", "price": 12.51, "categoryIds": [1, 2]}',
}


def fingerprint(text: str) -> str:
    """The fingerprint of what a body asks for."""
    read = members(text)
    if "items" in read:
        return placements.placing("anne", drafts.parse(read)).fingerprint()
    return commands.create_product(product_edits.parse(read)).fingerprint()


@pytest.mark.parametrize("thing", SAME)
def test_fingerprints(thing: str) -> None:
    """The order of members, white space, and how a number or a text is written do not matter; what they say does."""
    assert len({fingerprint(text) for text in SAME[thing]}) == 1
    assert fingerprint(OTHER[thing]) != fingerprint(SAME[thing][0])


def test_order_of_items() -> None:
    """Items in another order are another order: its lines stand as they were asked for."""
    items = [{"productId": 1, "quantity": 2}, {"productId": 2, "quantity": 1}]
    there, back = (placements.placing("anne", drafts.parse({"items": one})) for one in (items, items[::-1]))
    assert there.fingerprint() != back.fingerprint()


def test_fingerprints_of_version_1(till: Till) -> None:
    """A key from a release that did not trim skus replays for what it was used with, and for nothing else."""
    bodies_sent = ({"name": "Tea", "price": 1, "sku": " K1 "}, {"name": "Tea", "price": 1, "sku": "K1"})
    padded, trimmed = (commands.create_product(product_edits.parse(body)) for body in bodies_sent)
    assert padded.fingerprint() == trimmed.fingerprint()
    made = till.run(till.runner.run(ANNE, "K", padded))
    stored = blake2b(b'{"name":"Tea","price":10000,"sku":" K1 "}', digest_size=16).hexdigest()
    update = Statement(idempotency.record.update().values(fingerprint=stored).returning(idempotency.r.key))
    till.run(till.runner.database.write(lambda unit: unit.all(update)))
    again = till.run(till.runner.run(ANNE, "K", padded))
    assert (again.replayed, again.snapshot["id"]) == (True, made.snapshot["id"])
    with pytest.raises(TandemError) as caught:
        till.run(till.runner.run(ANNE, "K", trimmed))
    assert caught.value.code is Code.IDEMPOTENCY_KEY_REUSED
    for edit in ({"sku": "\u00a0K1"}, {"sku": None}, {"name": "Pot"}):
        command = commands.change_product(1, product_edits.parse(edit, patch=True), None)
        assert command.is_of(blake2b(_v1([1, edit]), digest_size=16).hexdigest())
        assert command.is_of(command.fingerprint())


def _v1(payload: object) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
