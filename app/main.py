"""The application: both protocols over one database, with pages and middleware."""

import gc
import os
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app.bulk.feeds.addresses import Addresses
from app.components import Components
from app.domain.errors import NotFound
from app.http import path_segments, redirects
from app.http.local_requests import is_loopback
from app.http.prefix_router import PrefixRouter
from app.http.public_paths import public
from app.http.request_state import RequestState
from app.media import image_urls
from app.middleware import caching, cors, proxies, security
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
from app.middleware.upload_requests import UploadRequests, add_tus_version
from app.observability import logs, tracing
from app.pages import health, start_up
from app.pages.browsers import ForBrowsers
from app.pages.error_page import error_page
from app.pages.health import Page
from app.pages.shop_page import ShopPage
from app.pages.site import site
from app.rate_limiting.token_bucket import steady
from app.settings import Settings
from app.stores.database import microseconds
from rest.facade import facade
from rest.versions import VERSIONS, Signals, Version
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
    parts = Components(settings or Settings(), clock, steady, local=local)
    mounts = [Mount(version.prefix, _rest(version, parts)) for version in VERSIONS]
    # A bare Router: Starlette's own error middleware would answer in plain text before ours is asked.
    routes = _routes(parts)
    router = Router([*mounts, *routes], redirect_slashes=False, default=_nowhere, lifespan=lambda _app: parts.running())
    return _with_middleware(
        UploadRequests(PrefixRouter(mounts, routes[:1], router), parts.database, parts.rates), parts
    )


def _rest(version: Version, parts: Components) -> ASGIApp:
    return facade(
        version,
        parts.runner,
        parts.changes,
        parts.images,
        parts.uploads,
        parts.settings.max_upload_bytes,
        parts.cache,
        base_url=parts.settings.base_url,
        webhook_hosts=parts.webhook_hosts,
    )


def _routes(parts: Components) -> list[Route]:
    """The routes besides REST: GraphQL first, then pages, their files, and health."""
    settings = parts.settings
    pages = {name: Page(file) for name, file in site().pages.items()}
    graphql = GraphQL(
        parts.runner,
        parts.changes,
        parts.cache,
        settings.graphql_max_cost,
        introspection=settings.graphql_introspection,
        documents_folder=settings.graphql_documents,
        developing=parts.developing,
        webhook_hosts=parts.webhook_hosts,
    )
    shop = ShopPage(site().pages["shop"], parts.database, Addresses(settings.base_url, image_urls.path))
    return [
        Route("/graphql", ForBrowsers(pages["graphql"], graphql)),
        Route("/graphql/schema.graphql", Page(published_schema)),
        *(Route(f"{path}/", _WithoutSlash()) for path in ("/graphql", "/shop", "/docs", "/imports")),
        Route("/", pages["home"]),
        Route("/shop", Page(shop)),
        Route("/docs", pages["docs"]),
        Route("/imports", pages["imports"]),
        Route("/assets/{name:path}", Page(site().asset)),
        Route("/errors/{code}", Page(error_page)),
        Route("/livez", Page(health.livez)),
        Route("/readyz", Page(parts.ready.answer)),
    ]


def _with_middleware(app: ASGIApp, parts: Components) -> ASGIApp:
    """The middleware around the routes of both protocols, from the inside out."""
    settings = parts.settings
    app = MetricsPage(Identity(app, Origins(settings.cors_origins)), parts.metrics, settings.metrics_token)
    app = Deadline(RateLimit(app, parts.rates, parts.access), settings.request_timeout)
    if "*" not in settings.allowed_hosts:
        app = AllowedHosts(app, settings.allowed_hosts)
    app = cors.with_cors(
        proxies.with_trusted_proxies(ErrorHandler(app), settings.trusted_proxies), settings.cors_origins
    )
    completions = [security.complete, caching.complete]
    watch = ProxyWatch(settings.trusted_proxies)
    address = PublicAddress(settings.root_path, settings.trusted_proxies, Hosts(settings.allowed_hosts))
    begin: list[Callable[[RequestState], None]] = [
        identify,
        path_segments.restore_raw_path,
        address,
        add_tus_version,
        watch,
        Signals(settings),
    ]
    return Observe(tracing.traced(app), parts.access_log.write, begin, completions)


def served() -> ASGIApp:
    """The application that `tandem serve` runs: on a loopback address it is open to this machine."""
    host = Settings().host
    return _from_environment(local=host == "localhost" or is_loopback(host))


def _from_environment(*, local: bool) -> ASGIApp:
    """The application by the settings of the environment, with its logs on stderr."""
    settings = Settings()
    logs.configure(settings.log_format)
    start_up.warn_of_unknown_settings(os.environ)
    app = create_app(settings, local=local)
    # Everything loaded by now stays: each scan of it by the garbage collector would stop every request for 0.1 s.
    # A scan before that would find 1,600 objects, and take 0.2 s of the start.
    gc.freeze()
    gc.collect()  # its result sets the threshold of the next full collection
    gc.enable()  # `tandem serve` starts without it
    return app


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
