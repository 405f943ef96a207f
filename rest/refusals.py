"""The refusals that the contract shares between operations, each with the codes and messages that are its examples."""

from typing import NamedTuple

from app.domain.errors import Code, Fault, TandemError
from rest.route import PATCHES

_REPLAYED = ("Idempotent-Replayed",)


class Refusal(NamedTuple):
    """A problem that operations share: when it is met, the errors that are its examples, and its own headers."""

    description: str
    examples: tuple[TandemError, ...]
    headers: tuple[str, ...] = ()


def _plain(code: Code, message: str) -> TandemError:
    return TandemError(code, message)


def _fault(message: str, *field: str | int, code: Code = Code.VALIDATION_FAILED) -> TandemError:
    return TandemError(code, message, [Fault(field, message, code)])


REFUSALS: dict[str, Refusal] = {
    "MalformedRequest": Refusal(
        "The body is no JSON in UTF-8, or the query is not percent-encoded UTF-8.",
        (_plain(Code.MALFORMED_REQUEST, "The body is not well-formed JSON."),),
    ),
    "InvalidCursor": Refusal(
        "The cursor is garbage or belongs to another list, or the query is not percent-encoded UTF-8.",
        (
            _plain(Code.INVALID_CURSOR, "This is not a cursor of ours."),
            _plain(Code.MALFORMED_REQUEST, "The query must be UTF-8, percent-encoded."),
        ),
    ),
    "NotFound": Refusal(
        "There is no such thing, or its id is none.",
        (_plain(Code.NOT_FOUND, "There is no such product."),),
        _REPLAYED,
    ),
    "NotAcceptable": Refusal(
        "`Accept` rules JSON out.", (_plain(Code.NOT_ACCEPTABLE, "Only application/json is spoken here."),)
    ),
    "Conflict": Refusal(
        "What is stored stands in the way: a sku or a name is taken, or the tree would not be one any more.",
        (_fault("Another product has this sku.", "sku", code=Code.CONFLICT),),
        _REPLAYED,
    ),
    "OutOfStock": Refusal(
        "There is not enough stock, or it is not counted.",
        (
            _plain(Code.OUT_OF_STOCK, "Only 2 are in stock."),
            _plain(Code.CONFLICT, "The stock of this product is not counted; set it first."),
        ),
        _REPLAYED,
    ),
    "PreconditionFailed": Refusal(
        "`If-Match` names another state than the present one.",
        (_plain(Code.PRECONDITION_FAILED, "It was changed since you read it."),),
        _REPLAYED,
    ),
    "PayloadTooLarge": Refusal(
        "The body exceeds 1,000,000 bytes.",
        (_plain(Code.PAYLOAD_TOO_LARGE, "The body must not exceed 1000000 bytes."),),
    ),
    "UnsupportedMediaType": Refusal(
        "The body is not declared as JSON.",
        (_plain(Code.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json, in UTF-8 and not encoded further."),),
    ),
    "MalformedUpload": Refusal(
        "The body is no multipart/form-data, or is cut off.",
        (_plain(Code.MALFORMED_REQUEST, "The body is not well-formed multipart/form-data, or has no end."),),
    ),
    "UploadTooLarge": Refusal(
        "The file is larger than the operator allows (20 MiB, unless set otherwise).",
        (_plain(Code.PAYLOAD_TOO_LARGE, "The body must not exceed 20971520 bytes."),),
    ),
    "UnsupportedUpload": Refusal(
        "The body is not declared as multipart/form-data, or the bytes are not what they are declared as.",
        (_plain(Code.UNSUPPORTED_MEDIA_TYPE, "These bytes are no JPEG, PNG, WebP or GIF."),),
    ),
    "InvalidUpload": Refusal(
        "The part `file` is missing, repeated, or named in a way that no file should be.",
        (_fault("`file` is required.", "file"),),
    ),
    "RangeNotSatisfiable": Refusal(
        "None of the bytes are in the ranges that were asked for.",
        (_plain(Code.RANGE_NOT_SATISFIABLE, "There are 48211 bytes, and none of them is in this range."),),
        ("Content-Range", "Accept-Ranges"),
    ),
    "StorageFull": Refusal(
        "There is no room left to store it; the request had no effect.",
        (_plain(Code.STORAGE_FULL, "There is no room left to store this."),),
        ("Retry-After",),
    ),
    "MalformedUploadHeader": Refusal(
        "A header field about the upload is missing or malformed, or the query is not percent-encoded UTF-8.",
        (_plain(Code.MALFORMED_REQUEST, "`Upload-Length` must be a number of bytes."),),
    ),
    "UnsupportedTusVersion": Refusal(
        "The version of tus is not said, or another than ours.",
        (_plain(Code.UNSUPPORTED_VERSION, "Say `Tus-Resumable: 1.0.0`."),),
        ("Tus-Version",),
    ),
    "FileTooLarge": Refusal(
        "The file is larger than the operator allows (2 GiB, unless set otherwise), or than was said when it began.",
        (_plain(Code.PAYLOAD_TOO_LARGE, "The body must not exceed 2147483648 bytes."),),
    ),
    "MovedOn": Refusal(
        "The upload does not end at this offset.",
        (_plain(Code.CONFLICT, "The upload does not end there; ask it where it does, and go on from there."),),
        _REPLAYED,
    ),
    "UnsupportedPart": Refusal(
        "The body is not declared as a part.",
        (_plain(Code.UNSUPPORTED_MEDIA_TYPE, "The body must be application/offset+octet-stream."),),
        ("Accept-Parts",),
    ),
    "NotAsDeclared": Refusal(
        "The bytes are not what they were declared as, and the upload is gone.",
        (_plain(Code.UNSUPPORTED_MEDIA_TYPE, "These bytes are no image/png."),),
    ),
    "UnsupportedPatchType": Refusal(
        "The body is declared neither as JSON nor as a merge patch.",
        (
            _plain(
                Code.UNSUPPORTED_MEDIA_TYPE,
                f"The body must be {' or '.join(PATCHES)}, in UTF-8 and not encoded further.",
            ),
        ),
        ("Accept-Patch",),
    ),
    "InvalidParameters": Refusal(
        "Query parameters are unknown, repeated or invalid; `details` names all of them.",
        (
            _fault("`colour` is not a parameter here.", "colour", code=Code.UNKNOWN_PARAMETER),
            _fault("`limit` must be an integer from 1 to 100.", "limit"),
        ),
    ),
    "InvalidBody": Refusal(
        "Members of the body are missing, unknown, read-only or invalid; `details` names all of them.",
        (
            _fault("`price` must be above 0 and at most 999999999.99.", "price"),
            _fault("`id` is read-only.", "id", code=Code.READ_ONLY),
            _fault("There is no category 7.", "categoryIds", 0),
        ),
    ),
    "RateLimited": Refusal(
        "The rate limit of your API key, or without one of your address, is used up; nothing was done.",
        (_plain(Code.RATE_LIMITED, "The rate limit of 100 points is used up; try again in 1 s."),),
        ("Retry-After",),
    ),
    "InternalError": Refusal(
        "Something went wrong on our side; it has been logged under the request id.",
        (_plain(Code.INTERNAL_ERROR, "Something went wrong on our side; it has been noted."),),
    ),
    "Unauthenticated": Refusal(
        "An API key is needed, or the one that was sent is not valid.",
        (_plain(Code.UNAUTHENTICATED, "The API key is not valid: unknown, expired or revoked."),),
        ("WWW-Authenticate",),
    ),
    "Forbidden": Refusal(
        "The API key does not have the scope for this.",
        (_plain(Code.FORBIDDEN, "This needs the scope `orders:write`, which the API key does not have."),),
    ),
    "KeyRequired": Refusal(
        "There is no Idempotency-Key.",
        (_plain(Code.IDEMPOTENCY_KEY_REQUIRED, "Send an Idempotency-Key, so that a retry is safe."),),
    ),
    "KeyInvalid": Refusal(
        "The Idempotency-Key is malformed.",
        (_plain(Code.IDEMPOTENCY_KEY_INVALID, "An Idempotency-Key has 1 to 255 visible ASCII characters."),),
    ),
    "KeyInUse": Refusal(
        "The first request with this Idempotency-Key is still running.",
        (_plain(Code.IDEMPOTENCY_KEY_IN_USE, "A request with this Idempotency-Key is still running."),),
        ("Retry-After",),
    ),
    "KeyReused": Refusal(
        "The Idempotency-Key was used with another payload.",
        (_plain(Code.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was used with another payload."),),
    ),
    "MixedCurrencies": Refusal(
        "The products are priced in several currencies.",
        (_plain(Code.MIXED_CURRENCIES, "The products are priced in EUR and USD."),),
    ),
    "Unavailable": Refusal(
        "The database is away or busy; the request had no effect.",
        (_plain(Code.UNAVAILABLE, "The database is not available just now."),),
        ("Retry-After",),
    ),
}
"""Component responses by name."""
