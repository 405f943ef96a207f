"""Content negotiation: the media types of requests and answers, and the JSON body."""

from typing import Any

from starlette.requests import Request

from app.domain.errors import Code, FieldError, Invalid, TandemError
from app.http import bodies, problem_details
from app.http.headers.accept import takes_json
from app.http.request_state import header

JSON = "application/json"
PATCHES = ("application/merge-patch+json", JSON)


def require_json(request: Request) -> None:
    """Raise `not_acceptable` where the request does not accept JSON."""
    if not takes_json(header_text(b"accept", request)):
        raise TandemError(Code.NOT_ACCEPTABLE, f"Only {JSON} is available.")


def header_text(name: bytes, request: Request) -> str | None:
    """A header field by its name in lower case; repeated fields are joined by commas."""
    lines: list[tuple[bytes, bytes]] = request.scope["headers"]
    fields = dict(lines)
    if len(fields) == len(lines):
        value = fields.get(name)
        return None if value is None else value.decode("latin-1")
    return ", ".join(value.decode("latin-1") for key, value in lines if key == name) if name in fields else None


async def members(request: Request, *, patch: bool = False) -> dict[str, Any]:
    """The members of a JSON body; raises `unsupported_media_type`, `malformed_request`, `Invalid` and the like."""
    takes = PATCHES if patch else (JSON,)
    encoding = header(request.scope, b"content-encoding") or b"identity"
    if bodies.media_type(request) not in takes or encoding.lower() != b"identity":
        headers = {"Accept-Patch": ", ".join(PATCHES)} if patch else {}
        message = f"The body must be {' or '.join(takes)}, in UTF-8 without further encoding."
        raise problem_details.HttpRefusal(Code.UNSUPPORTED_MEDIA_TYPE, message, headers)
    value = await bodies.parsed(await bodies.read(request))
    if not isinstance(value, dict):
        raise Invalid([FieldError((), "The body must be a JSON object.")])
    return value
