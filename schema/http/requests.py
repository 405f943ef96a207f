"""Requests of GraphQL over HTTP (September 2026): the operation of a POST or GET, and the media type of the answer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request

from app.domain.errors import Code, TandemError
from app.domain.validation import unstorable
from app.http import bodies, event_stream
from app.http.headers.accept import takes_json

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = event_stream.MEDIA_TYPE
_KNOWN = {RESPONSE: RESPONSE, JSON: JSON, EVENTS: EVENTS, "application/*": JSON, "*/*": JSON}


class Operation(NamedTuple):
    """The parameters of a well-formed request. A persisted query has no `query`, but a hash in its `extensions`."""

    query: str | None
    name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any]


class NotWellFormed(TandemError):
    """A request whose parameters are not of the specified types."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.MALFORMED_REQUEST, message)


async def read(request: Request) -> Operation:
    """The operation of a request; raises `NotWellFormed`, and `TandemError` where there are no parameters at all."""
    if request.method != "POST":
        given: Mapping[str, str] = request.query_params
        return _operation({**given, **{name: _parsed(name, given) for name in ("variables", "extensions")}})
    if bodies.media_type(request) != JSON:
        raise TandemError(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the operation as {JSON} in UTF-8.")
    body = bodies.parse(await bodies.read(request))
    if not isinstance(body, dict):
        raise _malformed("The body must be one JSON object; batches are not taken.")
    return _operation(body)


def _parsed(name: str, given: Mapping[str, str]) -> Any:
    """A parameter of a GET that is JSON; None where it is absent or empty."""
    try:
        return bodies.parse(given[name].encode()) if given.get(name) else None
    except TandemError:
        raise _malformed(f"`{name}` is not well-formed JSON.") from None


def _operation(given: Mapping[str, Any]) -> Operation:
    query, name, variables = given.get("query"), given.get("operationName"), given.get("variables")
    extensions = given.get("extensions")
    if not (query is None or isinstance(query, str)) or unstorable(query or ""):
        raise NotWellFormed("`query` must be a string.")
    if not (name is None or isinstance(name, str)):
        raise NotWellFormed("`operationName` must be a string.")
    if not (variables is None or isinstance(variables, dict)):
        raise NotWellFormed("`variables` must be an object.")
    if not (extensions is None or isinstance(extensions, dict)):
        raise NotWellFormed("`extensions` must be an object.")
    return Operation(query, name or None, variables or {}, extensions or {})


def accepted(header: str | None) -> str:
    """The media type to answer in; raises `not_acceptable` (RFC 9110, section 12.5.1)."""
    if not header or header in _KNOWN:
        return _KNOWN.get(header or JSON, JSON)
    best, best_quality = "", 0.0
    for part in header.split(","):
        essence, *parameters = (piece.strip() for piece in part.lower().split(";"))
        quality = next((_quality(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
        if essence in _KNOWN and quality > best_quality:
            best, best_quality = _KNOWN[essence], quality
    if not best and takes_json(header):
        best = JSON
    if not best:
        raise TandemError(Code.NOT_ACCEPTABLE, f"Accept {RESPONSE}, {JSON} or {EVENTS}.")
    return best


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _malformed(message: str) -> TandemError:
    return TandemError(Code.MALFORMED_REQUEST, message)
