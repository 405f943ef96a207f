"""Resumable uploads over REST, as tus 1.0.0 has them (https://tus.io): core, creation, expiration, termination."""

import re
from base64 import b64decode
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import bodies, problems
from app.domain import commands, etags, files, resumable
from app.domain.errors import Code, TandemError
from app.domain.idempotency import Once
from app.domain.resumable import Upload
from app.resumable_uploads import ResumableUploads
from rest import conditional, negotiation, parameters, writes
from rest.conditional import Tagged
from rest.rendering import encode, instant
from rest.route import Endpoint
from rest.versions import Version

PART = "application/offset+octet-stream"
TUS = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST = 2**53 - 1
_NUMBER = re.compile(r"[0-9]{1,16}")
_PAIR = re.compile(r"([!-+\--~]+)(?: ([A-Za-z0-9+/]*={0,2}))?")


class ResumableFiles:
    """The endpoints of resumable uploads, in one version of the API."""

    def __init__(self, version: Version, once: Once, uploads: ResumableUploads) -> None:
        self._files = f"{version.prefix}/files"
        self.once, self.database, self._uploads = once, once.database, uploads

    async def options(self, request: Request) -> Response:
        """OPTIONS /files/uploads: what of tus is spoken here."""
        parameters.read(request.scope["query_string"], {})
        most = str(self._uploads.limit)
        headers = {"Tus-Version": TUS, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": most}
        return Response(status_code=204, headers={"Allow": request.scope["route"].allow} | headers)

    async def create(self, request: Request) -> Response:
        """POST /files/uploads."""
        negotiation.unquestioned(request)
        size, said = _number(request, "Upload-Length"), request.headers.get("upload-metadata", "")
        if size > self._uploads.limit:
            raise bodies.too_large(self._uploads.limit)
        metadata = _metadata(said)
        name = files.read_name(metadata.get("filename"))
        content_type = files.read_content_type(metadata.get("filetype"))
        command = commands.create_upload(request.scope["state"]["caller"], name, content_type, said, size)
        outcome = await writes.run(self.once, request, command)
        upload = Upload(**outcome.snapshot)
        if upload.complete:  # there is nothing in it
            await self._uploads.finish(upload)
        body = encode(self._shown(upload))
        answer = Tagged(201, f'"{etags.digest(body)}"', body, location=f"{self._files}/uploads/{upload.id}")
        return _with(writes.marked(answer, outcome), _expires(upload))

    async def read(self, request: Request) -> Response:
        """GET and HEAD /files/uploads/{id}: how much of it is there. Who asks for one that is complete ends it."""
        asked = negotiation.unquestioned(request)
        upload = await self._upload(request)
        if upload.complete and not upload.done:
            await self._uploads.finish(upload)
            upload = await self._upload(request)
        answer = conditional.many(asked, encode(self._shown(upload)), None)
        if answer.status_code == 304:
            return answer
        metadata = {"Upload-Metadata": upload.metadata} if upload.metadata else {}
        told = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.bytes), "Cache-Control": "no-store"}
        return _with(answer, told | metadata | _expires(upload))

    async def append(self, request: Request) -> Response:
        """PATCH /files/uploads/{id}: some more of it.

        A key whose first request was answered keeps no byte of another. One whose first request was cut is still free:
        what came is where the upload ends, so the client asks and goes on from there.
        """
        negotiation.unquestioned(request)
        if request.headers.get("content-type") != PART:
            message = f"The body must be {PART}."
            raise problems.Refused(Code.UNSUPPORTED_MEDIA_TYPE, message, {"Accept-Patch": PART})
        start, upload = _number(request, "Upload-Offset"), await self._upload(request)
        caller, key, digest = request.scope["state"]["caller"], request.scope["state"]["key"], sha256()
        fits, used = start == upload.received, key and await self.once.knows(caller, key, commands.APPEND)
        if not (fits or used):
            raise resumable.moved_on()
        bodies.require_length(request, upload.bytes - start if fits else upload.bytes, upload.bytes)
        chunks = _seen(request.stream(), digest.update) if key else request.stream()
        received = start
        if used:
            await _passed_over(chunks, upload.bytes)
        else:
            received = await self._uploads.take(upload, start, chunks)
        answer = Response(status_code=204)
        if key:
            command = commands.append_to_upload(upload.id, start, digest.hexdigest(), received)
            outcome = await writes.run(self.once, request, command)
            answer, received = writes.marked(answer, outcome), outcome.snapshot["received"]
        return _with(answer, {"Upload-Offset": str(received), **await self._ended(request)})

    async def delete(self, request: Request) -> Response:
        """DELETE /files/uploads/{id}."""
        negotiation.unquestioned(request)
        command = commands.remove_upload(request.scope["state"]["caller"], request.path_params["id"])
        return writes.gone(await writes.run(self.once, request, command))

    async def _ended(self, request: Request) -> dict[str, str]:
        """Where the file is, if all of it is there, or until when more may come."""
        upload = await self._upload(request)
        if not upload.complete:
            return _expires(upload)
        if not upload.done:
            await self._uploads.finish(upload)
        return {"Content-Location": f"{self._files}/{upload.id}"}

    async def _upload(self, request: Request) -> Upload:
        caller, identity = request.scope["state"]["caller"], request.path_params["id"]
        return await self.database.read(lambda unit: resumable.get(unit, caller.name, identity))

    def _shown(self, upload: Upload) -> dict[str, Any]:
        return {
            "id": upload.id,
            "name": upload.name,
            "contentType": upload.content_type,
            "bytes": upload.bytes,
            "received": upload.received,
            "expiresAt": None if upload.expires_at is None else instant(upload.expires_at),
            "url": f"{self._files}/{upload.id}" if upload.done else None,
        }


