"""The roof: one application of both protocols, over one database."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app import health, logs, metrics, tracing
from app.access_lines import AccessLog
from app.domain.errors import NotFound
from app.domain.idempotency import Once
from app.error_pages import error_page
from app.health import Page
from app.middleware import cors, proxies, security
from app.middleware.deadline import Deadline
from app.middleware.errors import Errors
from app.middleware.hosts import AllowedHosts
from app.middleware.identity import Identity
from app.middleware.metrics_page import MetricsPage
from app.middleware.observe import Observe
from app.middleware.origins import Origins
from app.middleware.rate_limit import RateLimit
from app.middleware.request_id import identify
from app.mounted import Mounted
from app.pages.browsers import ForBrowsers
from app.pages.site import site
from app.picture_pool import PicturePool
from app.product_images import ProductImages
from app.resumable_uploads import ResumableUploads
from app.settings import Settings
from app.shared_metrics import SharedMetrics
from app.storage import Storage
from app.stores.buckets import Buckets, MemoryBuckets
from app.stores.database import microseconds, open_database
from app.stores.files import open_blobs
from app.stores.keys import Verifier
from app.stores.rates import Rates
from app.stores.redis_buckets import RedisBuckets
from app.sweeping import sweep
from rest.facade import facade
from rest.versions import VERSIONS, Signals
from schema.view import GraphQL


def create_app(settings: Settings | None = None, clock: Callable[[], int] = microseconds) -> ASGIApp:
    """The application, as ASGI."""
    settings = settings or Settings()
    database = open_database(settings.database_url, clock)
    once = Once(database, settings.idempotency_ttl * 1_000_000)
    verifier = None if settings.auth == "open" else Verifier(database)
    buckets, pool = _open_buckets(settings, clock), PicturePool()
    storage = Storage(open_blobs(settings.files_url), database)
    images, uploads = ProductImages(storage, pool), ResumableUploads(storage, settings.max_file_bytes)
    ready = health.Readiness(database, settings.redis_url)
    shared = SharedMetrics(metrics.REGISTRY, settings.metrics_folder)
    access = AccessLog(logs.write, readable=settings.log_format == "console")
    metrics.DATABASE.read = database.connections

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        running = (sweep(once.sweep), sweep(storage.sweep), sweep(uploads.sweep), shared.keep_leaving())
        tasks = [asyncio.create_task(one) for one in running]
        await buckets.open()
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        access.flush()
        pool.close()
        await buckets.close()
        await database.close()

    pages = {name: Page(file) for name, file in site().pages.items()}
    mounts = [Mount(one.prefix, facade(one, once, images, uploads, settings.max_upload_bytes)) for one in VERSIONS]
    routes = [
        *mounts,
        Route("/graphql", ForBrowsers(pages["graphql"], _graphql(once, settings))),
        Route("/", pages["home"]),
        Route("/shop", pages["shop"]),
        Route("/docs", pages["docs"]),
        Route("/assets/{name:path}", Page(site().asset)),
        Route("/errors/{code}", Page(error_page)),
        Route("/livez", Page(health.livez)),
        Route("/readyz", Page(ready.answer)),
    ]
    # A bare Router: Starlette's own error middleware would answer in plain text before ours is asked.
    app = Mounted(mounts, Router(routes, redirect_slashes=False, default=_nowhere, lifespan=lifespan))
    rates = None if settings.rate_limit == "off" else Rates(settings.rate_limit, buckets)
    return shell(app, settings, verifier, rates, shared, access)


def shell(
    app: ASGIApp,
    settings: Settings,
    verifier: Verifier | None,
    rates: Rates | None,
    shared: SharedMetrics,
    access: AccessLog,
) -> ASGIApp:
    """All that stands around the routes of both protocols, from the inside out."""
    app = MetricsPage(Identity(app, verifier, Origins(settings.cors_origins)), shared, settings.metrics_token)
    app = Deadline(RateLimit(app, rates, verifier), settings.request_timeout)
    if "*" not in settings.allowed_hosts:
        app = AllowedHosts(app, settings.allowed_hosts)
    app = cors.shared(proxies.behind(Errors(app), settings.trusted_proxies), settings.cors_origins)
    return Observe(tracing.traced(app), access.tell, [identify, Signals(settings)], [security.complete])


def served() -> ASGIApp:
    """The application as a server takes it: by the settings of the environment, with its logs on stderr."""
    settings = Settings()
    logs.configure(settings.log_format)
    app = create_app(settings)
    # All that is there by now stays: each look of the garbage collector through it would stop every request for 0.1 s.
    gc.collect()
    gc.freeze()
    gc.collect()  # by what it finds left it decides how much may pile up until it looks again
    return app


def _graphql(once: Once, settings: Settings) -> GraphQL:
    return GraphQL(
        once,
        settings.graphql_max_cost,
        introspection=settings.graphql_introspection,
        developing=settings.auth == "open",
    )


def _open_buckets(settings: Settings, clock: Callable[[], int]) -> Buckets:
    if settings.redis_url is None:
        return MemoryBuckets(clock)
    return RedisBuckets(settings.redis_url, settings.redis_deadline_ms / 1000)


async def _nowhere(scope: Scope, _receive: Receive, _send: Send) -> None:
    if scope["type"] == "http":
        raise NotFound("page")


def __getattr__(name: str) -> Any:
    """`uvicorn app.main:app` serves what `tandem serve` does; importing the module alone opens nothing."""
    if name == "app":
        return served()
    raise AttributeError(name)
