"""Answers with entity tags, and the conditional requests that come back with them (RFC 9110, section 13)."""

from starlette.responses import Response

from app.domain import etags
from app.domain.errors import PreconditionFailed
from rest.negotiation import Asked
from rest.route import JSON


def one(asked: Asked, state: etags.State, body: bytes) -> Response:
    """The answer to a GET of one thing: 200, 304 where the client has it, 412 where it expects another."""
    if asked.if_match is not None:
        etags.require(asked.if_match, state)
    return _unless_had(asked, etags.tag(state, body), body)


def bytes_of(asked: Asked, body: bytes, headers: dict[str, str], media_type: str = JSON) -> Response:
    """The answer to a GET of what has no version, such as a list; its tag stands for its bytes."""
    tag = f'"{etags.digest(body)}"'
    if asked.if_match is not None and asked.if_match.strip() != "*" and not _names(asked.if_match, tag, strong=True):
        raise PreconditionFailed
    return _unless_had(asked, tag, body, headers, media_type)


def changed(state: etags.State, body: bytes, status: int = 200, location: str | None = None) -> Response:
    """The answer to a request that changed a thing, or made it."""
    headers = {"ETag": etags.tag(state, body)}
    if location is not None:
        headers["Location"] = location
    return Response(body, status, headers, JSON)


def _unless_had(
    asked: Asked, tag: str, body: bytes, headers: dict[str, str] | None = None, media_type: str = JSON
) -> Response:
    had = asked.if_none_match
    if had is not None and (had.strip() == "*" or _names(had, tag)):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, 200, {"ETag": tag, **(headers or {})}, media_type)


def _names(condition: str, tag: str, *, strong: bool = False) -> bool:
    """Whether a list of entity tags has this one; our tags hold no quotes or commas, so it can only stand as itself."""
    return any(named.strip() == tag or (not strong and named.strip() == f"W/{tag}") for named in condition.split(","))
