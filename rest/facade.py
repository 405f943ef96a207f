"""One version of the REST API as an application, to be mounted under its prefix."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from app.domain.errors import NotFound
from app.domain.unit import Database
from app.settings import Settings
from rest import route
from rest.versions import Version


class Facade(FastAPI):
    """A FastAPI application whose requests go straight to its router: middleware and the error net stand outside it."""

    def build_middleware_stack(self) -> ASGIApp:
        """The router alone."""
        return self.router


def facade(version: Version, database: Database, settings: Settings) -> FastAPI:
    """The API of a version over a database."""
    app = Facade(
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
    app.router.default = _nowhere
    return app


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        await WebSocketClose()(scope, receive, send)
        return
    response = await route.answer(_not_found, Request(scope, receive, send))
    await response(scope, receive, send)


async def _not_found(_: Request) -> Response:
    raise NotFound("address")
