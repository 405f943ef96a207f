"""The application: both protocols over one database, with all that stands around them."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app.bulk.feeds.addresses import Addresses
from app.domain import commands
from app.domain.callers import EVERYONE, Caller
from app.domain.changes.change_log import ChangeLog
from app.domain.errors import NotFound
from app.domain.idempotency import IdempotentRunner
from app.domain.unit_of_work import Database
from app.http import path_segments, redirects
from app.http.local_requests import is_loopback
from app.http.outgoing import Network
from app.http.prefix_router import PrefixRouter
from app.http.public_paths import public
from app.http.request_state import RequestState
from app.media import image_urls
from app.media.blob_storage import Storage
from app.media.image_pool import ImagePool
from app.media.import_worker import ImportWorker
from app.media.product_images import ProductImages
from app.media.resumable_uploads import ResumableUploads
from app.middleware import caching, cors, proxies, security
from app.middleware.access import Access
from app.middleware.deadline import Deadline
from app.middleware.errors import ErrorHandler
from app.middleware.hosts import AllowedHosts, Hosts
from app.middleware.identity import Identity
from app.middleware.metrics_page import MetricsPage
from app.middleware.observe import Observe
from app.middleware.origins import Origins
from app.middleware.proxy_watch import ProxyWatch
from app.middleware.public_address import PublicAddress
from app.middleware.rate_limit import RateLimit
from app.middleware.request_id import identify
from app.middleware.upload_requests import UploadRequests, name_version
from app.observability import logs, metrics, tracing
from app.observability.access_log import AccessLog
from app.observability.shared_metrics import SharedMetrics
from app.pages import health, start_up
from app.pages.browsers import ForBrowsers
from app.pages.error_page import error_page
from app.pages.health import Page
from app.pages.shop_page import ShopPage
from app.pages.site import site
from app.rate_limiting.limits import Rates
from app.rate_limiting.token_bucket import Buckets, MemoryBuckets, steady
from app.server.background_tasks import run_periodically
from app.server.webhook_sender import WebhookSender
from app.settings import Settings
from app.stores import keys
from app.stores.database import microseconds, open_database
from app.stores.keys import Verifier
from app.stores.open_blobs import open_blobs
from app.stores.open_readable import open_readable
from app.stores.snapshot_cache import SnapshotCache
from rest.facade import facade
from rest.versions import VERSIONS, Signals
from schema.http.served_schema import published_schema
from schema.http.view import GraphQL

_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def create_app(
    settings: Settings | None = None,
    clock: Callable[[], int] = microseconds,
    steady: Callable[[], int] = steady,
    *,
    local: bool = False,
) -> ASGIApp:
    """The application, as ASGI. `clock` is the time of day, `steady` the monotonic clock, both in microseconds.

    With `local`, an unset `auth` opens it to requests from this machine.
    """
    settings = settings or Settings()
    database = open_database(settings.database_url, clock)
    readable = open_readable(database, settings.database_replica_urls, settings.redis_url, clock)
    runner = IdempotentRunner(database, settings.idempotency_ttl * 1_000_000)
    changes = ChangeLog(database, settings.changes_ttl * 1_000_000)
    verifier = None if settings.auth == "open" else Verifier(database)
    access = Access(verifier, local=local and settings.auth is None)
    developing = verifier is None or access.local
    (buckets, ping), pool = _open_buckets(settings, steady), ImagePool()
    storage = Storage(open_blobs(settings.files_url), database)
    images, uploads = ProductImages(storage, pool), ResumableUploads(storage, settings.max_file_bytes)
    imports = ImportWorker(storage)
    runner.after[commands.IMPORT] = imports.wake
    ready = health.Readiness(database, ping)
    shared = SharedMetrics(metrics.REGISTRY, settings.metrics_folder)
    access_log = AccessLog(logs.write, readable=settings.log_format == "console")
    metrics.DATABASE.read = database.connections

    webhook_hosts = frozenset(settings.webhook_hosts)
    webhooks = WebhookSender(
        database,
        _owners(database, nameless=developing),
        changes.ttl,
        clock,
        Network(trusted=webhook_hosts),
    )

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        running = (
            run_periodically(runner.sweep),
            run_periodically(changes.sweep),
            run_periodically(webhooks.sweep),
            run_periodically(storage.sweep),
            run_periodically(uploads.sweep),
            run_periodically(partial(imports.sweep, changes.ttl)),
            imports.run(),
            webhooks.run(),
            shared.write_periodically(),
        )
        tasks = [asyncio.create_task(one) for one in running]
        await buckets.open()
        await start_up.report(str(access), settings.trusted_proxies, ready)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await webhooks.close()
        await changes.feed.close()
        access_log.flush()
        pool.close()
        await buckets.close()
        await readable.close()
        logs.end()

    pages = {name: Page(file) for name, file in site().pages.items()}
    rates = None if settings.rate_limit == "off" else Rates(settings.rate_limit, buckets)
    cache = SnapshotCache(readable, settings.cache_bytes)
    mounts = [
        Mount(
            one.prefix,
            facade(
                one,
                runner,
                changes,
                images,
                uploads,
                settings.max_upload_bytes,
                cache,
                base_url=settings.base_url,
                webhook_hosts=webhook_hosts,
            ),
        )
        for one in VERSIONS
    ]
    routes = [
        *mounts,
        Route(
            "/graphql", ForBrowsers(pages["graphql"], _graphql(runner, changes, cache, settings, developing=developing))
        ),
        Route("/graphql/schema.graphql", Page(published_schema)),
        *(Route(f"{path}/", _WithoutSlash()) for path in ("/graphql", "/shop", "/docs", "/imports")),
        Route("/", pages["home"]),
        Route("/shop", Page(ShopPage(site().pages["shop"], database, Addresses(settings.base_url, image_urls.path)))),
        Route("/docs", pages["docs"]),
        Route("/imports", pages["imports"]),
        Route("/assets/{name:path}", Page(site().asset)),
        Route("/errors/{code}", Page(error_page)),
        Route("/livez", Page(health.livez)),
        Route("/readyz", Page(ready.answer)),
    ]
    # A bare Router: Starlette's own error middleware would answer in plain text before ours is asked.
    app = PrefixRouter(mounts, Router(routes, redirect_slashes=False, default=_nowhere, lifespan=lifespan))
    return with_middleware(UploadRequests(app, database, rates), settings, access, rates, shared, access_log)


def with_middleware(
    app: ASGIApp,
    settings: Settings,
    access: Access,
    rates: Rates | None,
    shared: SharedMetrics,
    access_log: AccessLog,
) -> ASGIApp:
    """The middleware around the routes of both protocols, from the inside out."""
    app = MetricsPage(Identity(app, Origins(settings.cors_origins)), shared, settings.metrics_token)
    app = Deadline(RateLimit(app, rates, access), settings.request_timeout)
    if "*" not in settings.allowed_hosts:
        app = AllowedHosts(app, settings.allowed_hosts)
    app = cors.shared(proxies.behind(ErrorHandler(app), settings.trusted_proxies), settings.cors_origins)
    completions = [security.complete, caching.complete]
    watch = ProxyWatch(settings.trusted_proxies)
    address = PublicAddress(settings.root_path, settings.trusted_proxies, Hosts(settings.allowed_hosts))
    begin: list[Callable[[RequestState], None]] = [
        identify,
        path_segments.keep,
        address,
        name_version,
        watch,
        Signals(settings),
    ]
    return Observe(tracing.traced(app), access_log.tell, begin, completions)


def served() -> ASGIApp:
    """The application that `tandem serve` runs: on a loopback address it is open to this machine."""
    host = Settings().host
    return _from_environment(local=host == "localhost" or is_loopback(host))


def _from_environment(*, local: bool) -> ASGIApp:
    """The application by the settings of the environment, with its logs on stderr."""
    settings = Settings()
    logs.configure(settings.log_format)
    start_up.warn_of_unknown_settings(os.environ, Settings.model_fields)
    app = create_app(settings, local=local)
    # Everything loaded by now stays: each scan of it by the garbage collector would stop every request for 0.1 s.
    gc.collect()
    gc.freeze()
    gc.collect()  # by what it finds left it decides how much may pile up until it looks again
    gc.enable()  # `tandem serve` starts without it
    return app


def _owners(database: Database, *, nameless: bool) -> Callable[[str], Awaitable[Caller | None]]:
    """Returns the caller that owns a webhook; without a name it is everyone, if the service is open."""

    async def owner(name: str) -> Caller | None:
        if not name:
            return EVERYONE if nameless else None
        return await keys.caller_of(database, name)

    return owner


def _graphql(
    runner: IdempotentRunner, changes: ChangeLog, cache: SnapshotCache, settings: Settings, *, developing: bool
) -> GraphQL:
    return GraphQL(
        runner,
        changes,
        cache,
        settings.graphql_max_cost,
        introspection=settings.graphql_introspection,
        documents_folder=settings.graphql_documents,
        developing=developing,
        webhook_hosts=frozenset(settings.webhook_hosts),
    )


def _open_buckets(
    settings: Settings, steady: Callable[[], int]
) -> tuple[Buckets, Callable[[], Awaitable[bool]] | None]:
    """The rate limiter's buckets, and what checks their Redis."""
    if settings.redis_url is None:
        return MemoryBuckets(steady), None
    # redis has 62 modules, 4 % of a start, and a service without it needs none of them.
    from app.rate_limiting import redis_token_bucket as redis  # noqa: PLC0415

    buckets = redis.RedisBuckets(settings.redis_url, settings.redis_deadline_ms / 1000)
    return buckets, partial(redis.answers, settings.redis_url)


class _WithoutSlash:
    """Redirects every method, as an ASGI application: Starlette lets a function answer GET and HEAD alone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await redirects.without_slash(Request(scope)))(scope, receive, send)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    if scope["path"] == "*" and scope["method"] == "OPTIONS":  # about the server as a whole (RFC 9110, section 9.3.7)
        await Response(status_code=204, headers={"Allow": _METHODS})(scope, receive, send)
        return
    if not scope["path"]:  # the root path, without the slash that relative links on the home page need
        await Response(status_code=308, headers={"Location": public("/")})(scope, receive, send)
        return
    raise NotFound("page")


def __getattr__(name: str) -> Any:
    """`uvicorn app.main:app` serves what `tandem serve` does; importing the module alone opens nothing."""
    if name == "app":
        app = _from_environment(local=False)
        start_up.warn_of_plain_uvicorn()
        return app
    raise AttributeError(name)
