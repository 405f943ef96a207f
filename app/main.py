"""The roof: one application of both protocols, over one database."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app import health
from app.domain.errors import NotFound
from app.health import Page
from app.middleware.errors import Errors
from app.middleware.request_id import RequestId
from app.settings import Settings
from app.stores.database import microseconds, open_database
from rest.facade import facade
from rest.versions import V1, V2, Signals
from schema.view import GraphQL


def create_app(settings: Settings | None = None, clock: Callable[[], int] = microseconds) -> ASGIApp:
    """The application, as ASGI."""
    settings = settings or Settings()
    database = open_database(settings.database_url, clock)

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        yield
        await database.close()

    routes = [
        Mount(V1.prefix, facade(V1, database)),
        Mount(V2.prefix, facade(V2, database)),
        Route("/graphql", GraphQL(database)),
        Route("/livez", Page(health.livez)),
        Route("/readyz", Page(partial(health.readyz, database))),
    ]
    # A bare Router: Starlette's own error middleware would answer in plain text before ours is asked.
    app = Router(routes, redirect_slashes=False, default=_nowhere, lifespan=lifespan)
    return RequestId(Signals(Errors(app), settings))


async def _nowhere(scope: Scope, _receive: Receive, _send: Send) -> None:
    if scope["type"] == "http":
        raise NotFound("page")


def __getattr__(name: str) -> Any:
    """`uvicorn app.main:app` serves what `tandem serve` does; importing the module alone opens nothing."""
    if name == "app":
        return create_app()
    raise AttributeError(name)
