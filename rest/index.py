"""The index of a version: the addresses of its collections, its contract and its reference."""

from collections.abc import Iterable
from typing import Any

from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response

from app.http.public_paths import public
from rest import conditional
from rest.dependencies import conditions
from rest.negotiation import require_json
from rest.rendering import encode
from rest.route import Endpoint, NoQuery
from rest.versions import Version


def index(version: Version, paths: Iterable[str]) -> Endpoint:
    """The endpoint at the root of a version; `paths` are those of its collections, such as `/products`."""
    links = {to_camel(path[1:].replace("-", "_")): f"{version.prefix}{path}" for path in paths}
    links |= {"openapi": f"{version.prefix}/openapi.yaml", "docs": "/docs"}
    content: dict[str, Any] = {"name": "Tandem", "version": version.number, "deprecated": version.deprecated}

    async def answer(request: Request) -> Response:
        require_json(request)
        NoQuery.parse(request.scope["query_string"], version)
        shown = content | {"links": {name: public(path) for name, path in links.items()}}
        return conditional.answer(conditions(request), conditional.unversioned(encode(shown)))

    return answer
