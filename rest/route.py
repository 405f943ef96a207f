"""Paths and what they answer: FastAPI declares the operations, and a request goes straight to its endpoint."""

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from app import problems
from app.domain.errors import Code, NotFound, TandemError
from app.domain.models import MAX_ID

Endpoint = Callable[[Request], Awaitable[Response]]

JSON = "application/json"
PATCHES = ("application/merge-patch+json", JSON)

_ID = re.compile(r"[1-9][0-9]{0,15}")


class Resource:
    """What one path answers: its methods, HEAD wherever GET is, OPTIONS, and 405 with the whole `Allow`.

    `patches` are the media types that its PATCH takes.
    """

    def __init__(self, path: str, methods: Mapping[str, Endpoint], patches: Sequence[str] = ()) -> None:
        self.path, self.pattern, self._patches = path, compile_path(path)[0], patches
        head = {"HEAD": methods["GET"]} if "GET" in methods else {}
        self.methods: dict[str, Endpoint] = {"OPTIONS": self._options, **methods, **head}
        self.allow = ", ".join(sorted(self.methods))

    async def _options(self, _: Request) -> Response:
        headers = {"Allow": self.allow}
        if self._patches:
            headers["Accept-Patch"] = ", ".join(self._patches)
        return Response(status_code=204, headers=headers)

    async def refuse(self, request: Request) -> Response:
        """Answer a method that is none of these."""
        message = f"{request.method[:20]} is not allowed here; {self.allow} are."
        raise problems.Refused(Code.METHOD_NOT_ALLOWED, message, {"Allow": self.allow})


class Found(NamedTuple):
    """The resource of a path, and the parameters in it."""

    resource: Resource
    parameters: dict[str, str]


class Dispatch:
    """An ASGI application that finds the endpoint of a request, once, and sends what it answers."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._resources = tuple(resources)
        self._fixed = {r.path: Found(r, {}) for r in self._resources if "{" not in r.path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; there are no websockets here."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        found = self._find(scope["path"].removeprefix(scope.get("root_path", "")))
        endpoint: Endpoint = _nowhere
        if found is not None:
            scope["path_params"], scope["route"] = found.parameters, found.resource
            endpoint = found.resource.methods.get(scope["method"], found.resource.refuse)
        await respond(endpoint, scope, receive, send)

    def _find(self, path: str) -> Found | None:
        if path in self._fixed:
            return self._fixed[path]
        for resource in self._resources:
            if match := resource.pattern.fullmatch(path):
                return Found(resource, match.groupdict())
        return None


async def respond(endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
    """Send what an endpoint answers, or the problem document of its refusal; to a HEAD without the body."""
    try:
        response = await endpoint(Request(scope, receive, send))
    except TandemError as error:
        response = problems.response(error, _request_id(scope))
    if scope["method"] == "HEAD":
        response.body = b""
    await response(scope, receive, send)


def _request_id(scope: Scope) -> str:
    """The id that the request goes under; one is made where no middleware did."""
    return str(scope.setdefault("state", {}).get("request_id") or secrets.token_hex(16))


async def _nowhere(_: Request) -> Response:
    raise NotFound("address")


def path_id(request: Request, thing: str) -> int:
    """The `id` of the path; what cannot be one names nothing, so it is a 404."""
    text: str = request.path_params["id"]
    if _ID.fullmatch(text) and (identity := int(text)) <= MAX_ID:
        return identity
    raise NotFound(thing)
