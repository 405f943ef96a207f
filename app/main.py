"""The roof: one application of both protocols, over one database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app import health
from app.domain.errors import NotFound
from app.domain.idempotency import Once, sweep
from app.domain.unit import Database
from app.error_pages import error_page
from app.health import Page
from app.middleware import cors, proxies
from app.middleware.errors import Errors
from app.middleware.hosts import AllowedHosts
from app.middleware.identity import Identity
from app.middleware.rate_limit import RateLimit
from app.middleware.request_id import RequestId
from app.middleware.security import SecurityHeaders
from app.settings import Settings
from app.stores.buckets import Buckets, MemoryBuckets
from app.stores.database import microseconds, open_database
from app.stores.keys import Verifier
from app.stores.rates import Rates
from app.stores.redis_buckets import RedisBuckets
from rest.facade import facade
from rest.versions import V1, V2, Signals
from schema.view import GraphQL

_log = structlog.get_logger("tandem")
_SECONDS_BETWEEN_SWEEPS = 60
_SWEPT_AT_ONCE = 200


def create_app(settings: Settings | None = None, clock: Callable[[], int] = microseconds) -> ASGIApp:
    """The application, as ASGI."""
    settings = settings or Settings()
    database = open_database(settings.database_url, clock)
    once = Once(database, settings.idempotency_ttl * 1_000_000)
    verifier = None if settings.auth == "open" else Verifier(database)
    buckets = _open_buckets(settings, clock)

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(_sweep(database))
        yield
        sweeper.cancel()
        await buckets.close()
        await database.close()

    routes = [
        Mount(V1.prefix, facade(V1, once)),
        Mount(V2.prefix, facade(V2, once)),
        Route("/graphql", GraphQL(once, settings.graphql_max_cost)),
        Route("/errors/{code}", Page(error_page)),
        Route("/livez", Page(health.livez)),
        Route("/readyz", Page(partial(health.readyz, database))),
    ]
    # A bare Router: Starlette's own error middleware would answer in plain text before ours is asked.
    app = Router(routes, redirect_slashes=False, default=_nowhere, lifespan=lifespan)
    rates = None if settings.rate_limit == "off" else Rates(settings.rate_limit, buckets)
    limited = RateLimit(Errors(Identity(app, verifier)), rates, verifier)
    open_to_sites = cors.shared(AllowedHosts(limited, settings.allowed_hosts), settings.cors_origins)
    return RequestId(SecurityHeaders(proxies.behind(Signals(open_to_sites, settings), settings.trusted_proxies)))


def _open_buckets(settings: Settings, clock: Callable[[], int]) -> Buckets:
    if settings.redis_url is None:
        return MemoryBuckets(clock)
    return RedisBuckets(settings.redis_url, settings.redis_deadline_ms / 1000)


async def _sweep(database: Database) -> None:
    """Forget expired idempotency records, a few at a time, so that no writer waits for it."""
    swept = 0
    while True:
        if swept < _SWEPT_AT_ONCE:
            await asyncio.sleep(_SECONDS_BETWEEN_SWEEPS)
        try:
            swept = await database.write(lambda unit: sweep(unit, _SWEPT_AT_ONCE))
        except Exception:  # noqa: BLE001 - whatever it was, the next sweep may go well
            _log.exception("sweep failed")
            swept = 0


async def _nowhere(scope: Scope, _receive: Receive, _send: Send) -> None:
    if scope["type"] == "http":
        raise NotFound("page")


def __getattr__(name: str) -> Any:
    """`uvicorn app.main:app` serves what `tandem serve` does; importing the module alone opens nothing."""
    if name == "app":
        return create_app()
    raise AttributeError(name)
