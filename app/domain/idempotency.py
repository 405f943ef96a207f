"""Exactly once: one transaction stores a command's effect and its outcome, and retries get the same outcome.

A key belongs to a caller and an operation, whichever protocol it comes through. What is stored is the outcome, not an
answer: each edge renders it again. Success is kept, and the refusals that were decided on what is stored (404, 409,
412); what may come out differently next time (validation, authorization, limits, faults of ours) leaves the key free.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, delete, literal_column, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.domain import models, request_context
from app.domain.callers import Caller
from app.domain.errors import Code, FieldError, LockTimeout, TandemError
from app.domain.sql.conditions import alone
from app.domain.sql.json_values import json_text
from app.domain.sql.tables import bind, new_values, table_of
from app.domain.unit_of_work import Database, Engine, Row, Statement, Unit, first

Snapshot = Mapping[str, Any]
"""A resource at the end of its command, by column; outcomes are rendered from it."""

MAX_KEY = 255
_SWEEP_SIZE = 200
"""The number of records deleted together: few, so that no writer waits for long."""


class Claim(NamedTuple):
    """The values of a key's record besides the outcome; `expires_at` is in microseconds since the epoch."""

    caller: str
    operation: str
    key: str
    fingerprint: str
    expires_at: int


SingleStatement = Callable[[Unit, Claim], Awaitable[Snapshot | None]]
"""Claim, effect and outcome in one statement, for the usual case; `None` if it did nothing."""


class Command(NamedTuple):
    """A validated command: its name, its canonical payload, and its effect.

    `payload_v1` is the payload as releases before skus were trimmed had it, where that may differ. One that is a
    `dry_run` writes nothing, not even what came of it.
    """

    operation: str
    payload: Any
    effect: Callable[[Unit], Awaitable[Snapshot]]
    single_statement: SingleStatement | None = None
    payload_v1: Any = None
    dry_run: bool = False

    def fingerprint(self) -> str:
        """The fingerprint of the payload, with the version of its rule."""
        return f"{_VERSION}{_hash(self.payload)}"

    def is_of(self, stored: str) -> bool:
        """Whether a stored fingerprint has the same payload, by the rule of its version."""
        if stored.startswith(_VERSION):
            return stored == self.fingerprint()
        return stored == _hash(self.payload if self.payload_v1 is None else self.payload_v1)


_VERSION = "2:"
"""Begins a fingerprint; those of version 1 are a bare hash."""


def _hash(payload: Any) -> str:
    return blake2b(msgspec.json.encode(payload, order="deterministic"), digest_size=16).hexdigest()


class Outcome(NamedTuple):
    """The outcome of a command, of this run or of the first one with its key."""

    snapshot: Snapshot
    replayed: bool = False


record = table_of(models.IdempotencyRecord)
r = record.c


_MINE = and_(r.caller == bind(r.caller), r.operation == bind(r.operation), r.key == bind(r.key))
_NOW = bind(r.expires_at, "now")
# The sum hides the column from its index: a plan made on an empty table might choose it and read every live record.
_find = select(r.fingerprint, r.outcome).where(_MINE, r.expires_at + literal_column("0") > _NOW)
# A commit that was cancelled while it waited for a synchronous replica is visible, though a failover may undo it. What
# writes to the log waits for the replica in its turn, and so for all before it.
_replicated: ColumnElement[Any] = literal_column(
    "CASE WHEN current_setting('synchronous_standby_names') <> '' THEN pg_logical_emit_message(true, 'tandem', '') END"
)
_FIND: dict[Engine, Statement] = {"sqlite": Statement(_find), "postgresql": Statement(_find.add_columns(_replicated))}
_new = new_values(r)
_claim = insert(record).from_select(
    list(_new), select(*_new.values()).where(alone(_new["caller"], _new["operation"], _new["key"]))
)
_CLAIM = Statement(
    _claim.on_conflict_do_update(
        index_elements=[r.caller, r.operation, r.key],
        set_={"fingerprint": _claim.excluded.fingerprint, "outcome": "", "expires_at": _claim.excluded.expires_at},
        where=r.expires_at <= _NOW,
    ).returning(r.key)
)
_STORE = Statement(update(record).where(_MINE).values(outcome=bind(r.outcome, "new_outcome")))
_some = select(r.caller, r.operation, r.key).where(r.expires_at <= _NOW).limit(bind(r.expires_at, "size"))
_SWEEP = Statement(
    delete(record)
    # Repeated outside the select, which a statement that waited for a claim of the key does not evaluate again.
    .where(tuple_(r.caller, r.operation, r.key).in_(_some), r.expires_at <= _NOW)
    .returning(r.key)
)


