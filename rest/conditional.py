"""Answers with entity tags, and the conditional requests that come back with them (RFC 9110, section 13)."""

from starlette.responses import Response

from app.domain import etags
from app.domain.errors import PreconditionFailed
from rest.negotiation import Asked
from rest.route import JSON


class Tagged(Response):
    """An answer whose few header lines are made at once, without a mapping between."""

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
            self.raw_headers.append((b"location", location.encode()))


def one(asked: Asked, state: etags.State, body: bytes) -> Response:
    """The answer to a GET of one thing: 200, 304 where the client has it, 412 where it expects another."""
    if asked.if_match is not None:
        etags.require(asked.if_match, state)
    tag = etags.tag(state, body)
    return Tagged(304, tag, b"") if etags.none_match(asked.if_none_match, tag) else Tagged(200, tag, body)


def many(asked: Asked, body: bytes, link: str | None, media_type: str = JSON) -> Response:
    """The answer to a GET of what has no version, such as a list; its tag stands for its bytes."""
    tag = f'"{etags.digest(body)}"'
    if asked.if_match is not None and not (asked.if_match.strip() == "*" or tag in etags.listed(asked.if_match)):
        raise PreconditionFailed
    return (
        Tagged(304, tag, b"")
        if etags.none_match(asked.if_none_match, tag)
        else Tagged(200, tag, body, link, media_type=media_type)
    )
