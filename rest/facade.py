"""One version of the REST API as an application, to be mounted under its prefix."""

import re
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from app.bulk.feeds.addresses import Addresses
from app.domain.changes.change_log import ChangeLog
from app.domain.idempotency import IdempotentRunner
from app.media import image_urls
from app.media.product_images import ProductImages
from app.media.resumable_uploads import ResumableUploads
from app.stores.snapshot_cache import SnapshotCache
from rest.categories.router import router as categories
from rest.changes.router import router as changes
from rest.dispatch import Dispatch, Resource
from rest.feeds.router import router as feeds
from rest.files.router import router as files
from rest.images.list_router import router as image_lists
from rest.images.router import router as images
from rest.imports.preview import router as import_previews
from rest.imports.router import router as imports
from rest.index import index
from rest.negotiation import PATCHES
from rest.openapi import document
from rest.openapi.served_contract import ServedContract
from rest.orders.router import router as orders
from rest.products.batches import router as batches
from rest.products.export import router as exports
from rest.products.router import router as products
from rest.products.suggestions import router as suggestions
from rest.rate_limit.router import router as rate_limit
from rest.route import Endpoint, FastRoute
from rest.uploads.headers import PART
from rest.uploads.router import router as uploads
from rest.variants.router import router as variants
from rest.versions import Version
from rest.webhooks.router import router as webhooks

_COLLECTION = re.compile(r"/[a-z-]+")
_ROUTERS = (products, images, categories, orders, files, rate_limit)
_ROUTERS_OF_V2 = (
    *(image_lists, suggestions, batches, exports, feeds, changes, webhooks, uploads, imports),
    import_previews,
    variants,
)


class Facade(FastAPI):
    """A FastAPI application whose routes are found by `Dispatch`.

    Middleware, lifespan and the handling of unexpected errors are outside, around both protocols.
    """

    def __init__(self, version: Version) -> None:
        super().__init__(
            title="Tandem",
            version=version.number,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            servers=[{"url": version.prefix}],
            root_path_in_servers=False,
            separate_input_output_schemas=False,
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        self._version = version
        routers = _ROUTERS if version.deprecated else (*_ROUTERS, *_ROUTERS_OF_V2)
        for router in routers:
            self.include_router(router, deprecated=version.deprecated or None)
        self._operations = [route for router in routers for route in router.routes if isinstance(route, FastRoute)]

    def build_middleware_stack(self) -> ASGIApp:
        """Use the dispatch alone, without FastAPI's router and middleware."""
        contract = ServedContract(self._version.prefix, self.openapi)
        methods: dict[str, dict[str, Endpoint]] = {
            "/openapi.yaml": {"GET": contract.as_yaml},
            "/openapi.json": {"GET": contract.as_json},
        }
        patches: dict[str, tuple[str, ...]] = {}
        for route in self._operations:
            methods.setdefault(route.path, {})[route.method] = route.handler
            if route.method == "PATCH":
                patches[route.path] = PATCHES if route.body_field else (PART,)
        collections = [
            path for path, endpoints in methods.items() if "GET" in endpoints and _COLLECTION.fullmatch(path)
        ]
        methods[""] = {"GET": index(self._version, collections)}
        return Dispatch(Resource(path, endpoints, patches.get(path, ())) for path, endpoints in methods.items())

    def openapi(self) -> dict[str, Any]:
        """The contract of this version."""
        return document.document(self, self._version, self._operations)


def facade(
    version: Version,
    runner: IdempotentRunner,
    changes: ChangeLog,
    pictures: ProductImages,
    uploads: ResumableUploads,
    max_upload_bytes: int,
    cache: SnapshotCache,
    *,
    base_url: str = "",
    webhook_hosts: frozenset[str] = frozenset(),
) -> FastAPI:
    """The API of a version, whose writes happen once; the catalogue and lists are read through the cache.

    Addresses in feeds begin with `base_url`; webhooks may go to `webhook_hosts` wherever these are.
    """
    app = Facade(version)
    app.state.version, app.state.runner = version, runner
    app.state.changes, app.state.cache = changes, cache
    app.state.webhook_hosts = webhook_hosts
    app.state.addresses = Addresses(base_url, image_urls.path)
    app.state.images, app.state.uploads, app.state.max_upload_bytes = pictures, uploads, max_upload_bytes
    return app
