"""Files: stored as they arrive, downloaded as attachments, and deleted by the caller who stored them."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain import commands
from app.domain.catalogue.images import Stored
from app.domain.files import files
from app.domain.files.files import File
from app.http import bodies, downloads, multipart
from app.http.downloads import Content
from app.http.multipart import Sink
from app.http.public_paths import public
from app.rate_limiting import costs
from rest import conditional, versions
from rest.dependencies import (
    DOWNLOAD,
    FILES_WRITE,
    Caller,
    Database,
    Idempotent,
    IfBytesMatch,
    Images,
    MaxUpload,
    Version,
    budget_of,
)
from rest.files import models
from rest.files.models import StoredFile
from rest.rendering import encode, format_time
from rest.route import Router

router = Router("Files")
FileId = Annotated[str, models.file_id("FileId", "The file's id.")]
_PRIVATE = "private, max-age=31536000, immutable"
"""The bytes of an id never change, but shared caches must not store them."""
_DOWNLOAD = ("ETag", "Last-Modified", "Accept-Ranges", "Content-Disposition")


@router.post(
    "/files",
    status_code=201,
    response_model=StoredFile,
    response_description="The stored file.",
    openapi_extra=models.UPLOAD,
    dependencies=[FILES_WRITE],
)
async def create_file(
    request: Request, images: Images, limit: MaxUpload, caller: Caller, runner: Idempotent, version: Version
) -> Response:
    """Stores a file under an id of 128 random bits; anyone who knows the id may read the file. If the first bytes show
    a type other than the declared one, the service stores that type. Other form fields are ignored. This costs one
    point, and one more for each 6 MiB.
    """
    # The declared length is charged before anything is read. Without one, the file may be as long as any.
    await budget_of(request).charge_at_most(costs.file_points(min(limit, bodies.declared_length(request, limit))))
    async with images.storage.blobs.writing() as writer:
        upload = await multipart.receive(request, beginning := _Beginning(writer), limit)
        name, content_type = files.read_name(upload.name), files.read_content_type(upload.content_type)
        content_type = files.actual_content_type(content_type, beginning.seen)
        stored = Stored(await images.storage.keep(writer), content_type, upload.size)
    outcome = await runner.run(commands.create_file(caller, name, stored))
    file = File(**outcome.snapshot)
    whole = conditional.Representation(encode(_shown(version, file)), file.tag)
    return conditional.written(outcome, whole, _path(version, file))


@router.get(
    "/files/{id}",
    response_class=Response,
    response_description="The bytes of the file.",
    responses=models.downloads("*/*", headers=_DOWNLOAD),
    dependencies=[DOWNLOAD],
)
async def get_file(request: Request, file_id: FileId, images: Images, database: Database) -> Response:
    """Sends the file's bytes, whole or in ranges, as an attachment. This costs 1 point, and 1 more for every 24 MiB."""
    file = await database.read(lambda unit: files.get(unit, file_id))
    modified = datetime.fromtimestamp(file.created_at // 1_000_000, UTC)
    content = Content(file.sha256, file.bytes, file.content_type, _PRIVATE, file.name, modified)
    answer = downloads.answer(request, content, partial(images.storage.read, file.sha256))
    if request.method == "GET" and isinstance(answer, downloads.Download):
        await budget_of(request).charge_at_most(costs.download_points(answer.size))
    return answer


@router.delete("/files/{id}", status_code=204, response_description="The file is deleted.", dependencies=[FILES_WRITE])
async def delete_file(file_id: FileId, caller: Caller, runner: Idempotent, if_match: IfBytesMatch = None) -> Response:
    """Deletes one of the caller's files."""
    return conditional.deleted(await runner.run(commands.remove_file(caller, file_id, if_match)))


def _path(version: versions.Version, file: File) -> str:
    return f"{version.prefix}/files/{file.id}"


def _shown(version: versions.Version, file: File) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "contentType": file.content_type,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "url": public(_path(version, file)),
        "createdAt": format_time(file.created_at),
    }


class _Beginning:
    """Passes bytes on, and keeps the first ones."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self.seen = sink, b""

    async def write(self, chunk: bytes) -> None:
        """Add some bytes."""
        if len(self.seen) < files.SIGNATURE:
            self.seen += chunk[: files.SIGNATURE]
        await self._sink.write(chunk)
