"""One error vocabulary: every code that a client can meet, over REST as over GraphQL.

A code is a word (`out_of_stock`) with one HTTP status and one title. REST says it as problem+json (RFC 9457),
GraphQL as a user error or as `extensions.code`; both render the same `TandemError`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

_TOLD_AT_ONCE = 20
"""How many faults one message tells of: a body of a megabyte may have far more."""


class Meaning(NamedTuple):
    """What a code stands for: its HTTP status, its title, and what the reader may do about it."""

    status: int
    title: str
    advice: str


class Code(StrEnum):
    """The catalogue of error codes; `MEANINGS` has their statuses and texts."""

    MALFORMED_REQUEST = "malformed_request"
    UNKNOWN_HOST = "unknown_host"
    INVALID_CURSOR = "invalid_cursor"
    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required"
    IDEMPOTENCY_KEY_INVALID = "idempotency_key_invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    REQUEST_TIMEOUT = "request_timeout"
    CONFLICT = "conflict"
    OUT_OF_STOCK = "out_of_stock"
    IDEMPOTENCY_KEY_IN_USE = "idempotency_key_in_use"
    PRECONDITION_FAILED = "precondition_failed"
    UNSUPPORTED_VERSION = "unsupported_version"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    VALIDATION_FAILED = "validation_failed"
    UNKNOWN_PARAMETER = "unknown_parameter"
    READ_ONLY = "read_only"
    MIXED_CURRENCIES = "mixed_currencies"
    QUERY_TOO_COMPLEX = "query_too_complex"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    RATE_LIMITED = "rate_limited"
    HEADERS_TOO_LARGE = "headers_too_large"
    INTERNAL_ERROR = "internal_error"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    STORAGE_FULL = "storage_full"


MEANINGS: dict[Code, Meaning] = {
    Code.MALFORMED_REQUEST: Meaning(
        400, "The request could not be read", "Send well-formed JSON in UTF-8; numbers must be finite."
    ),
    Code.UNKNOWN_HOST: Meaning(
        400, "The host is not known here", "Use the host name of the service; its operator decides which are known."
    ),
    Code.INVALID_CURSOR: Meaning(
        400, "The cursor does not fit", "Use a cursor as it was given, with the same sort and filters."
    ),
    Code.IDEMPOTENCY_KEY_REQUIRED: Meaning(
        400, "An Idempotency-Key is required", "Send a key of your own making, and the same one with every retry."
    ),
    Code.IDEMPOTENCY_KEY_INVALID: Meaning(
        400, "The Idempotency-Key is malformed", "Send 1 to 255 visible ASCII characters, bare or in double quotes."
    ),
    Code.UNAUTHENTICATED: Meaning(401, "A valid API key is needed", "Send `Authorization: Bearer <key>`."),
    Code.FORBIDDEN: Meaning(
        403,
        "This is not allowed",
        "Use a key that has the scope named in the message. What a page of another site may do, its operator decides.",
    ),
    Code.NOT_FOUND: Meaning(
        404, "There is no such thing", "Check the address and the id; deleted ids never come back."
    ),
    Code.METHOD_NOT_ALLOWED: Meaning(405, "The method is not allowed here", "The `Allow` header lists the methods."),
    Code.NOT_ACCEPTABLE: Meaning(
        406, "No acceptable representation", "Accept `application/json`, or leave `Accept` out."
    ),
    Code.REQUEST_TIMEOUT: Meaning(
        408, "The request came too slowly", "Send it again, without pauses; nothing was done for it."
    ),
    Code.CONFLICT: Meaning(
        409,
        "It conflicts with what is stored",
        "Read the thing again and decide; the message says what stands in the way.",
    ),
    Code.OUT_OF_STOCK: Meaning(409, "There is not enough stock", "Ask for less, or try again once it is restocked."),
    Code.IDEMPOTENCY_KEY_IN_USE: Meaning(
        409, "The first request with this key is still running", "Send the same again after `Retry-After` seconds."
    ),
    Code.PRECONDITION_FAILED: Meaning(
        412, "It was changed in the meantime", "Read it again, apply the change to what you find, and use its new ETag."
    ),
    Code.UNSUPPORTED_VERSION: Meaning(
        412,
        "The version of the protocol is not spoken here",
        "`Tus-Version` tells which one is; say so in `Tus-Resumable`.",
    ),
    Code.PAYLOAD_TOO_LARGE: Meaning(413, "The body is too large", "Send less in one request."),
    Code.UNSUPPORTED_MEDIA_TYPE: Meaning(
        415,
        "The media type is not supported",
        "Send `application/json`; a PATCH also takes `application/merge-patch+json`.",
    ),
    Code.RANGE_NOT_SATISFIABLE: Meaning(
        416, "There is nothing in this range", "`Content-Range` tells how many bytes there are; ask for some of them."
    ),
    Code.VALIDATION_FAILED: Meaning(
        422, "Some of the input is invalid", "`details` names every field at fault and says what it must be."
    ),
    Code.UNKNOWN_PARAMETER: Meaning(422, "A parameter is not known here", "`details` names it; check its spelling."),
    Code.READ_ONLY: Meaning(422, "A member cannot be set", "Leave out what the service itself decides, such as `id`."),
    Code.MIXED_CURRENCIES: Meaning(
        422, "An order has one currency", "Order the products of each currency by themselves."
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Meaning(
        422, "The Idempotency-Key belongs to another request", "Make a new key for every new request."
    ),
    Code.QUERY_TOO_COMPLEX: Meaning(
        422, "The query asks for too much", "Ask for fewer things at once, or page through them."
    ),
    Code.RATE_LIMITED: Meaning(
        429, "The rate limit is used up", "Try again after `Retry-After` seconds; `RateLimit` tells what is left."
    ),
    Code.HEADERS_TOO_LARGE: Meaning(431, "The header is too large", "Send fewer or shorter header fields."),
    Code.INTERNAL_ERROR: Meaning(
        500, "Something went wrong on our side", "Try again; if it stays, tell us the request id."
    ),
    Code.UNAVAILABLE: Meaning(503, "The service is not available just now", "Try again after `Retry-After` seconds."),
    Code.TIMEOUT: Meaning(
        503, "It took too long", "Try again after `Retry-After` seconds, with the same Idempotency-Key; it may be done."
    ),
    Code.STORAGE_FULL: Meaning(507, "There is no room left", "Try again later; its operator has to make room first."),
}


class Fault(NamedTuple):
    """One thing that is wrong with the input: `field` is the path to it (`("items", 0, "quantity")`)."""

    field: tuple[str | int, ...]
    message: str
    code: Code = Code.VALIDATION_FAILED


class TandemError(Exception):
    """A refusal that the client is told of, in words that are meant for it."""

    def __init__(self, code: Code, message: str, faults: Sequence[Fault] = (), retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.faults = tuple(faults)
        self.retry_after = retry_after
        self.replayed = False

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return MEANINGS[self.code].status


class NotFound(TandemError):
    """404: there is no such thing, or none that the caller may see."""

    def __init__(self, thing: str) -> None:
        super().__init__(Code.NOT_FOUND, f"There is no such {thing}.")


class Conflict(TandemError):
    """409: what is stored stands in the way."""

    def __init__(self, message: str, *field: str | int) -> None:
        faults = (Fault(field, message, Code.CONFLICT),) if field else ()
        super().__init__(Code.CONFLICT, message, faults)


class PreconditionFailed(TandemError):
    """412: the thing was edited since the caller read it (RFC 9110, section 13.1.1)."""

    def __init__(self) -> None:
        super().__init__(Code.PRECONDITION_FAILED, "It was changed since you read it.")


class InvalidCursor(TandemError):
    """400: the cursor is garbage, or was made for another list."""

    def __init__(self, message: str = "This is not a cursor of ours.") -> None:
        super().__init__(Code.INVALID_CURSOR, message)


class Unavailable(TandemError):
    """503: the database is away or busy; the request had no effect."""

    def __init__(self, message: str = "The database is not available just now.", retry_after: int = 1) -> None:
        super().__init__(Code.UNAVAILABLE, message, retry_after=retry_after)


class StorageFull(TandemError):
    """507: the database has no room left; the request had no effect."""

    def __init__(self) -> None:
        super().__init__(Code.STORAGE_FULL, "There is no room left to store this.", retry_after=60)


class LockTimeout(Unavailable):
    """503: another transaction held what this one needs for too long."""

    def __init__(self) -> None:
        super().__init__("What this needs is being changed by others just now.")


class Invalid(TandemError):
    """422: the input is at fault; carries every fault that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        codes = {fault.code for fault in faults}
        code = codes.pop() if len(codes) == 1 else Code.VALIDATION_FAILED
        told = list(dict.fromkeys(fault.message for fault in faults))
        super().__init__(code, " ".join(told[:_TOLD_AT_ONCE]) + (" And more." if told[_TOLD_AT_ONCE:] else ""), faults)


class Violation(Exception):
    """A constraint of the database said no; for the domain to translate, never for a client.

    `constraint` is its name in the models, or "foreign_key" where the engine does not tell.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint
