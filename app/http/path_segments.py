"""Segments of paths: a slash that a client percent-encodes is part of one, as in the address of a sku.

A server decodes the path of a request, and then slashes between segments and within them look alike. `keep` leaves
those within as `%2F`, and percent signs as `%25`, so that a path can be split; `decoded` gives the text of a segment.
"""

from urllib.parse import unquote

from app.http.request_state import RequestState


def keep(request: RequestState) -> None:
    """Take the path of a request from its encoded form, if a slash or a percent sign is encoded there."""
    scope = request.scope
    raw: bytes = scope.get("raw_path") or b""
    if b"%2" in raw and (b"%2F" in (upper := raw.upper()) or b"%25" in upper):
        segments = map(unquote, raw.decode("latin-1").split("/"))
        scope["path"] = "/".join(one.replace("%", "%25").replace("/", "%2F") for one in segments)


def decoded(segment: str) -> str:
    """The text of a segment of a kept path."""
    return segment.replace("%2F", "/").replace("%25", "%") if "%" in segment else segment