def speaking(endpoint: Endpoint) -> Endpoint:
    """The endpoint, for those who speak tus in our version; whatever is answered says so."""

    async def answered(request: Request) -> Response:
        try:
            spoken = request.headers.get("tus-resumable", TUS if request.method in _READING else None)
            if spoken != TUS:
                raise problems.Refused(Code.UNSUPPORTED_VERSION, f"Say `Tus-Resumable: {TUS}`.", {"Tus-Version": TUS})
            response = await endpoint(request)
        except TandemError as error:
            response = problems.response(error, request.scope["state"]["request_id"])
        return _with(response, {"Tus-Resumable": TUS})

    return answered


def _with(response: Response, headers: Mapping[str, str]) -> Response:
    response.raw_headers += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return response


def _expires(upload: Upload) -> dict[str, str]:
    if upload.expires_at is None:
        return {}
    return {"Upload-Expires": format_datetime(datetime.fromtimestamp(upload.expires_at // 1_000_000, UTC), usegmt=True)}


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not _NUMBER.fullmatch(value) or int(value) > _MOST:
        raise TandemError(Code.MALFORMED_REQUEST, f"`{header}` must be a number of bytes.")
    return int(value)


def _metadata(said: str) -> dict[str, str]:
    """What an `Upload-Metadata` says: keys, each with a value in Base64 behind it."""
    pairs = [_PAIR.fullmatch(pair.strip()) for pair in said.split(",")] if said else []
    try:
        return {pair[1]: b64decode(pair[2] or "", validate=True).decode() for pair in pairs}  # type: ignore[index]
    except (ValueError, TypeError):
        message = "`Upload-Metadata` must be keys, each with a value in UTF-8 and Base64 behind it."
        raise TandemError(Code.MALFORMED_REQUEST, message) from None


async def _seen(chunks: AsyncGenerator[bytes, None], see: Callable[[bytes], None]) -> AsyncGenerator[bytes, None]:
    async for chunk in chunks:
        see(chunk)
        yield chunk


async def _passed_over(chunks: AsyncGenerator[bytes, None], most: int) -> None:
    """Read what does not fit to its end: it may be what was sent under the same key before."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise bodies.too_large(most)
