"""API keys: create, list, revoke, verify. Only hashes are stored.

A secret reads `tdm_<id>_<random>`: the id finds the row, and the SHA-256 of the whole is compared in constant time.
256 random bits need no slow hash. A caller, known by its name, has at most two live secrets, so that one can be
rotated: make the second, roll it out, revoke the first.
"""

import asyncio
import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import insert, select, update

from app.domain import models
from app.domain.callers import KEY_PREFIX, Caller, Scope
from app.domain.errors import Conflict, NotFound, Unavailable
from app.domain.sql.tables import bind, new_values, table_of
from app.domain.unit_of_work import Database, Statement, Unit, first

LIVE = 2
_SECONDS_TO_LIST, _SECONDS_KNOWN = 2.0, 1.0
_key = table_of(models.ApiKey)
k = _key.c
_INSERT = Statement(insert(_key).values(new_values(column for column in k if column is not k.revoked_at)))
_FIND = Statement(select(_key).where(k.id == bind(k.id)))
_ALL = Statement(select(_key).order_by(k.name, k.created_at, k.id))
_OF_NAME = Statement(select(_key).where(k.name == bind(k.name)))
_REVOKE = Statement(
    update(_key)
    .where((k.id == bind(k.id, "which")) | (k.name == bind(k.id, "which")))
    .where(k.revoked_at.is_(None))
    .values(revoked_at=bind(k.created_at, "now"))
    .returning(k.id)
)


class Key(NamedTuple):
    """A stored key; times in microseconds, `rate` its own rate limit."""

    id: str
    name: str
    hash: str
    scopes: str
    rate: str | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None

    def live(self, now: int) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


async def create(
    database: Database, name: str, scopes: Sequence[Scope], *, lifetime: int | None = None, rate: str | None = None
) -> str:
    """Create a key for a caller and return its secret, which is not stored. Raises `Conflict` if two keys are live."""
    identity, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    text = f"{KEY_PREFIX}_{identity}_{secret}"

    async def work(unit: Unit) -> str:
        await unit.lock("api keys")
        now = unit.now()
        if sum(key.live(now) for key in await _all(unit) if key.name == name) >= LIVE:
            raise Conflict(f"{name} has {LIVE} live keys; revoke one first.")
        expires_at = None if lifetime is None else now + lifetime
        row = Key(identity, name, _hash(text), " ".join(sorted(set(scopes))), rate, now, expires_at, None)
        values = row._asdict()
        await unit.all(_INSERT, **{f"new_{column}": values[column] for column in values if column != "revoked_at"})
        return text

    return await database.write(work)


async def list_all(database: Database) -> list[Key]:
    """Every key, by name and age."""
    return await database.read(_all)


async def live_hashes(database: Database) -> frozenset[str]:
    """The hashes of the secrets of all live keys."""

    async def work(unit: Unit) -> frozenset[str]:
        now = unit.now()
        return frozenset(key.hash for key in await _all(unit) if key.live(now))

    return await database.read(work, long=True)


async def revoke(database: Database, which: str) -> int:
    """Revoke the key with an id, or all keys of a caller; returns their number. Raises `NotFound`."""

    async def work(unit: Unit) -> int:
        return len(await unit.all(_REVOKE, which=which, now=unit.now()))

    revoked = await database.write(work)
    if not revoked:
        raise NotFound("live key")
    return revoked


async def verify(database: Database, text: str) -> Caller | None:
    """The caller of a secret; None if no live key has it."""
    prefix, _, rest = text.partition("_")
    identity = rest.partition("_")[0]
    if prefix != KEY_PREFIX or not identity.isalnum():
        return None
    return await database.read(lambda unit: _verify(unit, identity, text))


async def _verify(unit: Unit, identity: str, text: str) -> Caller | None:
    row = await first(unit, _FIND, id=identity)
    key = Key(*row) if row else None
    if key is None or not hmac.compare_digest(key.hash, _hash(text)) or not key.live(unit.now()):
        return None
    return Caller(key.name, frozenset(map(Scope, key.scopes.split())) | {Scope.CATALOG_READ}, rate=key.rate)


async def caller_of(database: Database, name: str) -> Caller | None:
    """The caller of a name with the scopes of all its live keys; None if it has no live key."""

    async def work(unit: Unit) -> Caller | None:
        now = unit.now()
        live = [key for key in map(Key._make, await unit.all(_OF_NAME, name=name)) if key.live(now)]
        scopes = {Scope(scope) for key in live for scope in key.scopes.split()}
        return Caller(name, frozenset(scopes) | {Scope.CATALOG_READ}) if live else None

    return await database.read(work)


async def _all(unit: Unit) -> list[Key]:
    return [Key(*row) for row in await unit.all(_ALL)]


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class Verifier:
    """Verifies keys with a cache of one second, so that every process refuses a revoked key within two."""

    def __init__(self, database: Database, size: int = 10_000) -> None:
        self._database, self._size = database, size
        self._known: dict[str, tuple[float, Caller]] = {}
        self._listing: asyncio.Task[frozenset[str]] | None = None
        self._listed_until = 0.0

    async def verify(self, text: str, now: float) -> Caller | None:
        """The caller of a secret at a time in seconds, or None. The secret itself is not kept."""
        digest = _hash(text)
        found = self._known.get(digest)
        if found and found[0] > now:
            return found[1]
        caller = await verify(self._database, text)
        if caller:
            if len(self._known) >= self._size:
                self._known.clear()
            self._known[digest] = (now + _SECONDS_KNOWN, caller)
        else:
            self._known.pop(digest, None)
        return caller

    def knows(self, text: str) -> bool:
        """Whether the cache has a secret."""
        return _hash(text) in self._known

    async def recognises(self, text: str, now: float) -> bool:
        """Whether a list of all live hashes, at most as old as the cache, has the secret's.

        Invented secrets cost one query a second, however many there are. If the database does not answer soon, no
        secret is recognised. This grants no access: `verify` does.
        """
        if self._listing is None or (self._listing.done() and self._listed_until <= now):
            self._listing = asyncio.create_task(live_hashes(self._database))
            self._listed_until = now + _SECONDS_KNOWN
        try:
            async with asyncio.timeout(_SECONDS_TO_LIST):
                return _hash(text) in await asyncio.shield(self._listing)
        except (Unavailable, TimeoutError):
            return False
