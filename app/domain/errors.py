"""The errors that clients can meet, over REST as over GraphQL.

REST answers with problem+json (RFC 9457), GraphQL with a user error or with `extensions.code`; both render the same
`TandemError`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from app.domain.error_codes import Code

__all__ = ["Code"]

_MAX_MESSAGES = 20
"""The maximum number of messages that one message joins: a body of a megabyte may have far more errors."""
MAX_FAULTS = 1_000
"""The maximum number of recorded errors of an input: a body of a megabyte may have far more."""


class FieldError(NamedTuple):
    """One error in the input; `field` is its path (`("items", 0, "quantity")`)."""

    field: tuple[str | int, ...]
    message: str
    code: Code = Code.VALIDATION_FAILED


class TandemError(Exception):
    """An error for the client, whose message is safe to show."""

    def __init__(
        self, code: Code, message: str, field_errors: Sequence[FieldError] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field_errors = tuple(field_errors)
        self.retry_after = retry_after
        self.replayed = False

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return self.code.spec.status


class NotFound(TandemError):
    """404: the resource does not exist, or the caller may not see it."""

    def __init__(self, thing: str) -> None:
        super().__init__(Code.NOT_FOUND, f"There is no such {thing}.")


class Conflict(TandemError):
    """409: the request conflicts with stored data."""

    def __init__(self, message: str, *field: str | int) -> None:
        field_errors = (FieldError(field, message, Code.CONFLICT),) if field else ()
        super().__init__(Code.CONFLICT, message, field_errors)


class SlugTaken(Conflict):
    """409: another product has the slug."""

    def __init__(self) -> None:
        super().__init__("Another product has this slug.", "slug")


class SkuTaken(Conflict):
    """409: another product has the sku."""

    def __init__(self) -> None:
        super().__init__("Another product has this sku.", "sku")


class KeyRequired(TandemError):
    """400: the operation needs an Idempotency-Key."""

    def __init__(self) -> None:
        super().__init__(Code.IDEMPOTENCY_KEY_REQUIRED, "Send an Idempotency-Key, so that a retry is safe.")


class PreconditionFailed(TandemError):
    """412: the resource was edited since the caller read it (RFC 9110, section 13.1.1)."""

    def __init__(self) -> None:
        super().__init__(Code.PRECONDITION_FAILED, "The resource has changed since you read it.")


class InvalidCursor(TandemError):
    """400: the cursor is malformed, or belongs to another list."""

    def __init__(self, message: str = "The cursor is malformed.") -> None:
        super().__init__(Code.INVALID_CURSOR, message)


class Unavailable(TandemError):
    """503: the database is unavailable or busy; the request had no effect."""

    def __init__(self, message: str = "The database is unavailable.", retry_after: int = 1) -> None:
        super().__init__(Code.UNAVAILABLE, message, retry_after=retry_after)


class Busy(Unavailable):
    """503: other requests keep the database, or the same data, busy."""

    def __init__(self) -> None:
        super().__init__("The database is busy.")


class ConnectionLost(Unavailable):
    """503: the connection to the database broke. Reading work may run again on another one."""


class NotMigrated(Unavailable):
    """503: the database answers, but its tables are not those of this release."""

    def __init__(self, message: str = "The database is not migrated; run `tandem migrate`.") -> None:
        super().__init__(message)


class InternalError(TandemError):
    """500: an unexpected error; only the log has its details."""

    def __init__(self) -> None:
        super().__init__(Code.INTERNAL_ERROR, "The service failed; the error is logged.")


class StorageFull(TandemError):
    """507: the database has no room left; the request had no effect."""

    def __init__(self) -> None:
        super().__init__(Code.STORAGE_FULL, "The storage is full.", retry_after=60)


class LockTimeout(Unavailable):
    """503: another transaction held a lock for too long."""

    def __init__(self) -> None:
        super().__init__("Other requests are changing the same data.")


class Invalid(TandemError):
    """422: the input is invalid; carries every error."""

    def __init__(self, field_errors: Sequence[FieldError]) -> None:
        codes = {fault.code for fault in field_errors}
        code = codes.pop() if len(codes) == 1 else Code.VALIDATION_FAILED
        messages = list(dict.fromkeys(fault.message for fault in field_errors))
        super().__init__(
            code, " ".join(messages[:_MAX_MESSAGES]) + (" And more." if messages[_MAX_MESSAGES:] else ""), field_errors
        )


class Violation(Exception):
    """A violated constraint of the database, which the domain translates for clients.

    `constraint` is its name in the models, or "foreign_key" if the engine does not say.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint
