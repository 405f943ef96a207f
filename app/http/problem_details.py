"""Problem details (RFC 9457): the body of every error response over HTTP."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from app.domain.errors import MAX_FAULTS, Code, FieldError, TandemError
from app.http.public_paths import public

MEDIA_TYPE = "application/problem+json"
_GRAPHQL = "application/graphql-response+json"


class HttpRefusal(TandemError):
    """A refusal of the HTTP layer itself, which carries header fields of its own, such as `Allow`."""

    def __init__(self, code: Code, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(code, message)
        self.headers = headers


def method_not_allowed(*allowed: str) -> HttpRefusal:
    """The error for a method, with the allowed methods."""
    methods = ", ".join(allowed)
    return HttpRefusal(Code.METHOD_NOT_ALLOWED, f"Only {methods} are allowed here.", {"Allow": methods})


def path_of(fault: FieldError) -> str:
    """The dotted path of a field error: `items.0.quantity`."""
    return ".".join(map(str, fault.field))


def document(error: TandemError, request_id: str) -> dict[str, Any]:
    """The problem document of an error."""
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
    """The problem of one operation of a batch: a problem without a request id."""
    content = _published(error, "")
    del content["requestId"]
    return content


def _published(error: TandemError, request_id: str) -> dict[str, Any]:
    """The problem document, with the type's URL as the client reaches it."""
    content = document(error, request_id)
    content["type"] = public(content["type"])
    return content


def respond(error: TandemError, scope: Scope) -> Response:
    """The response to a request for an error. At `/graphql` the problem also has GraphQL's `errors`."""
    state = scope["state"]
    if scope["path"].removeprefix(scope.get("root_path", "")) != "/graphql":
        return response(error, state["request_id"])
    content = _published(error, state["request_id"])
    content["errors"] = [{"message": error.message, "extensions": {"code": error.code.name}}]
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    answer = response(error, state["request_id"], {"Vary": "Accept"})
    answer.body = msgspec.json.encode(content)
    answer.headers["content-length"] = str(len(answer.body))
    if _GRAPHQL.encode() in accept:
        answer.headers["content-type"] = _GRAPHQL
    return answer


def response(error: TandemError, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """The HTTP response of an error."""
    headers = {**(headers or {}), **(error.headers if isinstance(error, HttpRefusal) else {})}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.replayed:
        headers["Idempotent-Replayed"] = "true"
    if error.code is Code.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    body = msgspec.json.encode(_published(error, request_id))
    return Response(body, error.status, headers, MEDIA_TYPE)
