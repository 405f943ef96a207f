"""What a request carries through execution, and how resolvers find what was fetched for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from strawberry import Info

from app.budgets import Budget
from app.domain.callers import Caller
from app.domain.errors import Code, TandemError
from app.domain.idempotency import MAX_KEY, Once
from app.domain.unit import Database


@dataclass(slots=True)
class Context:
    """One request: who asks, under which idempotency key, which of its mutations were replays, when to try again."""

    once: Once
    caller: Caller
    budget: Budget
    request_id: str
    key: str | None = None
    many: bool = False
    cost: int = 0
    replays: list[bool] = field(default_factory=list)
    retry_after: int | None = None

    @property
    def database(self) -> Database:
        """The database of the request."""
        return self.once.database

    def key_of(self, response_key: str, *, required: bool = False) -> str | None:
        """The idempotency key of a mutation field: the request's own, with the response path where it has several."""
        if self.key is None and required:
            raise TandemError(Code.IDEMPOTENCY_KEY_REQUIRED, "Send an Idempotency-Key, so that a retry is safe.")
        return f"{self.key} {_short(response_key)}" if self.key and self.many else self.key


def _short(response_key: str) -> str:
    """An alias may be of any length; what a database has an index of may not."""
    long = len(response_key) > MAX_KEY
    return f"#{blake2b(response_key.encode(), digest_size=16).hexdigest()}" if long else response_key


def fetched(children: Mapping[str, Any], info: Info[Context, Any]) -> Any:
    """What the look-ahead fetched for this field; raises where that was an error."""
    value = children[str(info.path.key)]
    if isinstance(value, Exception):
        raise value
    return value
