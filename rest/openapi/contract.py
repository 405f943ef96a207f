"""The published contract: the OpenAPI documents of all versions, made without a database."""

from pathlib import Path
from typing import cast

from app.domain.changes.change_log import ChangeLog
from app.domain.idempotency import IdempotentRunner
from app.domain.unit_of_work import Database
from app.media.blob_storage import Storage
from app.media.image_pool import ImagePool
from app.media.product_images import ProductImages
from app.media.resumable_uploads import ResumableUploads
from app.stores.local_blobs import DiskBlobs
from app.stores.snapshot_cache import SnapshotCache
from rest.facade import facade
from rest.openapi.document import to_yaml
from rest.openapi.openapi30 import lowered
from rest.versions import VERSIONS

_NO_DATABASE = cast(Database, None)  # documents come from declarations: nothing is read or written
_RUNNER = IdempotentRunner(_NO_DATABASE, ttl=0)
_CHANGES = ChangeLog(_NO_DATABASE, ttl=0)
_NOWHERE = Storage(DiskBlobs(Path("/nowhere")), _NO_DATABASE)
_IMAGES, _UPLOADS = ProductImages(_NOWHERE, ImagePool()), ResumableUploads(_NOWHERE, limit=0)
_CACHE = SnapshotCache(_NO_DATABASE, most_bytes=0)


def documents() -> dict[str, str]:
    """Every document as YAML by the path of its committed file: OpenAPI 3.1 as served, and its translation to 3.0.3."""
    made: dict[str, str] = {}
    for version in VERSIONS:
        document = facade(version, _RUNNER, _CHANGES, _IMAGES, _UPLOADS, 0, _CACHE).openapi()
        made[f"openapi/{version.name}.yaml"] = to_yaml(document)
        made[f"openapi/{version.name}-3.0.yaml"] = to_yaml(lowered(document))
    return made
