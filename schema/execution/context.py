"""The context of a request during execution."""

from dataclasses import dataclass, field
from hashlib import blake2b

from app.domain.callers import Caller
from app.domain.changes.change_log import ChangeLog
from app.domain.errors import KeyRequired
from app.domain.idempotency import MAX_KEY, IdempotentRunner
from app.domain.unit_of_work import Database
from app.rate_limiting.budget import Budget


@dataclass(slots=True)
class Context:
    """One request. `key` is its idempotency key, `replays` has one flag per mutation that ran.

    A `large` answer is rendered off the event loop. `unparsable`: the document has a syntax error. Webhooks may use
    `webhook_hosts` even in private networks. `retry_after` is in seconds.
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
    several_mutations: bool = False
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
        """The idempotency key of a mutation field: the request's key, with the response path if fields are several."""
        if self.key is None and required:
            raise KeyRequired
        return f"{self.key} {_short(response_key)}" if self.key and self.several_mutations else self.key


def _short(response_key: str) -> str:
    """A key of bounded length: an alias may be longer than a database can index."""
    long = len(response_key) > MAX_KEY
    return f"#{blake2b(response_key.encode(), digest_size=16).hexdigest()}" if long else response_key
