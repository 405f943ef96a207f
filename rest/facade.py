"""One version of the REST API as an application, to be mounted under its prefix."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from app.domain.errors import NotFound
from app.domain.unit import Database
from rest import category_operations, document, product_operations
from rest.document import Document
from rest.operations import Operation
from rest.published import Published
from rest.route import DirectRoute, Resource, respond
from rest.versions import Version


class Facade(FastAPI):
    """A FastAPI application that declares operations; requests go straight to its router.

    Middleware, lifespan and the net for what escapes stand outside, around both protocols.
    """

    def __init__(self, version: Version, operations: Sequence[Operation]) -> None:
        super().__init__(
            title="Tandem",
            version=version.number,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            servers=[{"url": version.prefix}],
            root_path_in_servers=False,
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        self._version, self._operations = version, operations
        resources: dict[str, Resource] = {}
        for operation in operations:
            self.router.routes.append(operation.route(resources.setdefault(operation.path, {}), version))
        self.router.default = _nowhere

    def build_middleware_stack(self) -> ASGIApp:
        """The router alone."""
        return self.router

    def openapi(self) -> Document:
        """The contract of this version."""
        return document.complete(super().openapi(), self._version, self._operations)


def facade(version: Version, database: Database) -> FastAPI:
    """The API of a version over a database."""
    operations = (*product_operations.operations(version, database), *category_operations.operations(database))
    app = Facade(version, operations)
    published = Published(app.openapi)
    for path, endpoint in (("/openapi.yaml", published.as_yaml), ("/openapi.json", published.as_json)):
        app.router.routes.append(DirectRoute(path, endpoint, {}, "GET", include_in_schema=False))
    return app


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        await WebSocketClose()(scope, receive, send)
        return
    await respond(_not_found, scope, receive, send)


async def _not_found(_: Request) -> Response:
    raise NotFound("address")
