"""Answers with entity tags, and the conditional requests that come back with them (RFC 9110, section 13)."""

from typing import NamedTuple

from starlette.responses import Response

from app.domain import etags
from app.domain.errors import PreconditionFailed
from app.domain.idempotency import Outcome
from app.http.public_paths import quoted
from rest.dependencies import ReadConditions
from rest.negotiation import JSON
from rest.rendering import Projection

PRIVATE = (b"cache-control", b"private, no-cache")
"""For answers that depend on the caller, at addresses that are otherwise public."""


class Tagged(Response):
    """A response whose few header lines are built directly, without a mapping; `location` is a path of this service."""

    def __init__(
        self,
        status: int,
        tag: str,
        body: bytes,
        link: str | None = None,
        *,
        media_type: str = JSON,
        location: str | None = None,
    ) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = [(b"etag", tag.encode())]
        if status != 304:
            length = b"%d" % len(body)
            self.raw_headers += ((b"content-length", length), (b"content-type", media_type.encode()))
        if link:
            self.raw_headers.append((b"link", link.encode()))
        if location:
            self.raw_headers.append((b"location", quoted(location).encode()))


class Representation(NamedTuple):
    """The representation of a resource: its bytes, entity tag and `Link` field, and its state if it has versions. A
    `private` one depends on the caller.
    """

    body: bytes
    tag: str
    state: etags.State | None = None
    link: str | None = None
    media_type: str = JSON
    private: bool = False


def versioned(state: etags.State, body: bytes, *, private: bool = False) -> Representation:
    """A resource that has versions."""
    return Representation(body, etags.tag(state, body), state, private=private)


def unversioned(
    body: bytes, link: str | None = None, media_type: str = JSON, *, private: bool = False
) -> Representation:
    """A resource without versions, such as a list; its tag is a hash of its bytes."""
    return Representation(body, etags.of_bytes(body), None, link, media_type, private)


def answer(conditions: ReadConditions, shown: Representation) -> Response:
    """The answer to a GET: 200, 304 if the client's copy is current, or 412 if `If-Match` names another tag."""
    tag = shown.tag
    if conditions.if_match is not None:
        if shown.state is not None:
            etags.require(conditions.if_match, shown.state)
        elif not etags.match(conditions.if_match, tag):
            raise PreconditionFailed
    known = etags.none_match(conditions.if_none_match, tag)
    response = Tagged(304, tag, b"") if known else Tagged(200, tag, shown.body, shown.link, media_type=shown.media_type)
    if shown.private:
        response.raw_headers.append(PRIVATE)
    return response


def written(outcome: Outcome, shown: Representation, location: str | None = None) -> Response:
    """The answer to a write: 201 with the address of a created resource, else 200."""
    status = 201 if location else 200
    return marked(Tagged(status, shown.tag, shown.body, location=location), outcome)


def written_as(shown: Projection, outcome: Outcome, location: str | None = None) -> Response:
    """The answer to a write, with the resource after it."""
    values = [outcome.snapshot[column] for column in shown.selection]
    return written(outcome, versioned(shown.state(values), shown.body(values)), location)


def deleted(outcome: Outcome) -> Response:
    """The answer to a deletion."""
    return marked(Response(status_code=204), outcome)


def marked(response: Response, outcome: Outcome) -> Response:
    """Add `Idempotent-Replayed` to the answer of a replay."""
    if outcome.replayed:
        response.raw_headers.append((b"idempotent-replayed", b"true"))
    return response
