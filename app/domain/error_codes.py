"""The catalogue of error codes: one vocabulary for REST and GraphQL. A new code is one entry of `Code`."""

from enum import StrEnum
from typing import NamedTuple


class ErrorSpec(NamedTuple):
    """All facts about an error code.

    `status` is the HTTP status, `title` says what happened, `advice` says what the client can do. A `replayable` error
    is stored under an Idempotency-Key and replayed: the command decided it from committed data. An error that is not a
    `user_error` becomes an error of the GraphQL response, never a user error of a mutation's payload.
    """

    status: int
    title: str
    advice: str
    replayable: bool = False
    user_error: bool = True


class Code(StrEnum):
    """The catalogue of error codes, each with its `spec`."""

    spec: ErrorSpec

    def __new__(cls, code: str, spec: ErrorSpec | None = None) -> "Code":
        """A member whose value is the code; `Code("conflict")` finds a member without coming here."""
        if spec is None:
            raise ValueError(code)
        member = str.__new__(cls, code)
        member._value_ = code
        member.spec = spec
        return member

    MALFORMED_REQUEST = (
        "malformed_request",
        ErrorSpec(400, "The request is malformed", "Send well-formed JSON in UTF-8; numbers must be finite."),
    )
    UNKNOWN_HOST = (
        "unknown_host",
        ErrorSpec(400, "The host is unknown", "Use the host name of the service; its operator sets the known hosts."),
    )
    INVALID_CURSOR = (
        "invalid_cursor",
        ErrorSpec(400, "The cursor is invalid", "Send a cursor as you received it, with the same sort and filters."),
    )
    IDEMPOTENCY_KEY_REQUIRED = (
        "idempotency_key_required",
        ErrorSpec(400, "An Idempotency-Key is required", "Generate a key, and send the same key with every retry."),
    )
    IDEMPOTENCY_KEY_INVALID = (
        "idempotency_key_invalid",
        ErrorSpec(400, "The Idempotency-Key is malformed", "Send 1 to 255 visible ASCII characters, bare or quoted."),
    )
    UNAUTHENTICATED = (
        "unauthenticated",
        ErrorSpec(401, "A valid API key is required", "Send `Authorization: Bearer <key>`.", user_error=False),
    )
    FORBIDDEN = (
        "forbidden",
        ErrorSpec(
            403,
            "You may not do this",
            "Use a key with the scope that the message names. The operator decides which other sites' pages may"
            " change data.",
            user_error=False,
        ),
    )
    NOT_FOUND = (
        "not_found",
        ErrorSpec(404, "It does not exist", "Check the address; deleted ids never come back.", replayable=True),
    )
    METHOD_NOT_ALLOWED = (
        "method_not_allowed",
        ErrorSpec(405, "The method is not allowed", "Use one of the methods that the `Allow` header lists."),
    )
    NOT_ACCEPTABLE = (
        "not_acceptable",
        ErrorSpec(406, "No acceptable representation exists", "Accept `application/json`, or leave `Accept` out."),
    )
    REQUEST_TIMEOUT = (
        "request_timeout",
        ErrorSpec(408, "The request was too slow", "Send it again without pauses; it had no effect."),
    )
    CONFLICT = (
        "conflict",
        ErrorSpec(
            409,
            "The request conflicts with stored data",
            "Read the current state and decide; the message says what conflicts.",
            replayable=True,
        ),
    )
    OUT_OF_STOCK = (
        "out_of_stock",
        ErrorSpec(409, "The stock is too low", "Order less, or try again after a restock.", replayable=True),
    )
    IDEMPOTENCY_KEY_IN_USE = (
        "idempotency_key_in_use",
        ErrorSpec(
            409,
            "The first request with this key is still running",
            "Send the same request again after `Retry-After` seconds.",
        ),
    )
    PRECONDITION_FAILED = (
        "precondition_failed",
        ErrorSpec(
            412,
            "It changed since you read it",
            "Read it again, apply your change to the current state, and send its new ETag.",
            replayable=True,
        ),
    )
    UNSUPPORTED_VERSION = (
        "unsupported_version",
        ErrorSpec(
            412,
            "The protocol version is not supported",
            "`Tus-Version` names the supported version; send it in `Tus-Resumable`.",
        ),
    )
    CURSOR_EXPIRED = (
        "cursor_expired",
        ErrorSpec(
            410,
            "The cursor has expired",
            "Start over: read everything that you follow again, and continue with the cursor of that moment.",
        ),
    )
    PAYLOAD_TOO_LARGE = "payload_too_large", ErrorSpec(413, "The body is too large", "Send less in one request.")
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type",
        ErrorSpec(
            415,
            "The media type is not supported",
            "Send `application/json`; a PATCH also takes `application/merge-patch+json`.",
        ),
    )
    RANGE_NOT_SATISFIABLE = (
        "range_not_satisfiable",
        ErrorSpec(416, "The range is not satisfiable", "Request bytes within the length that `Content-Range` states."),
    )
    VALIDATION_FAILED = (
        "validation_failed",
        ErrorSpec(422, "Some of the input is invalid", "`details` names every invalid field and its rule."),
    )
    UNKNOWN_PARAMETER = (
        "unknown_parameter",
        ErrorSpec(422, "A parameter is unknown", "`details` names it; check its spelling."),
    )
    READ_ONLY = (
        "read_only",
        ErrorSpec(422, "A member is read-only", "Omit the members that the service sets, such as `id`."),
    )
    MIXED_CURRENCIES = (
        "mixed_currencies",
        ErrorSpec(422, "An order has one currency", "Place one order for each currency."),
    )
    VARIANT_REQUIRED = (
        "variant_required",
        ErrorSpec(422, "The product has several variants", "Name one by `variantId` or `sku`."),
    )
    QUERY_TOO_COMPLEX = (
        "query_too_complex",
        ErrorSpec(422, "The query is too complex", "Request less at once, or read page by page."),
    )
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency_key_reused",
        ErrorSpec(422, "The Idempotency-Key belongs to another request", "Generate a new key for every new request."),
    )
    PERSISTED_QUERY_NOT_FOUND = (
        "persisted_query_not_found",
        ErrorSpec(404, "The persisted query is not known", "Send the document together with its SHA-256."),
    )
    RATE_LIMITED = (
        "rate_limited",
        ErrorSpec(429, "The rate limit is used up", "Try again after `Retry-After` seconds."),
    )
    CHECKSUM_MISMATCH = (
        "checksum_mismatch",
        ErrorSpec(460, "The bytes do not match their checksum", "Send the same part again."),
    )
    HEADERS_TOO_LARGE = (
        "headers_too_large",
        ErrorSpec(431, "The header is too large", "Send fewer or shorter header fields."),
    )
    INTERNAL_ERROR = (
        "internal_error",
        ErrorSpec(
            500,
            "The service failed",
            "Try again; if it fails again, report the request id to the operator.",
            user_error=False,
        ),
    )
    NOT_IMPLEMENTED = (
        "not_implemented",
        ErrorSpec(
            501, "The transfer coding is unknown", "Send the body without a transfer coding, or `chunked` alone."
        ),
    )
    UNAVAILABLE = (
        "unavailable",
        ErrorSpec(503, "The service is unavailable", "Try again after `Retry-After` seconds.", user_error=False),
    )
    TIMEOUT = (
        "timeout",
        ErrorSpec(
            503,
            "The request took too long",
            "Try again after `Retry-After` seconds with the same Idempotency-Key; the request may have had its effect.",
        ),
    )
    HTTP_VERSION_NOT_SUPPORTED = (
        "http_version_not_supported",
        ErrorSpec(
            505, "The version of HTTP is not supported", "Use HTTP/1.1; a proxy in front may use other versions."
        ),
    )
    STORAGE_FULL = (
        "storage_full",
        ErrorSpec(507, "The storage is full", "Try again later; the operator has to free space first."),
    )
