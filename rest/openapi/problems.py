"""The problems of operations, each with its codes and messages as examples, and its header fields."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app.domain.changes.places import CursorExpired
from app.domain.errors import (
    Code,
    FieldError,
    InternalError,
    InvalidCursor,
    KeyRequired,
    NotFound,
    PreconditionFailed,
    SkuTaken,
    StorageFull,
    TandemError,
    Unavailable,
)
from app.domain.files import resumable
from app.http import problem_details
from rest.negotiation import PATCHES
from rest.openapi.headers import reference_headers
from rest.versions import Version

_REPLAYED = ("Idempotent-Replayed",)
_REQUEST_ID = "6f1e0c4b5d3a49e7a1c2"


class Problem:
    """A problem of operations: its description, its example errors, and its own header fields."""

    def __init__(self, description: str, *examples: TandemError, headers: tuple[str, ...] = ()) -> None:
        self.description, self.examples, self.headers = description, examples, headers

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.examples[0].status


def problems(*names: str) -> dict[int | str, dict[str, Any]]:
    """The responses that an operation declares itself; the others follow from its declarations."""
    return {status: {"x-problems": list(group)} for status, group in by_status(names).items()}


def by_status(names: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """Problems by their HTTP status, in its order."""
    found: dict[int, tuple[str, ...]] = {}
    for name in sorted(dict.fromkeys(names), key=lambda name: PROBLEMS[name].status):
        found[PROBLEMS[name].status] = (*found.get(PROBLEMS[name].status, ()), name)
    return found


def component(names: Sequence[str]) -> str:
    """The name of the component for these problems."""
    return "Or".join(names)


def response(version: Version, names: Sequence[str]) -> dict[str, Any]:
    """The OpenAPI response of one problem, or of several with the same status."""
    group = [PROBLEMS[name] for name in names]
    common = set.intersection(*(set(one.headers) for one in group))
    optional = {name for one in group for name in one.headers} - common
    examples = {str(error.code): _example(error) for one in group for error in one.examples}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": " ".join(one.description for one in group),
        "headers": reference_headers(sorted(common), version, optional=sorted(optional)),
        "content": {problem_details.MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _example(error: TandemError) -> dict[str, Any]:
    return {
        "summary": error.code.spec.title,
        "value": msgspec.to_builtins(problem_details.document(error, _REQUEST_ID)),
    }


def _fault(message: str, *field: str | int, code: Code = Code.VALIDATION_FAILED) -> TandemError:
    return TandemError(code, message, [FieldError(field, message, code)])


PROBLEMS = {
    "MalformedRequest": Problem(
        "The body is not JSON in UTF-8, or the query is not percent-encoded UTF-8.",
        TandemError(Code.MALFORMED_REQUEST, "The body is not well-formed JSON."),
    ),
    "InvalidCursor": Problem(
        "The cursor is invalid or belongs to another list, or the query is not percent-encoded UTF-8.",
        InvalidCursor(),
        TandemError(Code.MALFORMED_REQUEST, "The query must be UTF-8, percent-encoded."),
    ),
    "InvalidChangesCursor": Problem(
        "The cursor is invalid or belongs to a list.",
        TandemError(Code.INVALID_CURSOR, "The cursor does not belong to the change log."),
    ),
    "CursorExpired": Problem(
        "The cursor has expired. Start over: read everything again, for example from `/products/export`, and"
        " continue with its `Changes-Cursor`.",
        CursorExpired(),
    ),
    "NotFound": Problem("The resource does not exist, or its id is malformed.", NotFound("product"), headers=_REPLAYED),
    "NotAcceptable": Problem(
        "`Accept` excludes JSON.", TandemError(Code.NOT_ACCEPTABLE, "Only application/json is available.")
    ),
    "Conflict": Problem(
        "The request conflicts with stored data: a sku or a name is taken, or the categories would not form a tree.",
        SkuTaken(),
        headers=_REPLAYED,
    ),
    "OutOfStock": Problem(
        "The stock is too low, or it is not counted.",
        TandemError(Code.OUT_OF_STOCK, "Only 2 are in stock."),
        TandemError(Code.CONFLICT, "The stock of this product is not counted; set it first."),
        headers=_REPLAYED,
    ),
    "PreconditionFailed": Problem(
        "The resource has changed since the state that `If-Match` names.", PreconditionFailed(), headers=_REPLAYED
    ),
    "PayloadTooLarge": Problem(
        "The body exceeds 1,000,000 bytes.",
        TandemError(Code.PAYLOAD_TOO_LARGE, "The body must not exceed 1000000 bytes."),
    ),
    "UnsupportedMediaType": Problem(
        "The body is not declared as JSON.",
        TandemError(
            Code.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json, in UTF-8 without further encoding."
        ),
    ),
    "MalformedUpload": Problem(
        "The body is not multipart/form-data, or it is incomplete.",
        TandemError(Code.MALFORMED_REQUEST, "The body is not well-formed multipart/form-data, or is incomplete."),
    ),
    "UploadTooLarge": Problem(
        "The file is larger than the operator allows (20 MiB, unless set otherwise).",
        TandemError(Code.PAYLOAD_TOO_LARGE, "The body must not exceed 20971520 bytes."),
    ),
    "UnsupportedUpload": Problem(
        "The body is not declared as multipart/form-data, or the bytes do not match the declared type.",
        TandemError(Code.UNSUPPORTED_MEDIA_TYPE, "The file is not a JPEG, PNG, WebP or GIF."),
    ),
    "InvalidUpload": Problem(
        "The part `file` is missing or repeated, or its file name is invalid.", _fault("`file` is required.", "file")
    ),
    "RangeNotSatisfiable": Problem(
        "The requested ranges contain no bytes.",
        TandemError(Code.RANGE_NOT_SATISFIABLE, "The range contains none of the 48211 bytes."),
        headers=("Content-Range", "Accept-Ranges"),
    ),
    "StorageFull": Problem("The storage is full; the request had no effect.", StorageFull(), headers=("Retry-After",)),
    "MalformedUploadHeader": Problem(
        "A header field about the upload is missing or malformed, or the query is not percent-encoded UTF-8.",
        TandemError(Code.MALFORMED_REQUEST, "`Upload-Length` must be a number of bytes."),
    ),
    "UnsupportedTusVersion": Problem(
        "`Tus-Resumable` is missing, or names a version that is not supported.",
        TandemError(Code.UNSUPPORTED_VERSION, "Send `Tus-Resumable: 1.0.0`."),
        headers=("Tus-Version",),
    ),
    "FileTooLarge": Problem(
        "The file is larger than the operator allows (2 GiB, unless set otherwise) or than its declared length.",
        TandemError(Code.PAYLOAD_TOO_LARGE, "The body must not exceed 2147483648 bytes."),
    ),
    "MovedOn": Problem("The upload does not end at this offset.", resumable.moved_on(), headers=_REPLAYED),
    "UnsupportedPart": Problem(
        "The body is not declared as application/offset+octet-stream.",
        TandemError(Code.UNSUPPORTED_MEDIA_TYPE, "The body must be application/offset+octet-stream."),
        headers=("Accept-Parts",),
    ),
    "ChecksumMismatch": Problem(
        "The bytes do not match `Upload-Checksum`; none of them were kept.",
        TandemError(Code.CHECKSUM_MISMATCH, "The bytes do not match `Upload-Checksum`; none were kept."),
    ),
    "UnsupportedPatchType": Problem(
        "The body is declared neither as JSON nor as a merge patch.",
        TandemError(
            Code.UNSUPPORTED_MEDIA_TYPE, f"The body must be {' or '.join(PATCHES)}, in UTF-8 without further encoding."
        ),
        headers=("Accept-Patch",),
    ),
    "InvalidParameters": Problem(
        "Query parameters are unknown, repeated or invalid; `details` names all of them.",
        _fault("`colour` is not a parameter here.", "colour", code=Code.UNKNOWN_PARAMETER),
        _fault("`limit` must be an integer from 1 to 100.", "limit"),
    ),
    "InvalidBody": Problem(
        "Members of the body are missing, unknown, read-only or invalid; `details` names all of them.",
        _fault("`price` must be above 0 and at most 999999999.99.", "price"),
        _fault("`id` is read-only.", "id", code=Code.READ_ONLY),
        _fault("There is no category 7.", "categoryIds", 0),
    ),
    "RateLimited": Problem(
        "The rate limit of your API key or your address is used up; the request had no effect.",
        TandemError(Code.RATE_LIMITED, "The rate limit of 100 points is used up; try again in 1 s."),
        headers=("Retry-After",),
    ),
    "InternalError": Problem("An internal error occurred; it is logged under the request id.", InternalError()),
    "Unauthenticated": Problem(
        "An API key is required, or the given one is not valid.",
        TandemError(Code.UNAUTHENTICATED, "The API key is not valid: unknown, expired or revoked."),
        headers=("WWW-Authenticate",),
    ),
    "Forbidden": Problem(
        "The API key does not have the scope for this.",
        TandemError(Code.FORBIDDEN, "This needs the scope `orders:write`, which the API key does not have."),
    ),
    "KeyRequired": Problem("The Idempotency-Key is missing.", KeyRequired()),
    "KeyInvalid": Problem(
        "The Idempotency-Key is malformed.",
        TandemError(Code.IDEMPOTENCY_KEY_INVALID, "An Idempotency-Key must have 1 to 255 visible ASCII characters."),
    ),
    "KeyInUse": Problem(
        "The first request with this Idempotency-Key is still running.",
        TandemError(Code.IDEMPOTENCY_KEY_IN_USE, "A request with this Idempotency-Key is still running."),
        headers=("Retry-After",),
    ),
    "KeyReused": Problem(
        "The Idempotency-Key was used with another payload.",
        TandemError(Code.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was used with another payload."),
    ),
    "MixedCurrencies": Problem(
        "The products are priced in several currencies.",
        TandemError(Code.MIXED_CURRENCIES, "The products are priced in EUR and USD."),
    ),
    "VariantRequired": Problem(
        "A product has several variants, and the request names none of them.",
        TandemError(Code.VARIANT_REQUIRED, "Product 7 has 2 variants; name one by `variantId` or `sku`."),
    ),
    "Unavailable": Problem(
        "The database is unavailable or busy; the request had no effect.", Unavailable(), headers=("Retry-After",)
    ),
}
"""Component responses by name."""
