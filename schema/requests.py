"""Requests by the GraphQL-over-HTTP draft: what a POST or GET asks to be run, and in which media type to answer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request

from app import bodies
from app.domain.errors import Code, TandemError
from app.domain.reading import unstorable

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
_KNOWN = {RESPONSE: RESPONSE, JSON: JSON, "application/*": JSON, "*/*": JSON}


class Operation(NamedTuple):
    """What a request asks to be run."""

    query: str
    name: str | None
    variables: dict[str, Any]


async def read(request: Request) -> Operation:
    """The operation of a request; raises `TandemError` where there is none to be had."""
    if request.method != "POST":
        given: Mapping[str, str] = request.query_params
        objects = {name: given.get(name) for name in ("variables", "extensions")}
        return _operation(
            {**given, **{n: bodies.parse(text.encode()) if text else None for n, text in objects.items()}}
        )
    if bodies.media_type(request) != JSON:
        raise TandemError(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the operation as {JSON} in UTF-8.")
    body = bodies.parse(await bodies.read(request))
    if not isinstance(body, dict):
        raise _malformed("The body must be one JSON object; batches are not taken.")
    return _operation(body)


def _operation(given: Mapping[str, Any]) -> Operation:
    query, name, variables = given.get("query"), given.get("operationName"), given.get("variables")
    if not isinstance(query, str) or unstorable(query):
        raise _malformed("`query` must be a string.")
    if not (name is None or isinstance(name, str)):
        raise _malformed("`operationName` must be a string.")
    if not (variables is None or isinstance(variables, dict)):
        raise _malformed("`variables` must be an object.")
    if not isinstance(given.get("extensions", {}), dict | None):
        raise _malformed("`extensions` must be an object.")
    return Operation(query, name or None, variables or {})


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
    if not best:
        raise TandemError(Code.NOT_ACCEPTABLE, f"Accept {RESPONSE} or {JSON}.")
    return best


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _malformed(message: str) -> TandemError:
    return TandemError(Code.MALFORMED_REQUEST, message)
