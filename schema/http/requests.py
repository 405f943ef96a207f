"""Requests of GraphQL over HTTP (September 2026): the operation of a POST or GET, and the media type of the answer."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from starlette.requests import Request

from app.domain.errors import Code, TandemError
from app.domain.validation import unstorable
from app.http import bodies, event_stream
from app.http.headers import accept

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = event_stream.MEDIA_TYPE
_TYPES = frozenset({RESPONSE, JSON, EVENTS})
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


async def parse_operation(request: Request) -> Operation:
    """The operation of a request; raises `NotWellFormed`, or `TandemError` if there are no parameters at all."""
    if request.method != "POST":
        members: Mapping[str, str] = request.query_params
        return _operation({**members, **{name: _parsed(name, members) for name in ("variables", "extensions")}})
    if bodies.media_type(request) != JSON:
        raise TandemError(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the operation as {JSON} in UTF-8.")
    body = await bodies.parsed(await bodies.read(request))
    if not isinstance(body, dict):
        raise _malformed("The body must be one JSON object; batches are not supported.")
    return _operation(body)


def _parsed(name: str, members: Mapping[str, str]) -> Any:
    """A JSON parameter of a GET; `None` if it is absent or empty."""
    try:
        return bodies.parse(members[name].encode()) if members.get(name) else None
    except TandemError:
        raise _malformed(f"`{name}` is not well-formed JSON.") from None


def _operation(members: Mapping[str, Any]) -> Operation:
    query, name, variables = members.get("query"), members.get("operationName"), members.get("variables")
    extensions = members.get("extensions")
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
    """The media type to answer in; raises `not_acceptable` (RFC 9110, section 12.5.1).

    Of types with the same quality it is the first one; a wildcard means JSON.
    """
    if not header or header in _KNOWN:
        return _KNOWN.get(header or JSON, JSON)
    named = [name for name in accept.media_ranges(header) if name in _TYPES]
    best = max((*named, JSON, RESPONSE), key=partial(accept.quality, header))
    if accept.quality(header, best) > 0:
        return best
    if accept.takes_json(header):
        return JSON
    raise TandemError(Code.NOT_ACCEPTABLE, f"Accept {RESPONSE}, {JSON} or {EVENTS}.")


def _malformed(message: str) -> TandemError:
    return TandemError(Code.MALFORMED_REQUEST, message)
