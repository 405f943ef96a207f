"""Resumable uploads, in tus 1.0.0 (https://tus.io) with the extensions that `headers.EXTENSIONS` names."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain import commands, unit_of_work
from app.domain.errors import Code, TandemError
from app.domain.files import files, resumable
from app.domain.files.resumable import Upload
from app.domain.idempotency import Outcome
from app.http import bodies, problem_details
from app.http.public_paths import public
from app.media.resumable_uploads import Checksum, ChecksumMismatch, ResumableUploads
from app.rate_limiting import costs
from rest import conditional, versions
from rest.dependencies import FILES_WRITE, Caller, Conditions, Database, Idempotent, Uploads, Version, budget_of
from rest.openapi.headers import answers_with
from rest.openapi.problems import problems
from rest.rendering import encode, format_time
from rest.route import FastRoute, Router
from rest.uploads import headers
from rest.uploads.headers import ALGORITHMS, EXTENSIONS, PART, TUS
from rest.uploads.models import CREATION_FIELDS, PART_FIELDS, TUS_FIELDS, ResumableUpload, UploadId, part_body

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OF_PARTS = ("MalformedUploadHeader", "UnsupportedTusVersion", "FileTooLarge", "UnsupportedPart", "ChecksumMismatch")


class TusRoute(FastRoute):
    """A route for clients of our version of tus; others get `unsupported_version`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the check of the version."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.headers.get("tus-resumable", TUS if request.method in _READING else None) != TUS:
                message = f"Send `Tus-Resumable: {TUS}`."
                raise problem_details.HttpRefusal(Code.UNSUPPORTED_VERSION, message, {"Tus-Version": TUS})
            return await handler(request)

        return handle


router = Router("Files", TusRoute)


