"""Dispatch: finds the handler of a request by path and method, and answers HEAD, OPTIONS and 405."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from app.domain.errors import Code, NotFound, TandemError
from app.http import problem_details, redirects
from app.http.path_segments import decoded, is_utf8
from rest.route import Endpoint


class Resource:
    """The operations of one path. `patches` are the media types that its PATCH takes."""

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
        """Refuse a method that the resource does not have."""
        message = f"{request.method[:20]} is not allowed here; {self.allow} are."
        raise problem_details.HttpRefusal(Code.METHOD_NOT_ALLOWED, message, {"Allow": self.allow})


class Match(NamedTuple):
    """A resource, and the parameters of its path."""

    resource: Resource
    parameters: dict[str, str]


class Dispatch:
    """An ASGI application that finds the endpoint of a request and sends its response."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._resources = tuple(resources)
        self._fixed = {r.path: Match(r, {}) for r in self._resources if "{" not in r.path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; there are no websockets here."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        match = self._find(path)
        endpoint: Endpoint = _not_found
        if match is None and path.endswith("/") and self._find(path[:-1]):
            endpoint = redirects.without_slash
        elif match is not None and is_utf8(scope):
            scope["path_params"], scope["route"] = match.parameters, match.resource
            endpoint = match.resource.methods.get(scope["method"], match.resource.refuse)
        await respond(endpoint, scope, receive, send)

    def _find(self, path: str) -> Match | None:
        if path in self._fixed:
            return self._fixed[path]
        for resource in self._resources:
            if match := resource.pattern.fullmatch(path):
                return Match(resource, {name: decoded(text) for name, text in match.groupdict().items()})
        return None


async def respond(endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the response of an endpoint, or the problem document of its error; a HEAD gets no body."""
    try:
        response = await endpoint(Request(scope, receive, send))
    except TandemError as error:
        response = problem_details.response(error, _request_id(scope))
    if scope["method"] == "HEAD":
        response.body = b""
    await response(scope, receive, send)


def _request_id(scope: Scope) -> str:
    """The request id; generated if no middleware set one."""
    return str(scope.setdefault("state", {}).get("request_id") or secrets.token_hex(16))


async def _not_found(_: Request) -> Response:
    raise NotFound("address")
