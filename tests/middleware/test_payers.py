"""Whose bucket pays: that of a key wherever it is used, or that of an address, which invented keys empty."""

import math
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from app.domain.errors import Unavailable
from app.middleware import rate_limit
from app.stores import keys, lanes
from app.stores.database import open_database
from app.stores.sqlite.database import SqliteDatabase
from tests.clock import Clock
from tests.middleware.conftest import Served
from tests.middleware.spending import left, rest, spend


def test_invented_keys(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,000 invented keys from one address 100 are looked up and refused as such, the rest is 429 by one look."""
    asked: Counter[str] = Counter()

    def count(function: Callable[..., Any]) -> None:
        async def counted(*arguments: Any) -> Any:
            asked[function.__name__] += 1
            return await function(*arguments)

        monkeypatch.setattr(keys, function.__name__, counted)

    count(keys.verify)
    count(keys.live_hashes)
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=lambda: 1.0))
    client = served.client()
    paths = ["/v2/products", "/v1/categories", "/livez", "/v2/openapi.json"]
    answers = [client.get(paths[i % 4], authorization=f"Bearer tdm_{i:016x}_x").status_code for i in range(1000)]
    assert answers == [401] * 100 + [429] * 900
    assert asked == {"verify": 100, "live_hashes": 1}


def test_good_keys_of_an_address_that_has_nothing_left(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was never seen is good from any address, whatever its neighbours do; it pays from its own bucket."""
    client, alice, bob, gone = served.client(), *(served.key(name) for name in ("alice", "bob", "gone"))
    served.run(_revoke(served, "gone"))
    seconds = 1.0
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=lambda: seconds))
    for number in range(150):
        client.get("/v2/products", authorization=f"Bearer tdm_{number:016x}_x")
    assert [left(rest(client, **alice)) for _ in range(3)] == [99, 98, 97]
    assert rest(client, **gone).status_code == 429
    with monkeypatch.context() as without:
        without.setattr(keys, "live_hashes", _away)
        seconds += 1
        assert left(rest(client, **alice)) == 96
        assert rest(client, **bob).status_code == 429  # nothing tells it from an invented one
    seconds += 1
    assert left(rest(client, **bob)) == 99


def test_lanes_know_the_payer(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads of the database are bounded by who pays: a key, or an address while nobody is identified."""
    callers: list[str] = []
    read = SqliteDatabase.read

    async def noted(self: SqliteDatabase, *args: Any, **kwargs: Any) -> Any:
        callers.append(lanes.caller())
        return await read(self, *args, **kwargs)

    monkeypatch.setattr(SqliteDatabase, "read", noted)
    client, alice = served.client("192.0.2.9"), served.key("alice")
    client.get("/v2/products")
    client.get("/v2/products", **alice)
    assert callers == ["address 192.0.2.9", "address 192.0.2.9", "key alice"]
    assert lanes.caller() == ""


async def _away(*_: Any) -> Any:
    raise Unavailable


async def _revoke(served: Served, name: str) -> None:
    database = open_database(served.url, served.clock)
    await keys.revoke(database, name)
    await database.close()


def test_a_key_pays_for_itself(served: Served, clock: Clock) -> None:
    """A valid key pays from its own bucket wherever it is used, and its address gets back what the look-up took."""
    alice, bob = served.key("alice"), served.key("bob")
    client, elsewhere = served.client(), served.client("192.0.2.9")
    assert left(rest(client, **alice)) == 99
    assert left(rest(elsewhere, **alice)) == 98
    assert left(rest(client)) == 99
    spend(client, 99)
    assert left(rest(client, **alice)) == 97
    assert left(rest(client, **bob)) == 99  # though the address has nothing left
    spend(client, 97, **alice)
    assert rest(elsewhere, **alice).status_code == 429
    assert rest(elsewhere).status_code == 200


def test_two_keys_of_a_caller(served: Served) -> None:
    """The keys of one caller share its budget, so rotating them gives nothing away."""
    first, second = served.key("alice"), served.key("alice")
    client = served.client()
    assert left(rest(client, **first)) == 99
    assert left(rest(client, **second)) == 98


def test_revoked_key(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was good is refused once it is not; from then on it costs its address as an invented one does."""
    alice = served.key("alice")
    client = served.client()
    rest(client, **alice)

    async def nobody(*_: Any) -> None:
        return None

    monkeypatch.setattr(keys, "verify", nobody)
    monkeypatch.setattr("app.middleware.identity.time", SimpleNamespace(monotonic=lambda: math.inf))
    assert [left(rest(client, **alice)) for _ in range(3)] == [100, 99, 98]


def test_tiers(served: Served) -> None:
    """A key may have a limit of its own, which takes the place of the default."""
    large, small = served.key("large", "1000/hour"), served.key("small", "2/minute")
    client = served.client()
    answer = rest(client, **large)
    assert answer.headers["ratelimit-policy"] == '"default";q=1000;w=3600'
    assert answer.headers["ratelimit"] == '"default";r=999;t=4'
    spend(client, 2, **small)
    refused = rest(client, **small)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