@router.options(
    "/files/uploads",
    status_code=204,
    summary="Describe resumable uploads",
    response_description="The capabilities, in the header.",
    responses=answers_with(204, "Allow", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm"),
)
async def describe_uploads(request: Request, uploads: Uploads) -> Response:
    """Names the supported version and extensions of tus, and the maximum size of a file."""
    fields = {
        "Allow": request.scope["route"].allow,
        "Tus-Version": TUS,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(uploads.limit),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return Response(status_code=204, headers=fields)


@router.post(
    "/files/uploads",
    status_code=201,
    response_model=ResumableUpload,
    summary="Begin a resumable upload",
    response_description="The upload.",
    responses=answers_with(201, "ETag", "Maybe-Upload-Offset", "Upload-Expires")
    | problems(*_OF_PARTS, "InvalidUpload", "StorageFull"),
    openapi_extra=part_body(required=False),
    dependencies=[FILES_WRITE, TUS_FIELDS, CREATION_FIELDS],
)
async def create_upload(
    request: Request, caller: Caller, runner: Idempotent, uploads: Uploads, version: Version
) -> Response:
    """Begins an upload of a large file with the protocol tus 1.0.0: an interrupted upload resumes where it stopped. It
    waits a day for its next part. The body may hold the first bytes. The rate limit charges 1 point, and 1 more for
    every 512 KiB, at most a full bucket, which a deferred length costs too. That pays for 10 requests an hour to the
    upload itself, and for 8 more for every 512 KiB, which is enough for parts of 64 KiB. Beyond these, each request
    costs 1 point.
    """
    size, sent = headers.parse_length(request), request.headers.get("upload-metadata", "")
    if size > uploads.limit and size != resumable.DEFERRED:
        raise bodies.too_large(uploads.limit)
    metadata, checksum = headers.parse_metadata(sent), headers.parse_checksum(request)
    name = files.read_name(metadata.get("filename"))
    content_type = files.read_content_type(metadata.get("filetype"))
    has_part = _has_part(request, size)
    # The creation is charged for the whole upload, so that no later part is refused.
    await budget_of(request).charge_at_most(costs.upload_points(uploads.limit if size == resumable.DEFERRED else size))
    outcome = await runner.run(commands.create_upload(caller, name, content_type, sent, size))
    upload = Upload(**outcome.snapshot)
    fields = headers.expires(upload)
    if has_part:
        taken = await _take_first(request, runner.runner.database, uploads, upload, outcome, checksum)
        fields["Upload-Offset"] = str(taken)
    elif upload.complete:  # an empty file
        await uploads.finish(upload)
    body = encode(_shown(version, upload))
    location = f"{version.prefix}/files/uploads/{upload.id}"
    return _with(conditional.written(outcome, conditional.unversioned(body), location), fields)


@router.get(
    "/files/uploads/{id}",
    response_model=ResumableUpload,
    summary="Get a resumable upload",
    response_description="The upload.",
    responses=answers_with(
        *(200, "ETag", "No-Store", "Upload-Offset", "Maybe-Upload-Length", "Upload-Defer-Length"),
        *("Upload-Metadata", "Upload-Expires"),
    )
    | problems("UnsupportedTusVersion", "StorageFull"),
    dependencies=[FILES_WRITE],
)
async def get_upload(
    upload_id: UploadId, caller: Caller, conditions: Conditions, database: Database, uploads: Uploads, version: Version
) -> Response:
    """Gets an upload and the number of bytes received; HEAD has it in `Upload-Offset`. Once complete, the upload is a
    file under the same id.
    """
    upload = await _get(database, caller.name, upload_id)
    if upload.complete and not upload.done:  # reading a complete upload turns it into a file
        await uploads.finish(upload)
        upload = await _get(database, caller.name, upload_id)
    answer = conditional.answer(conditions, conditional.unversioned(encode(_shown(version, upload))))
    if answer.status_code == 304:
        return answer
    return _with(answer, {"Cache-Control": "no-store", **headers.progress(upload)})


@router.patch(
    "/files/uploads/{id}",
    status_code=204,
    summary="Continue a resumable upload",
    response_description="The bytes are stored; `Content-Location` names the file once it is complete.",
    responses=answers_with(204, "Upload-Offset", "Content-Location", "Upload-Expires")
    | problems(*_OF_PARTS, "MovedOn", "StorageFull"),
    openapi_extra=part_body(required=True),
    dependencies=[FILES_WRITE, TUS_FIELDS, PART_FIELDS],
)
async def append_to_upload(
    request: Request, upload_id: UploadId, caller: Caller, runner: Idempotent, uploads: Uploads, version: Version
) -> Response:
    """Appends bytes at the end of the upload. The bytes of an interrupted request are kept. The last bytes complete the
    file.
    """
    if request.headers.get("content-type") != PART:
        raise _no_part()
    start, checksum = headers.parse_number(request, "Upload-Offset"), headers.parse_checksum(request)
    database, digest = runner.runner.database, sha256()
    upload = await _get(database, caller.name, upload_id)
    # A key belongs to one offset of one upload, so that a client may send the same key with every part. If the first
    # request with it was cut off, the key is free: the client asks for the offset and continues.
    runner = runner._replace(key=runner.key and f"{runner.key} {start}")
    fits = start == upload.received
    used = runner.key and await runner.runner.knows(caller, runner.key, commands.APPEND)
    if not (fits or used):
        raise resumable.moved_on()
    if fits and not used:
        upload = await _declared(request, database, uploads, upload)
    most = uploads.limit if upload.deferred else upload.bytes
    bodies.require_length(request, most - start if fits else most, most)
    chunks = _seen(request.stream(), digest.update) if runner.key else request.stream()
    # The creation paid for bytes that are kept; those of a replay, or with a wrong checksum, cost as those of a file.
    points = costs.file_points(bodies.declared_length(request, most))
    received = start
    if used:
        await budget_of(request).charge_at_most(points)
        await _passed_over(chunks, most)
    else:
        try:
            received = await uploads.take(upload, start, chunks, checksum)
        except ChecksumMismatch:
            await budget_of(request).charge_at_most(points)
            raise
    answer = Response(status_code=204)
    if runner.key:
        outcome = await runner.run(commands.append_to_upload(upload.id, start, digest.hexdigest(), received))
        answer, received = conditional.marked(answer, outcome), outcome.snapshot["received"]
    upload = await _get(database, caller.name, upload_id)
    return _with(answer, {"Upload-Offset": str(received), **await _ended(version, uploads, upload)})


@router.delete(
    "/files/uploads/{id}",
    status_code=204,
    summary="Delete a resumable upload",
    response_description="The upload is deleted.",
    responses=problems("UnsupportedTusVersion"),
    dependencies=[FILES_WRITE, TUS_FIELDS],
)
async def delete_upload(upload_id: UploadId, caller: Caller, runner: Idempotent) -> Response:
    """Deletes an upload that is not a file yet."""
    return conditional.deleted(await runner.run(commands.remove_upload(caller, upload_id)))


def _has_part(request: Request, size: int) -> bool:
    """Whether a creation contains bytes of the file; raises `unsupported_media_type` for another body."""
    if request.headers.get("content-type") == PART:
        bodies.require_length(request, size, size)
        return True
    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        raise _no_part()
    return False


async def _take_first(
    request: Request,
    database: unit_of_work.Database,
    uploads: ResumableUploads,
    upload: Upload,
    outcome: Outcome,
    checksum: Checksum | None,
) -> int:
    """Add the bytes of the creation, unless it is a replay and they were added before."""
    most = uploads.limit if upload.deferred else upload.bytes
    if outcome.replayed:
        upload = await _get(database, upload.caller, upload.id)
    if upload.received or upload.done:
        await _passed_over(request.stream(), most)
        return upload.received
    received = await uploads.take(upload, 0, request.stream(), checksum)
    upload = upload._replace(received=received)
    if upload.complete:
        await uploads.finish(upload)
    return received


async def _declared(
    request: Request, database: unit_of_work.Database, uploads: ResumableUploads, upload: Upload
) -> Upload:
    """The upload after a part declared its length; raises `malformed_request` or `payload_too_large`."""
    if "upload-length" not in request.headers:
        return upload
    size = headers.parse_number(request, "Upload-Length")
    if size > uploads.limit:
        raise bodies.too_large(uploads.limit)
    await database.write(lambda unit: resumable.declare_length(unit, upload, size))
    return upload._replace(bytes=size)


async def _ended(version: versions.Version, uploads: ResumableUploads, upload: Upload) -> dict[str, str]:
    """A header field: the address of the file if the upload is complete, else the time of expiry."""
    if not upload.complete:
        return headers.expires(upload)
    if not upload.done:
        await uploads.finish(upload)
    return {"Content-Location": public(f"{version.prefix}/files/{upload.id}")}


async def _get(database: unit_of_work.Database, caller: str, upload_id: str) -> Upload:
    return await database.read(lambda unit: resumable.get(unit, caller, upload_id))


def _shown(version: versions.Version, upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "name": upload.name,
        "contentType": upload.content_type,
        "bytes": upload.received if upload.deferred else upload.bytes,
        "lengthDeferred": upload.deferred,
        "received": upload.received,
        "expiresAt": None if upload.expires_at is None else format_time(upload.expires_at),
        "url": public(f"{version.prefix}/files/{upload.id}") if upload.done else None,
    }


def _with(response: Response, fields: Mapping[str, str]) -> Response:
    response.raw_headers += [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    return response


def _no_part() -> TandemError:
    return problem_details.HttpRefusal(Code.UNSUPPORTED_MEDIA_TYPE, f"The body must be {PART}.", {"Accept-Patch": PART})


async def _seen(chunks: AsyncGenerator[bytes, None], see: Callable[[bytes], None]) -> AsyncGenerator[bytes, None]:
    async for chunk in chunks:
        see(chunk)
        yield chunk


async def _passed_over(chunks: AsyncGenerator[bytes, None], most: int) -> None:
    """Read and discard bytes that were added before."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise bodies.too_large(most)
