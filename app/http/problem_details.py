"""Problem details (RFC 9457): the body of every error response over HTTP."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from app.domain.errors import Code, FieldError, TandemError
from app.http.public_paths import public

MEDIA_TYPE = "application/problem+json"
_GRAPHQL = "application/graphql-response+json"
MAX_FAULTS = 1_000
"""The maximum number of faults in a problem: a body of a megabyte may have far more."""


class Refused(TandemError):
    """A refusal of the HTTP layer itself, which carries header fields of its own, such as `Allow`."""

    def __init__(self, code: Code, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(code, message)
        self.headers = headers


def method_not_allowed(*allowed: str) -> Refused:
    """The refusal of a method, with all those that are allowed."""
    methods = ", ".join(allowed)
    return Refused(Code.METHOD_NOT_ALLOWED, f"Only {methods} are allowed here.", {"Allow": methods})


def path_of(fault: FieldError) -> str:
    """The dotted path of a fault: `items.0.quantity`."""
    return ".".join(map(str, fault.field))


def document(error: TandemError, request_id: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    return {
        "type": f"/errors/{error.code}",
        "title": error.code.spec.title,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "message": error.message,
        "details": [
            {"field": path_of(fault), "code": fault.code, "message": fault.message}
            for fault in error.field_errors[:MAX_FAULTS]
        ],
        "requestId": request_id,
    }


def of_operation(error: TandemError) -> dict[str, Any]:
    """The problem of one operation of several: that of a refusal, without a request id of its own."""
    content = _published(error, "")
    del content["requestId"]
    return content


def _published(error: TandemError, request_id: str) -> dict[str, Any]:
    """The problem document, with the type's address as the client reaches it."""
    content = document(error, request_id)
    content["type"] = public(content["type"])
    return content


def respond(error: TandemError, scope: Scope) -> Response:
    """The answer of a refusal to a request. At `/graphql` the problem has GraphQL's `errors`, too, for its clients."""
    state = scope["state"]
    if scope["path"].removeprefix(scope.get("root_path", "")) != "/graphql":
        return response(error, state["request_id"])
    content = _published(error, state["request_id"])
    content["errors"] = [{"message": error.message, "extensions": {"code": error.code.name}}]
    asked = b",".join(value for name, value in scope["headers"] if name == b"accept")
    answer = response(error, state["request_id"], {"Vary": "Accept"})
    answer.body = msgspec.json.encode(content)
    answer.headers["content-length"] = str(len(answer.body))
    if _GRAPHQL.encode() in asked:
        answer.headers["content-type"] = _GRAPHQL
    return answer


def response(error: TandemError, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """The HTTP answer of a refusal."""
    headers = {**(headers or {}), **(error.headers if isinstance(error, Refused) else {})}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.replayed:
        headers["Idempotent-Replayed"] = "true"
    if error.code is Code.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    body = msgspec.json.encode(_published(error, request_id))
    return Response(body, error.status, headers, MEDIA_TYPE)
