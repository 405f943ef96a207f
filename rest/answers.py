"""The answers that the contract shares between operations: their headers, and refusals put together by status."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app import problems
from app.domain.errors import MEANINGS, TandemError
from rest.refusals import REFUSALS, Refusal
from rest.route import PATCHES
from rest.shapes import ANY, integer, string
from rest.versions import Version

_REQUEST_ID = "6f1e0c4b5d3a49e7a1c2"


def _header(description: str, example: str | int) -> dict[str, Any]:
    schema = integer(0) if isinstance(example, int) else string(1, 200_000, ANY)
    return {"description": description, "required": True, "schema": schema, "example": example}


def _bytes(description: str, example: int) -> dict[str, Any]:
    return _header(description, example) | {"schema": integer(0, 2**53 - 1)}


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
        "max-age=31536000, immutable",
    ),
    "Vary": _maybe("Absent where `Accept` makes no difference.", "Accept"),
    "Last-Modified": _header("When it was stored.", "Thu, 01 Jan 2026 00:00:00 GMT"),
    "Accept-Ranges": _header("That ranges can be asked for.", "bytes"),
    "Content-Range": _header("How many bytes there are (RFC 9110, section 14.4).", "bytes */48211"),
    "Maybe-Content-Range": _maybe("Which bytes these are, where they are one range.", "bytes 0-1023/48211"),
    "Content-Disposition": _header(
        "What to save it as (RFC 6266).", "attachment; filename=\"prices.csv\"; filename*=UTF-8''prices.csv"
    ),
    "Tus-Resumable": _maybe("The version of the protocol tus; on answers about resumable uploads.", "1.0.0"),
    "Tus-Version": _header("The version of tus that is spoken here.", "1.0.0"),
    "Tus-Extension": _header("The extensions of tus that are spoken here.", "creation,expiration,termination"),
    "Tus-Max-Size": _bytes("Bytes that a file may have.", 2147483648),
    "Allow": _header("The methods that are allowed here.", "OPTIONS, POST"),
    "Accept-Parts": _header("The media type of a part.", "application/offset+octet-stream"),
    "Maybe-Accept-Parts": _maybe("The media type of a part, where it was another.", "application/offset+octet-stream"),
    "Upload-Offset": _bytes("How many bytes are there: where the next part begins.", 16777216),
    "Upload-Length": _bytes("How many bytes the file has.", 734003200),
    "Upload-Metadata": _maybe("What was said of the file when the upload began.", "filename cHJpY2VzLmNzdg=="),
    "Upload-Expires": _maybe("Until when to go on; absent once it is a file.", "Thu, 01 Jan 2026 00:00:00 GMT"),
    "Content-Location": _maybe(
        "Where the file is; absent while bytes are missing.", "/v2/files/5f0c9c1185a5c5e9fc540b6c3a1de287"
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
_FIELDS = {
    "Pages": "Link",
    "Caching": "Cache-Control",
    "Maybe-Content-Range": "Content-Range",
    "Accept-Parts": "Accept-Patch",
}

_EVERYWHERE = (
    *("X-Request-ID", "X-Correlation-ID", "traceparent"),
    *("RateLimit-Policy", "RateLimit", "Access-Control-Allow-Origin"),
)
_CURRENT = {"Tus-Resumable": "Tus-Resumable"}
_OPTIONAL = {"Retry-After": "Maybe-Retry-After", "Accept-Parts": "Maybe-Accept-Parts"}


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
    own = {"Deprecation": "Deprecation", "Sunset": "Sunset", "Link": "Successor"} if version.deprecated else _CURRENT
    fields = {_FIELDS.get(name, name): name for name in (*names, *_EVERYWHERE)} | own
    return {name: {"$ref": f"#/components/headers/{key}"} for name, key in fields.items()}


def responses(version: Version, refused: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Every refusal, or several of one status, as OpenAPI has it."""
    return {joined(names): _response(version, [REFUSALS[name] for name in names]) for names in refused}


def _response(version: Version, refusals: Sequence[Refusal]) -> dict[str, Any]:
    common = set.intersection(*(set(refusal.headers) for refusal in refusals))
    optional = {name for refusal in refusals for name in refusal.headers} - common
    said = headers(tuple(sorted(common)), version)
    said |= {
        _FIELDS.get(name, name): {"$ref": f"#/components/headers/{_OPTIONAL.get(name, name)}"}
        for name in sorted(optional)
    }
    examples = {str(error.code): _example(error) for refusal in refusals for error in refusal.examples}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": " ".join(refusal.description for refusal in refusals),
        "headers": said,
        "content": {problems.MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _example(error: TandemError) -> dict[str, Any]:
    return {"summary": MEANINGS[error.code].title, "value": msgspec.to_builtins(problems.document(error, _REQUEST_ID))}
