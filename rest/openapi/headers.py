"""The header fields of answers, as the contract's components."""

from collections.abc import Iterable
from typing import Any

from rest.negotiation import PATCHES
from rest.versions import Version


def _header(description: str, example: str | int) -> dict[str, Any]:
    """A field that is always present."""
    text = {"type": "string", "minLength": 1, "maxLength": 200_000, "pattern": r"^[\s\S]*$"}
    number = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 2**31 - 1}
    schema = number if isinstance(example, int) else text
    return {"description": description, "required": True, "schema": schema, "example": example}


def _bytes(description: str, example: int) -> dict[str, Any]:
    schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**53 - 1}
    return _header(description, example) | {"schema": schema}


def _maybe(description: str, example: str | int) -> dict[str, Any]:
    return _header(description, example) | {"required": False}


HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": _header("The id of the request: yours, if you sent a valid one.", "6f1e0c4b5d3a49e7a1c2"),
    "X-Correlation-ID": _maybe("The value of the request, if it is valid.", "checkout-4711"),
    "traceparent": _maybe(
        "The value of the request (W3C Trace Context).", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    ),
    "Access-Control-Allow-Origin": _maybe(
        "The origin whose pages may read this; absent if the operator allowed none.", "https://shop.example"
    ),
    "ETag": _header("A strong entity tag; it changes whenever the shown data changes.", '"3.12.9c1185a5c5e9fc54"'),
    "Changes-Cursor": _header(
        "The cursor of the answer's snapshot: continue from it with `/changes?after=`.",
        "Y2hhbmdlc3w3NDF8MTF8MHwxNzcyNjMxMTExNTAwMDAw",
    ),
    "X-Accel-Buffering": _maybe("`no` on streams, so that nginx forwards each event at once.", "no"),
    "Location": _header("The path of the created resource.", "/v2/products/41"),
    "Pages": _header("The `first`, `next` and `prev` pages (RFC 8288).", '</v2/products>; rel="first"'),
    "No-Store": _header("Caches must not store this (RFC 9111).", "no-store"),
    "Cache-Control": _header(
        "Which caches may store the answer (RFC 9111): `private, no-cache` if it depends on the caller, `no-cache`"
        " for the catalogue, `immutable` if the address contains the hash of the content.",
        "no-cache",
    ),
    "Vary": _maybe("The request headers that the answer depends on.", "Authorization"),
    "Last-Modified": _header("The time when it was stored.", "Thu, 01 Jan 2026 00:00:00 GMT"),
    "Accept-Ranges": _header("The unit of ranges.", "bytes"),
    "Content-Range": _header("The size in bytes (RFC 9110, section 14.4).", "bytes */48211"),
    "Maybe-Content-Range": _maybe("The range that is sent, if there is only one.", "bytes 0-1023/48211"),
    "Content-Disposition": _header(
        "The name to save it under (RFC 6266).", "attachment; filename=\"prices.csv\"; filename*=UTF-8''prices.csv"
    ),
    "Tus-Resumable": _maybe("The version of the tus protocol; on answers about resumable uploads.", "1.0.0"),
    "Tus-Version": _header("The supported version of tus.", "1.0.0"),
    "Tus-Extension": _header("The supported extensions of tus.", "creation,checksum,termination"),
    "Tus-Checksum-Algorithm": _header("The algorithms that `Upload-Checksum` may name.", "sha1,sha256,md5"),
    "Tus-Max-Size": _bytes("The maximum size of a file in bytes.", 2147483648),
    "Allow": _header("The allowed methods.", "OPTIONS, POST"),
    "Accept-Parts": _header("The media type of a part.", "application/offset+octet-stream"),
    "Maybe-Accept-Parts": _maybe("The media type of a part, if it was wrong.", "application/offset+octet-stream"),
    "Upload-Offset": _bytes("The number of bytes received: the next part begins there.", 16777216),
    "Maybe-Upload-Offset": _bytes("The bytes that came with the creation, if any did.", 16777216) | {"required": False},
    "Maybe-Upload-Length": _bytes("The size of the file in bytes; absent while it is deferred.", 734003200)
    | {"required": False},
    "Upload-Defer-Length": _maybe("`1` until the client declares a length that it deferred.", "1"),
    "Upload-Metadata": _maybe("The metadata that was sent when the upload began.", "filename cHJpY2VzLmNzdg=="),
    "Upload-Expires": _maybe(
        "The time when the upload expires; absent once it is a file.", "Thu, 01 Jan 2026 00:00:00 GMT"
    ),
    "Content-Location": _maybe(
        "The address of the file; absent while bytes are missing.", "/v2/files/5f0c9c1185a5c5e9fc540b6c3a1de287"
    ),
    "RateLimit-Policy": _maybe(
        "The rate limit: `q` points in `w` seconds; absent if there is no limit.", '"default";q=100;w=60'
    ),
    "RateLimit": _maybe(
        "The rest: `r` points now, and one more in `t` seconds; absent if points are not counted.", '"default";r=99;t=1'
    ),
    "Retry-After": _header("The seconds to wait before trying again.", 1),
    "WWW-Authenticate": _header("How to authenticate (RFC 6750).", "Bearer"),
    "Idempotent-Replayed": _maybe("`true` if the answer is a replay, else absent.", "true"),
    "Maybe-Retry-After": _maybe("The seconds to wait before trying again, if that may help.", 1),
    "Accept-Patch": _header("The media types that a PATCH takes (RFC 5789).", ", ".join(PATCHES)),
    "Deprecation": _header("The time since when this version is deprecated, in Unix time (RFC 9745).", "@1767225600"),
    "Sunset": _header("The time when this version may end (RFC 8594).", "Thu, 31 Dec 2026 00:00:00 GMT"),
    "Successor": _header(
        'The same address in v2 (`rel="successor-version"`), why this is deprecated (`rel="deprecation"`), and on'
        " lists the `first`, `next` and `prev` pages (RFC 8288).",
        '</v2/products>; rel="successor-version", </docs>; rel="deprecation"',
    ),
}
"""Components by name; `Pages` and `Successor` are the field `Link` in v2 and in v1."""
KEPT = ("ETag", "Last-Modified")
"""The header fields that a 304 also has."""
_FIELDS = {
    "Pages": "Link",
    "No-Store": "Cache-Control",
    "Maybe-Content-Range": "Content-Range",
    "Accept-Parts": "Accept-Patch",
    "Maybe-Upload-Offset": "Upload-Offset",
    "Maybe-Upload-Length": "Upload-Length",
}

_EVERYWHERE = (
    *("X-Request-ID", "X-Correlation-ID", "traceparent", "Cache-Control", "Vary"),
    *("RateLimit-Policy", "RateLimit", "Access-Control-Allow-Origin"),
)
_CURRENT = {"Tus-Resumable": "Tus-Resumable"}
_OPTIONAL = {"Retry-After": "Maybe-Retry-After", "Accept-Parts": "Maybe-Accept-Parts"}


def answers_with(status: int, *names: str) -> dict[int | str, dict[str, Any]]:
    """The header fields of a success, where they differ from those of other operations of its kind."""
    return {status: {"x-headers": names}}


def reference_headers(names: Iterable[str], version: Version, optional: Iterable[str] = ()) -> dict[str, Any]:
    """References to the headers of an answer, with those that every answer of the version has."""
    own = {"Deprecation": "Deprecation", "Sunset": "Sunset", "Link": "Successor"} if version.deprecated else _CURRENT
    fields = {_FIELDS.get(name, name): name for name in (*_EVERYWHERE, *names)} | own
    fields |= {_FIELDS.get(name, name): _OPTIONAL.get(name, name) for name in optional}
    return {name: {"$ref": f"#/components/headers/{key}"} for name, key in fields.items()}
