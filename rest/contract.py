"""The published contract: the OpenAPI documents of all versions, made without a database."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from app.domain.idempotency import Once
from app.domain.unit import Database, Snapshot, T, Work
from app.picture_pool import PicturePool
from app.product_images import ProductImages
from app.resumable_uploads import ResumableUploads
from app.storage import Storage
from app.stores.blobs import DiskBlobs
from rest.document import to_yaml
from rest.facade import facade
from rest.openapi30 import lowered
from rest.versions import VERSIONS


class _Undriven(Database):
    """A database for documents: their operations are declared, and none is run."""

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:
        raise NotImplementedError

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        raise NotImplementedError

    async def write(self, work: Work[T]) -> T:
        raise NotImplementedError


_UNDRIVEN = Once(_Undriven(), ttl=0)
_NOWHERE = Storage(DiskBlobs(Path("/nowhere")), _UNDRIVEN.database)
_IMAGES, _UPLOADS = ProductImages(_NOWHERE, PicturePool()), ResumableUploads(_NOWHERE, limit=0)


def documents() -> dict[str, str]:
    """Every document as YAML, by the path of its committed file: OpenAPI 3.1 is what is served, 3.0.3 says the same."""
    made: dict[str, str] = {}
    for version in VERSIONS:
        document = facade(version, _UNDRIVEN, _IMAGES, _UPLOADS, max_upload_bytes=0).openapi()
        made[f"openapi/{version.name}.yaml"] = to_yaml(document)
        made[f"openapi/{version.name}-3.0.yaml"] = to_yaml(lowered(document))
    return made
