"""Problem details (RFC 9457): how every refusal is said over HTTP, whichever door it came through."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from app.domain.errors import MEANINGS, Code, Fault, TandemError

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 1_000
"""How many faults a problem names at most: a body of a megabyte may have far more."""


class Refused(TandemError):
    """A refusal of the HTTP layer itself, which carries header fields of its own, such as `Allow`."""

    def __init__(self, code: Code, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(code, message)
        self.headers = headers


def method_not_allowed(*allowed: str) -> Refused:
    """The refusal of a method, with all those that are allowed."""
    methods = ", ".join(allowed)
    return Refused(Code.METHOD_NOT_ALLOWED, f"Only {methods} are allowed here.", {"Allow": methods})


def path_of(fault: Fault) -> str:
    """The dotted path of a fault: `items.0.quantity`."""
    return ".".join(map(str, fault.field))


def document(error: TandemError, request_id: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    return {
        "type": f"/errors/{error.code}",
        "title": MEANINGS[error.code].title,
        "status": error.status,
        "code": error.code,
        "message": error.message,
        "details": [
            {"field": path_of(fault), "code": fault.code, "message": fault.message}
            for fault in error.faults[:MAX_FAULTS]
        ],
        "requestId": request_id,
    }


def response(error: TandemError, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """The HTTP answer of a refusal."""
    headers = {**(headers or {}), **(error.headers if isinstance(error, Refused) else {})}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.replayed:
        headers["Idempotent-Replayed"] = "true"
    if error.code is Code.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    body = msgspec.json.encode(document(error, request_id))
    return Response(body, error.status, headers, MEDIA_TYPE)
