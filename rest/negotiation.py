"""What a request's headers ask for, and its body: media types, preconditions, members."""

from functools import lru_cache
from typing import Any, NamedTuple

from starlette.requests import Request

from app import bodies, problems
from app.domain.errors import Code, Fault, Invalid, TandemError
from app.exchange import header
from rest import parameters
from rest.route import JSON, PATCHES

_NAMES = {b"accept": 0, b"if-match": 1, b"if-none-match": 2}


class Asked(NamedTuple):
    """The request headers that decide about an answer; a header that came several times is joined by commas."""

    accept: str | None
    if_match: str | None
    if_none_match: str | None


def asked(request: Request) -> Asked:
    """Read the headers; raises `not_acceptable` where JSON is not."""
    headers = undemanding(request)
    accept = headers.accept
    if not (accept is None or accept in ("*/*", JSON) or quality(accept, JSON) > 0):
        raise TandemError(Code.NOT_ACCEPTABLE, f"Only {JSON} is spoken here.")
    return headers


def undemanding(request: Request) -> Asked:
    """Read the headers, whatever is acceptable."""
    found: list[str | None] = [None, None, None]
    for name, value in request.scope["headers"]:
        place = _NAMES.get(name)
        if place is not None:
            before = found[place]
            found[place] = value.decode("latin-1") if before is None else f"{before}, {value.decode('latin-1')}"
    return Asked(*found)


def unquestioned(request: Request) -> Asked:
    """The same for a request that takes no query parameters."""
    headers = asked(request)
    parameters.read(request.scope["query_string"], {})
    return headers


@lru_cache(maxsize=256)
def quality(accept: str, media_type: str) -> float:
    """How welcome a media type is: what the most specific range that covers it says (RFC 9110, section 12.5.1)."""
    ranges = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    found = {-1: 0.0 if accept.strip() else 1.0}
    for part in accept.lower().split(","):
        media_range, *rest = (piece.strip() for piece in part.split(";"))
        if media_range in ranges:
            found[ranges.index(media_range)] = _quality(rest)
    return found[max(found)]


def _quality(pieces: list[str]) -> float:
    for piece in pieces:
        name, _, value = piece.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


async def members(request: Request, *, patch: bool = False) -> dict[str, Any]:
    """The members of a JSON body; raises `unsupported_media_type`, `malformed_request`, `Invalid` and the like."""
    takes = PATCHES if patch else (JSON,)
    encoding = header(request.scope, b"content-encoding") or b"identity"
    if bodies.media_type(request) not in takes or encoding.lower() != b"identity":
        headers = {"Accept-Patch": ", ".join(PATCHES)} if patch else {}
        message = f"The body must be {' or '.join(takes)}, in UTF-8 and not encoded further."
        raise problems.Refused(Code.UNSUPPORTED_MEDIA_TYPE, message, headers)
    value = bodies.parse(await bodies.read(request))
    if not isinstance(value, dict):
        raise Invalid([Fault((), "The body must be a JSON object.")])
    return value
