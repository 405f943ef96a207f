"""The contract as it is served: made once, when first asked for, off the event loop."""

import asyncio
from collections.abc import Callable
from functools import cached_property

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from rest import conditional, negotiation, parameters
from rest.document import Document, to_yaml
from rest.route import JSON

YAML = "application/yaml"


class Published:
    """The endpoints of a document; whatever `Accept` says, its address says what it is."""

    def __init__(self, make: Callable[[], Document]) -> None:
        self._make = make

    @cached_property
    def yaml(self) -> bytes:
        """The document as YAML."""
        return to_yaml(self._make()).encode()

    @cached_property
    def json(self) -> bytes:
        """The document as JSON."""
        return msgspec.json.encode(self._make())

    async def as_yaml(self, request: Request) -> Response:
        """GET /openapi.yaml."""
        return _file(request, await asyncio.to_thread(lambda: self.yaml), YAML)

    async def as_json(self, request: Request) -> Response:
        """GET /openapi.json."""
        return _file(request, await asyncio.to_thread(lambda: self.json), JSON)


def _file(request: Request, body: bytes, media_type: str) -> Response:
    parameters.read(request.scope["query_string"], {})
    return conditional.many(negotiation.undemanding(request), body, None, media_type)
