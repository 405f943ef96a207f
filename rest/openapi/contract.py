"""The published contract: the OpenAPI documents of all versions, made without a database."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from app.domain.changes.change_log import ChangeLog
from app.domain.idempotency import IdempotentRunner
from app.domain.unit_of_work import Database, Engine, Snapshot, T, Work
from app.media.blob_storage import Storage
from app.media.image_pool import ImagePool
from app.media.import_worker import ImportWorker
from app.media.product_images import ProductImages
from app.media.resumable_uploads import ResumableUploads
from app.stores.local_blobs import DiskBlobs
from rest.facade import facade
from rest.openapi.document import to_yaml
from rest.openapi.openapi30 import lowered
from rest.versions import VERSIONS


class _Undriven(Database):
    """A database for documents: their operations are declared, and none is run."""

    engine: Engine = "sqlite"

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:
        raise NotImplementedError

    async def version(self) -> object:
        raise NotImplementedError

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        raise NotImplementedError

    async def committed(self, seconds: float) -> None:
        raise NotImplementedError

    async def write(self, work: Work[T]) -> T:
        raise NotImplementedError


_UNDRIVEN = IdempotentRunner(_Undriven(), ttl=0)
_CHANGES = ChangeLog(_UNDRIVEN.database, ttl=0)
_NOWHERE = Storage(DiskBlobs(Path("/nowhere")), _UNDRIVEN.database)
_IMAGES, _UPLOADS = ProductImages(_NOWHERE, ImagePool()), ResumableUploads(_NOWHERE, limit=0)
_IMPORTS = ImportWorker(_NOWHERE)


def documents() -> dict[str, str]:
    """Every document as YAML, by the path of its committed file: OpenAPI 3.1 is what is served, 3.0.3 says the same."""
    made: dict[str, str] = {}
    for version in VERSIONS:
        document = facade(version, _UNDRIVEN, _CHANGES, _IMAGES, _UPLOADS, _IMPORTS, max_upload_bytes=0).openapi()
        made[f"openapi/{version.name}.yaml"] = to_yaml(document)
        made[f"openapi/{version.name}-3.0.yaml"] = to_yaml(lowered(document))
    return made
