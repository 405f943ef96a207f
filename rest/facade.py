"""One version of the REST API as an application, to be mounted under its prefix."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.types import ASGIApp

from app.domain.idempotency import Once
from app.product_images import ProductImages
from app.resumable_uploads import ResumableUploads
from rest import (
    category_operations,
    document,
    file_operations,
    image_operations,
    order_operations,
    product_operations,
    rate_limit,
    resumable_operations,
)
from rest.document import Document
from rest.files import Files
from rest.images import Images
from rest.operations import Operation
from rest.published import Published
from rest.resumable import ResumableFiles
from rest.route import Dispatch, Endpoint, Resource
from rest.versions import Version


class Facade(FastAPI):
    """A FastAPI application that declares operations and dispatches to them itself.

    Middleware, lifespan and the net for what escapes stand outside, around both protocols.
    """

    def __init__(self, version: Version, operations: Sequence[Operation]) -> None:
        super().__init__(
            title="Tandem",
            version=version.number,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            servers=[{"url": version.prefix}],
            root_path_in_servers=False,
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        self._version, self._operations = version, operations
        self.router.routes.extend(operation.route(version) for operation in operations)

    def build_middleware_stack(self) -> ASGIApp:
        """The dispatch alone: neither FastAPI's router nor its layers are in a request's way."""
        published = Published(self.openapi)
        methods: dict[str, dict[str, Endpoint]] = {
            "/openapi.yaml": {"GET": published.as_yaml},
            "/openapi.json": {"GET": published.as_json},
        }
        for operation in self._operations:
            methods.setdefault(operation.path, {})[operation.method] = operation.served
        patches = {operation.path: operation.types for operation in self._operations if operation.method == "PATCH"}
        return Dispatch(Resource(path, endpoints, patches.get(path, ())) for path, endpoints in methods.items())

    def openapi(self) -> Document:
        """The contract of this version."""
        return document.complete(super().openapi(), self._version, self._operations)


def facade(
    version: Version, once: Once, pictures: ProductImages, uploads: ResumableUploads, max_upload_bytes: int
) -> FastAPI:
    """The API of a version, whose writes happen once."""
    resumable = () if version.deprecated else resumable_operations.operations(ResumableFiles(version, once, uploads))
    operations = (
        *product_operations.operations(version, once),
        *image_operations.operations(Images(once, pictures, max_upload_bytes)),
        *category_operations.operations(once),
        *order_operations.operations(once),
        *file_operations.operations(Files(version, once, pictures.storage, max_upload_bytes)),
        *resumable,
        *rate_limit.OPERATIONS,
    )
    return Facade(version, operations)
