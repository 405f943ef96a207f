"""The route class of the REST API: FastAPI declares and documents operations; `FastRoute` calls handlers directly.

FastAPI solves the dependencies of each request anew: it validates by models, opens exit stacks and makes responses from
what a handler returns. Measured in process for one product and for a page of 20, that costs 76 to 140 µs a request. A
`FastRoute` compiles the same declarations once into functions of the request, and costs 23 to 32 µs.

It knows the declarations that this package uses: `Request`, ids in the path, text headers, a `Query` model, the
`Members` of a JSON body, and dependencies made of these that are not coroutines.
"""

import re
from collections.abc import Awaitable, Callable, Coroutine
from functools import cached_property, partial
from typing import Any, cast

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIRouter
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response

from app.domain.addresses import Address, OwnKey
from app.domain.errors import NotFound
from app.domain.models import MAX_ID
from app.http import event_stream
from rest import negotiation
from rest.queries import Query

Endpoint = Callable[[Request], Awaitable[Response]]
Resolve = Callable[[Request], Any]

_FOR_READING, _READING = frozenset({"slug"}), frozenset({"GET", "HEAD"})
_ID = re.compile(r"[1-9][0-9]{0,15}")


class NoQuery(Query):
    """The query of an operation without query parameters."""


class FastRoute(APIRoute):
    """A route whose handler returns the response; its response model only documents the answer."""

    @cached_property
    def handler(self) -> Endpoint:
        """The handler, for the dispatch."""
        return self.get_route_handler()

    @property
    def method(self) -> str:
        """The one method of the route."""
        (method,) = cast(set[str], self.methods)
        return method

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler: resolves the declared arguments, then calls the endpoint."""
        dependant = self.dependant
        checks = [_dependency(one) for one in dependant.dependencies if one.name is None]
        arguments = _arguments(dependant)
        if not dependant.query_params:
            checks.append(partial(_query, NoQuery))
        if self.answers_json and not self.streams:
            checks.append(negotiation.require_json)
        body = dependant.body_params[0].name if dependant.body_params else None
        patch, call = self.method == "PATCH", dependant.call
        assert call is not None  # noqa: S101 - the root of a route is its endpoint

        async def handle(request: Request) -> Response:
            """Resolve the arguments, then call the endpoint."""
            for check in checks:
                check(request)
            values = {name: resolve(request) for name, resolve in arguments}
            if body is not None:
                values[body] = await negotiation.members(request, patch=patch)
            response: Response = await call(**values)
            return response

        return handle

    @property
    def query_models(self) -> list[type[Query]]:
        """The model of the query, if the route takes parameters."""
        return [cast(type[Query], one.field_info.annotation) for one in self.dependant.query_params]

    @property
    def answers_json(self) -> bool:
        """Whether the answer is JSON, which the request must accept."""
        return self.response_model is not None

    @property
    def streams(self) -> bool:
        """Whether the answer may be an event stream; then the handler reads `Accept`."""
        return event_stream.MEDIA_TYPE in self.responses.get(200, {}).get("content", ())


class Router(APIRouter):
    """The routes of a resource, under a tag of the contract."""

    def __init__(self, tag: str, route_class: type[FastRoute] = FastRoute, **options: Any) -> None:
        options["generate_unique_id_function"] = lambda route: to_camel(route.name)
        super().__init__(tags=[tag], route_class=route_class, **options)


def _arguments(dependant: Dependant) -> list[tuple[str, Resolve]]:
    """Functions that get each argument of a handler or dependency from a request."""
    found: list[tuple[str, Resolve]] = []
    if dependant.request_param_name:
        found.append((dependant.request_param_name, lambda request: request))
    found += ((one.name, _dependency(one)) for one in dependant.dependencies if one.name is not None)
    found += (
        (one.name, partial(_query, cast(type[Query], one.field_info.annotation))) for one in dependant.query_params
    )
    found += (
        (one.name, _path(one.alias, one.field_info.title, one.field_info.annotation)) for one in dependant.path_params
    )
    found += (
        (one.name, partial(negotiation.header_text, one.alias.lower().encode())) for one in dependant.header_params
    )
    return found


def _dependency(dependant: Dependant) -> Resolve:
    """A dependency as a function of the request."""
    arguments, call = _arguments(dependant), dependant.call
    assert call is not None  # noqa: S101 - FastAPI gives every dependency its callable
    if dependant.request_param_name:  # the request is a positional argument
        del arguments[0]
        if not arguments:
            return call
        return lambda request: call(request, **{name: resolve(request) for name, resolve in arguments})
    return lambda request: call(**{name: resolve(request) for name, resolve in arguments})


def _query(model: type[Query], request: Request) -> Query:
    return model.parse(request.scope["query_string"], request.scope["app"].state.version)


def _path(name: str, title: str | None, annotation: Any) -> Resolve:
    """A parameter of the path; an integer outside the range of ids is a 404."""
    if annotation is str:
        return lambda request: request.path_params[name]
    noun, own_keys = (title or "").removesuffix("Id").lower(), annotation is not int

    def address(request: Request) -> Address:
        text: str = request.path_params[name]
        if _ID.fullmatch(text) and (number := int(text)) <= MAX_ID:
            return number
        kind, colon, key = text.partition(":")
        takes = kind in request.app.state.version.own_keys and (kind not in _FOR_READING or request.method in _READING)
        if own_keys and colon and takes:
            return OwnKey(kind, key)
        raise NotFound(noun)

    return address
