"""API keys: what is stored of them, which ones are good, and how soon one that was revoked is not."""

import asyncio
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from app.domain.callers import Scope
from app.domain.errors import Conflict, NotFound, Unavailable
from app.stores import keys
from app.stores.database import open_database
from app.stores.keys import Verifier
from app.stores.postgres.database import PostgresDatabase
from app.stores.sqlite.database import SqliteDatabase
from tests.clock import Clock
from tests.conftest import Run

Database = SqliteDatabase | PostgresDatabase
DAY = 86_400_000_000


@pytest.fixture
def database(database_url: str, run: Run[Any], clock: Clock) -> Any:
    """A database on that clock."""
    opened = open_database(database_url, clock)
    yield opened
    run(opened.close())


@pytest.fixture
def create(database: Database, run: Run[Any]) -> Callable[..., str]:
    """Makes a key of a caller."""
    return lambda name="alice", **options: run(keys.create(database, name, [Scope.ORDERS_READ], **options))


def test_a_key_is_its_callers(database: Database, create: Callable[..., str], run: Run[Any]) -> None:
    """It bears the caller's name, scopes and rate; reading the catalogue is always among the scopes."""
    caller = run(keys.verify(database, create(rate="5/minute")))
    assert (caller.name, caller.known, caller.rate) == ("alice", True, "5/minute")
    assert caller.scopes == {Scope.ORDERS_READ, Scope.CATALOG_READ}


def test_only_hashes_are_stored(database: Database, create: Callable[..., str], run: Run[Any]) -> None:
    """Nothing of a secret's random part is in the table, and two keys have nothing in common."""
    secrets = [create(), create()]
    stored = repr(run(keys.list_all(database)))
    for secret in secrets:
        _, identity, random = secret.split("_", 2)
        assert identity in stored
        assert len(random) == 43
        assert random not in stored
        assert random[:12] not in stored
    assert secrets[0] != secrets[1]


def test_forged(database: Database, create: Callable[..., str], run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever differs by a character is not good; it is compared in constant time, by its hash."""
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda *pair: compared.append(pair) or real(*pair))
    good, other = create(), create("bob")
    identity = good.split("_")[1]
    for forged in (
        good[:-1],
        f"{good}x",
        good.swapcase(),
        good.replace(identity, other.split("_")[1]),
        f"tdm_{identity}_",
        f"tdm_{identity}",
        f"tdm_{'0' * 16}_x",
        "tdm__x",
        "tdm_%_x",
        "",
        f"{good}\x00",
        "tdm_١_x",
    ):
        assert run(keys.verify(database, forged)) is None, forged
    assert {len(text) for pair in compared for text in pair} == {64}
    assert len(compared) >= 4
    assert run(keys.verify(database, good)).name == "alice"


def test_expiry(database: Database, create: Callable[..., str], run: Run[Any], clock: Clock) -> None:
    """A key is good until its time is over, and from that moment on it is not."""
    secret = create(lifetime=DAY)
    clock.now += DAY - 1
    assert run(keys.verify(database, secret))
    clock.now += 1
    assert run(keys.verify(database, secret)) is None
    assert run(keys.live_hashes(database)) == frozenset()


def test_rotation(database: Database, create: Callable[..., str], run: Run[Any], clock: Clock) -> None:
    """A caller has two live keys at most: what is revoked or has expired makes room."""
    first, second = create(), create(lifetime=DAY)
    with pytest.raises(Conflict):
        create()
    create("bob")
    assert run(keys.revoke(database, first.split("_")[1])) == 1
    third = create()
    assert [bool(run(keys.verify(database, one))) for one in (first, second, third)] == [False, True, True]
    clock.now += DAY
    create()
    assert run(keys.revoke(database, "alice")) == 3
    with pytest.raises(NotFound):
        run(keys.revoke(database, "alice"))
    assert run(keys.verify(database, third)) is None


def test_revoked_everywhere(database: Database, create: Callable[..., str], run: Run[Any]) -> None:
    """Each process remembers a good key for a second, so that one which is revoked is refused everywhere within two."""
    secret, processes = create(), [Verifier(database), Verifier(database)]

    def good(now: float) -> list[bool]:
        return [bool(run(one.verify(secret, now))) and run(one.recognises(secret, now)) for one in processes]

    assert good(100.0) == [True, True]
    run(keys.revoke(database, "alice"))
    assert good(100.9) == [True, True]
    assert good(101.0) == [False, False]
    assert not any(one.knows(secret) for one in processes)


@pytest.mark.parametrize("how", ["away", "frozen"])
def test_listing_without_a_database(
    database: Database, create: Callable[..., str], run: Run[Any], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Where the database is away or says nothing, it is asked once for all who wait, none of whom waits for long."""
    secret, verifier, asked = create(), Verifier(database), 0
    thawed = asyncio.Event()
    real = keys.live_hashes

    async def fail(database: Any) -> Any:
        nonlocal asked
        asked += 1
        if how == "away":
            raise Unavailable
        await thawed.wait()
        return await real(database)

    async def ask(number: int, now: float) -> list[bool]:
        return await asyncio.gather(*(verifier.recognises(secret, now) for _ in range(number)))

    monkeypatch.setattr(keys, "live_hashes", fail)
    monkeypatch.setattr(keys, "_SECONDS_TO_LIST", 0.01)
    assert run(ask(50, 0.0)) == [False] * 50
    assert run(ask(1, 0.9)) == [False]
    assert asked == 1
    thawed.set()
    monkeypatch.undo()
    assert run(ask(50, 1.0)) == [True] * 50


def test_what_is_remembered_is_bounded(database: Database, create: Callable[..., str], run: Run[Any]) -> None:
    """However many keys are used, so many are remembered, and none of them as it was sent."""
    verifier = Verifier(database, size=3)
    secrets = [create(f"caller-{number}") for number in range(8)]
    for secret in secrets:
        assert run(verifier.verify(secret, 0.0))
        assert len(vars(verifier)["_known"]) <= 3
        assert secret not in repr(vars(verifier))
