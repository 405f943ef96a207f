"""Segments of paths: a percent-encoded slash is part of a segment, as in the address of a sku.

A server decodes the path of a request, so that slashes between and within segments look alike. `restore_raw_path`
leaves those within as `%2F`, and percent signs as `%25`; then a path can be split. `decoded` gives a segment's text.
"""

from urllib.parse import unquote, unquote_to_bytes

from starlette.types import Scope

from app.http.request_state import RequestState


def restore_raw_path(request: RequestState) -> None:
    """Take the path of a request from its encoded form, if a slash or a percent sign is encoded there."""
    scope = request.scope
    raw: bytes = scope.get("raw_path") or b""
    if b"%2" in raw and (b"%2F" in (upper := raw.upper()) or b"%25" in upper):
        segments = map(unquote, raw.decode("latin-1").split("/"))
        scope["path"] = "/".join(one.replace("%", "%25").replace("/", "%2F") for one in segments)


def is_utf8(scope: Scope) -> bool:
    """Whether the path of a request is UTF-8: a server decodes other bytes to U+FFFD, so that two skus look alike."""
    if "\ufffd" not in scope["path"]:
        return True
    try:
        unquote_to_bytes(scope.get("raw_path") or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def decoded(segment: str) -> str:
    """The text of a segment of a restored path."""
    return segment.replace("%2F", "/").replace("%25", "%") if "%" in segment else segment
