"""Routes that go straight to their endpoints: FastAPI declares and documents them, and is in no request's way."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from app import problems
from app.domain.errors import Code, NotFound, TandemError
from app.domain.models import MAX_ID

Endpoint = Callable[[Request], Awaitable[Response]]
Resource = dict[str, Endpoint]
"""What one path answers, by method."""

JSON = "application/json"
PATCHES = ("application/merge-patch+json", JSON)

_ID = re.compile(r"[1-9][0-9]{0,15}")


class Refused(TandemError):
    """A refusal that carries headers of its own."""

    def __init__(self, code: Code, message: str, headers: dict[str, str]) -> None:
        super().__init__(code, message)
        self.headers = headers


class DirectRoute(APIRoute):
    """One operation, in FastAPI's eyes; the first route of a path answers for all the methods of its `resource`.

    So each path is matched once, and OPTIONS and 405 know every method of it.
    """

    def __init__(self, path: str, endpoint: Endpoint, resource: Resource, method: str, **declared: Any) -> None:
        super().__init__(path, endpoint, methods=[method], **declared)
        self.resource = resource
        self.leads = not resource
        if self.leads:
            resource["OPTIONS"] = self._options
        resource[method] = endpoint
        if method == "GET":
            resource["HEAD"] = endpoint

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the path is this one; the method is looked up by `handle`."""
        if not self.leads or scope["type"] != "http":
            return Match.NONE, {}
        found = self.path_regex.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
        if found is None:
            return Match.NONE, {}
        return Match.FULL, {"endpoint": self.endpoint, "path_params": found.groupdict(), "route": self}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; a refusal becomes a problem document."""
        await respond(self.resource.get(scope["method"], self._refuse), scope, receive, send)

    async def _options(self, _: Request) -> Response:
        headers = {"Allow": self._allow()}
        if "PATCH" in self.resource:
            headers["Accept-Patch"] = ", ".join(PATCHES)
        return Response(status_code=204, headers=headers)

    async def _refuse(self, request: Request) -> Response:
        message = f"{request.method[:20]} is not allowed here; {self._allow()} are."
        raise Refused(Code.METHOD_NOT_ALLOWED, message, {"Allow": self._allow()})

    def _allow(self) -> str:
        return ", ".join(sorted(self.resource))


async def respond(endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
    """Send what an endpoint answers, or the problem document of its refusal; to a HEAD without the body."""
    try:
        response = await endpoint(Request(scope, receive, send))
    except TandemError as error:
        headers = error.headers if isinstance(error, Refused) else None
        response = problems.response(error, _request_id(scope), headers)
    if scope["method"] == "HEAD":
        response.body = b""
    await response(scope, receive, send)


def _request_id(scope: Scope) -> str:
    """The id that the request goes under; one is made where no middleware did."""
    return str(scope.setdefault("state", {}).get("request_id") or secrets.token_hex(16))


def path_id(request: Request, thing: str) -> int:
    """The `id` of the path; what cannot be one names nothing, so it is a 404."""
    text: str = request.path_params["id"]
    if _ID.fullmatch(text) and (identity := int(text)) <= MAX_ID:
        return identity
    raise NotFound(thing)
