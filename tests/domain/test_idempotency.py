"""Exactly once, in the domain: what is kept under a key, what is not, for whom and for how long."""

import json
from hashlib import blake2b

import pytest

from app.domain import commands, idempotency
from app.domain.catalogue import product_edits
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
from app.domain.unit_of_work import Statement
from tests.clock import Clock
from tests.domain.tills import ANNE, BORIS, TTL, Till, refused


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
