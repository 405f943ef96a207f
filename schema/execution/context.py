"""The context of a request during execution."""

from dataclasses import dataclass, field
from hashlib import blake2b

from app.domain.callers import Caller
from app.domain.changes.change_log import ChangeLog
from app.domain.errors import Code, TandemError
from app.domain.idempotency import MAX_KEY, IdempotentRunner
from app.domain.unit_of_work import Database
from app.rate_limiting.budget import Budget


@dataclass(slots=True)
class Context:
    """One request: its caller and idempotency key, the replays among its mutations, and when to try again.

    A `large` answer is rendered off the event loop; an `unparsable` document is no GraphQL. Webhooks may go to
    `webhook_hosts` wherever these are.
    """

    runner: IdempotentRunner
    changes: ChangeLog
    caller: Caller
    budget: Budget
    request_id: str
    webhook_hosts: frozenset[str] = frozenset()
    media_type: str = ""
    last_event_id: str | None = None
    key: str | None = None
    many: bool = False
    cost: int = 0
    large: bool = False
    unparsable: bool = False
    replays: list[bool] = field(default_factory=list)
    retry_after: int | None = None

    @property
    def database(self) -> Database:
        """The database of the request."""
        return self.runner.database

    def key_of(self, response_key: str, *, required: bool = False) -> str | None:
        """The idempotency key of a mutation field: the request's own, with the response path where it has several."""
        if self.key is None and required:
            raise TandemError(Code.IDEMPOTENCY_KEY_REQUIRED, "Send an Idempotency-Key, so that a retry is safe.")
        return f"{self.key} {_short(response_key)}" if self.key and self.many else self.key


def _short(response_key: str) -> str:
    """An alias may be of any length; what a database has an index of may not."""
    long = len(response_key) > MAX_KEY
    return f"#{blake2b(response_key.encode(), digest_size=16).hexdigest()}" if long else response_key
