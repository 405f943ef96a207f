"""The served contract: made once, on the first request and off the event loop, with the server's address."""

import asyncio
import re
from collections.abc import Callable
from functools import cached_property

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.http.public_paths import public
from rest import conditional
from rest.dependencies import conditions
from rest.negotiation import JSON
from rest.openapi.document import Document, to_yaml
from rest.route import NoQuery

YAML = "application/yaml"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


class ServedContract:
    """The endpoints of a document; the path decides the format, not `Accept`."""

    def __init__(self, prefix: str, make: Callable[[], Document]) -> None:
        self._prefix, self._make = prefix, make

    @cached_property
    def document(self) -> Document:
        """The document, made once for both formats: a second completion would spoil the parts that FastAPI keeps."""
        return self._make()

    @cached_property
    def yaml(self) -> bytes:
        """The document as YAML."""
        return to_yaml(self.document).encode()

    @cached_property
    def json(self) -> bytes:
        """The document as JSON."""
        return msgspec.json.encode(self.document)

    async def as_yaml(self, request: Request) -> Response:
        """GET /openapi.yaml."""
        body = await asyncio.to_thread(lambda: self.yaml)
        line = f"  - url: {self._prefix}\n".encode()
        return _file(request, body.replace(line, f"  - url: {_server(request)}\n".encode(), 1), YAML)

    async def as_json(self, request: Request) -> Response:
        """GET /openapi.json."""
        body = await asyncio.to_thread(lambda: self.json)
        member = f'"url":"{self._prefix}"'.encode()
        return _file(request, body.replace(member, f'"url":"{_server(request)}"'.encode(), 1), JSON)


def _server(request: Request) -> str:
    """The absolute address of this version as the client reached it: tools that import contracts need it."""
    host, path = request.headers.get("host", ""), public(str(request.scope.get("root_path", "")))
    return f"{request.scope['scheme']}://{host}{path}" if _HOST.fullmatch(host) else path


def _file(request: Request, body: bytes, media_type: str) -> Response:
    NoQuery.parse(request.scope["query_string"], request.app.state.version)
    return conditional.answer(conditions(request), conditional.unversioned(body, media_type=media_type))
