"""The answers that the contract shares between operations: headers, and every refusal with its codes."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from app import problems
from app.domain.errors import MEANINGS, Code, Fault, TandemError
from rest.route import PATCHES
from rest.shapes import ANY, integer, string
from rest.versions import Version

_REQUEST_ID = "6f1e0c4b5d3a49e7a1c2"


def _header(description: str, example: str | int) -> dict[str, Any]:
    schema = integer(0) if isinstance(example, int) else string(1, 200_000, ANY)
    return {"description": description, "required": True, "schema": schema, "example": example}


def _maybe(description: str, example: str | int) -> dict[str, Any]:
    return _header(description, example) | {"required": False}


HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": _header("The id of the request: yours, where you sent a sane one.", _REQUEST_ID),
    "X-Correlation-ID": _maybe("Yours, where you sent a sane one.", "checkout-4711"),
    "traceparent": _maybe(
        "Yours, where you sent one (W3C Trace Context).", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    ),
    "Access-Control-Allow-Origin": _maybe(
        "The site whose pages may read this; absent where the operator named none.", "https://shop.example"
    ),
    "ETag": _header("A strong tag of what is shown; it changes with anything shown.", '"3.12.9c1185a5c5e9fc54"'),
    "Location": _header("Where the new thing is, as an absolute path.", "/v2/products/41"),
    "Pages": _header("The `first`, `next` and `prev` pages (RFC 8288).", '</v2/products>; rel="first"'),
    "Cache-Control": _header("That it must not be kept (RFC 9111).", "no-store"),
    "Caching": _header(
        "For ever, where the address names the content; else it is to be asked for again.",
        "public, max-age=31536000, immutable",
    ),
    "Vary": _maybe("Absent where `Accept` makes no difference.", "Accept"),
    "Last-Modified": _header("When it was stored.", "Thu, 01 Jan 2026 00:00:00 GMT"),
    "Accept-Ranges": _header("That ranges can be asked for.", "bytes"),
    "Content-Range": _header("How many bytes there are (RFC 9110, section 14.4).", "bytes */48211"),
    "Maybe-Content-Range": _maybe("Which bytes these are, where they are one range.", "bytes 0-1023/48211"),
    "Content-Disposition": _header(
        "What to save it as (RFC 6266).", "attachment; filename=\"prices.csv\"; filename*=UTF-8''prices.csv"
    ),
    "RateLimit-Policy": _maybe(
        "The rate limit: `q` points in `w` seconds; absent where nothing is limited.", '"default";q=100;w=60'
    ),
    "RateLimit": _maybe(
        "What is left of it: `r` points, and one more in `t` seconds; absent where that is not counted.",
        '"default";r=99;t=1',
    ),
    "Retry-After": _header("Seconds to wait before trying again.", 1),
    "WWW-Authenticate": _header("How to authenticate (RFC 6750).", "Bearer"),
    "Idempotent-Replayed": _maybe("`true` where the answer is a replay; absent where it is not.", "true"),
    "Maybe-Retry-After": _maybe("Seconds to wait before trying again, where that may help.", 1),
    "Accept-Patch": _header("The media types that a PATCH takes (RFC 5789).", ", ".join(PATCHES)),
    "Deprecation": _header("Since when this version is deprecated, in Unix time (RFC 9745).", "@1767225600"),
    "Sunset": _header("When this version may end (RFC 8594).", "Thu, 31 Dec 2026 00:00:00 GMT"),
    "Successor": _header(
        'The same address in v2 (`rel="successor-version"`), why this is deprecated (`rel="deprecation"`), and on'
        " lists the `first`, `next` and `prev` pages (RFC 8288).",
        '</v2/products>; rel="successor-version", </docs>; rel="deprecation"',
    ),
}
"""Components by name; `Pages` and `Successor` are what the field `Link` says in v2 and in v1."""
KEPT = ("ETag", "Caching", "Vary", "Last-Modified")
"""The headers that a 304 has, too."""
_FIELDS = {"Pages": "Link", "Caching": "Cache-Control", "Maybe-Content-Range": "Content-Range"}

_EVERYWHERE = (
    *("X-Request-ID", "X-Correlation-ID", "traceparent"),
    *("RateLimit-Policy", "RateLimit", "Access-Control-Allow-Origin"),
)
_OPTIONAL = {"Retry-After": "Maybe-Retry-After"}
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


def components(version: Version) -> dict[str, Any]:
    """Every header as OpenAPI has it."""
    return {
        name: said if name == "Successor" else said | {"example": _at(version, said["example"])}
        for name, said in HEADERS.items()
    }


def _at(version: Version, example: object) -> object:
    return example.replace("/v2", version.prefix) if isinstance(example, str) else example


def by_status(names: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """Refusals by their HTTP status, in its order."""
    found: dict[int, tuple[str, ...]] = {}
    for name in sorted(names, key=lambda name: REFUSALS[name].examples[0].status):
        status = REFUSALS[name].examples[0].status
        found[status] = (*found.get(status, ()), name)
    return found


def joined(names: tuple[str, ...]) -> str:
    """The name of the component that stands for any of these refusals."""
    return "Or".join(names)


def headers(names: tuple[str, ...], version: Version) -> dict[str, Any]:
    """The headers of an answer as OpenAPI has them, with those that every answer of the version bears."""
    signals = {"Deprecation": "Deprecation", "Sunset": "Sunset", "Link": "Successor"} if version.deprecated else {}
    fields = {_FIELDS.get(name, name): name for name in (*names, *_EVERYWHERE)} | signals
    return {name: {"$ref": f"#/components/headers/{key}"} for name, key in fields.items()}


def responses(version: Version, refused: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Every refusal, or several of one status, as OpenAPI has it."""
    return {joined(names): _response(version, [REFUSALS[name] for name in names]) for names in refused}


def _response(version: Version, refusals: Sequence[Refusal]) -> dict[str, Any]:
    common = set.intersection(*(set(refusal.headers) for refusal in refusals))
    optional = {name for refusal in refusals for name in refusal.headers} - common
    said = headers(tuple(sorted(common)), version)
    said |= {name: {"$ref": f"#/components/headers/{_OPTIONAL.get(name, name)}"} for name in sorted(optional)}
    examples = {str(error.code): _example(error) for refusal in refusals for error in refusal.examples}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": " ".join(refusal.description for refusal in refusals),
        "headers": said,
        "content": {problems.MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _example(error: TandemError) -> dict[str, Any]:
    return {"summary": MEANINGS[error.code].title, "value": msgspec.to_builtins(problems.document(error, _REQUEST_ID))}