class IdempotentRunner:
    """Runs commands on a database, each at most once per key while its record lives.

    `after` has what is called, by operation, once a command has run and is committed.
    """

    def __init__(self, database: Database, ttl: int) -> None:
        self.database = database
        self.ttl = ttl
        self.after: dict[str, Callable[[], None]] = {}

    async def run(self, caller: Caller, key: str | None, command: Command) -> Outcome:
        """Run a command, or replay its outcome; raises its error, which is marked if it is a replay."""
        outcome = await self._outcome(caller, key, command)
        if command.operation in self.after and not outcome.replayed:
            self.after[command.operation]()
        return outcome

    async def _outcome(self, caller: Caller, key: str | None, command: Command) -> Outcome:
        if command.dry_run:
            return Outcome(await self.database.read(command.effect, snapshot=True, long=True))
        if key is None:
            return Outcome(await self.database.write(command.effect))
        claim = {"caller": caller.name, "operation": command.operation, "key": key}
        fingerprint = command.fingerprint()
        if command.single_statement and (
            snapshot := await self._run_single_statement(command.single_statement, claim, fingerprint)
        ):
            request_context.note("idempotency", "new")
            return Outcome(snapshot)
        found = await self.database.read(lambda unit: _find_record(unit, claim))
        if found is None:
            request_context.note("idempotency", "new")
            made = await self.database.write(lambda unit: self._first(unit, claim, fingerprint, command))
            if isinstance(made, TandemError):
                raise made
            if made is not None:
                return Outcome(made)
            found = await self.database.read(lambda unit: _find_record(unit, claim))
        if found is None:  # the other request was rolled back, or its record just expired
            raise _in_use()
        return _replay(found, command)

    async def knows(self, caller: Caller, key: str, operation: str) -> bool:
        """Whether an outcome is stored for a key; for work that must know before it begins."""
        claim = {"caller": caller.name, "operation": operation, "key": key}
        return await self.database.read(lambda unit: _find_record(unit, claim)) is not None

    async def sweep(self) -> bool:
        """Delete some expired records; returns whether there may be more."""
        return await self.database.write(lambda unit: sweep(unit, _SWEEP_SIZE)) == _SWEEP_SIZE

    async def _run_single_statement(
        self, effect: SingleStatement, claim: dict[str, str], fingerprint: str
    ) -> Snapshot | None:
        return await self.database.write_in_one_statement(
            lambda unit: effect(unit, Claim(**claim, fingerprint=fingerprint, expires_at=unit.now() + self.ttl))
        )

    async def _first(
        self, unit: Unit, claim: dict[str, str], fingerprint: str, command: Command
    ) -> Snapshot | TandemError | None:
        """Claim the key, run the effect, store the outcome; `None` if another request has the key."""
        parameters = {f"new_{name}": value for name, value in claim.items()}
        expires_at = unit.now() + self.ttl
        try:
            mine = await unit.all(
                _CLAIM,
                **parameters,
                new_fingerprint=fingerprint,
                new_expires_at=expires_at,
                new_outcome="",
                now=unit.now(),
            )
        except LockTimeout:
            raise _in_use() from None
        if not mine:
            return None
        try:
            async with unit.savepoint():
                snapshot = await command.effect(unit)
        except TandemError as refusal:
            if not refusal.code.spec.replayable:
                raise
            await unit.all(_STORE, **claim, new_outcome=json_text({"refusal": dump_error(refusal)}))
            return refusal
        await unit.all(_STORE, **claim, new_outcome=json_text({"done": snapshot}))
        return snapshot


async def sweep(unit: Unit, size: int) -> int:
    """Delete up to `size` expired records; returns their number."""
    return len(await unit.all(_SWEEP, now=unit.now(), size=size))


async def _find_record(unit: Unit, claim: Mapping[str, str]) -> Row | None:
    """The record of a key, once no failover can undo it."""
    return await first(unit, _FIND[unit.engine], **claim, now=unit.now())


def _replay(found: Row, command: Command) -> Outcome:
    fingerprint, text = found[:2]
    same = command.is_of(fingerprint)
    request_context.note("idempotency", "replayed" if same else "reused")
    if not same:
        raise TandemError(Code.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was used with another payload.")
    outcome = msgspec.json.decode(text)
    if "done" in outcome:
        return Outcome(outcome["done"], replayed=True)
    refusal = load_error(outcome["refusal"])
    refusal.replayed = True
    raise refusal


def load_error(refusal: Sequence[Any]) -> TandemError:
    """The error that `dump_error` stored."""
    code, message, field_errors = refusal
    faults = [FieldError(tuple(path), text, Code(word)) for path, text, word in field_errors]
    return TandemError(Code(code), message, faults)


def dump_error(refusal: TandemError) -> list[Any]:
    """The stored form of an error."""
    return [refusal.code, refusal.message, [[list(f.field), f.message, f.code] for f in refusal.field_errors]]


def _in_use() -> TandemError:
    request_context.note("idempotency", "in_use")
    message = "A request with this Idempotency-Key is still running."
    return TandemError(Code.IDEMPOTENCY_KEY_IN_USE, message, retry_after=1)
