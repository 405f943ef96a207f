"""Files over REST: stored as they arrive, sent as attachments, and deleted by whoever stored them."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import downloads, uploads
from app.domain import commands, files
from app.domain.callers import Caller
from app.domain.files import File
from app.domain.idempotency import Once
from app.domain.images import Stored
from app.downloads import Thing
from app.storage import Storage
from app.uploads import Sink
from rest import negotiation, parameters, writes
from rest.conditional import Tagged
from rest.rendering import encode, instant
from rest.versions import Version

_PRIVATE = "private, max-age=31536000, immutable"
"""An id has the same bytes for as long as it has any, but no proxy should know them."""


class Files:
    """The endpoints of files, in one version of the API."""

    def __init__(self, version: Version, once: Once, storage: Storage, limit: int) -> None:
        self._prefix = version.prefix
        self.once, self.database, self._storage, self._limit = once, once.database, storage, limit

    async def create(self, request: Request) -> Response:
        """POST /files."""
        negotiation.unquestioned(request)
        caller: Caller = request.scope["state"]["caller"]
        async with self._storage.blobs.writing() as writer:
            upload = await uploads.receive(request, beginning := _Beginning(writer), self._limit)
            name, content_type = files.read_name(upload.name), files.read_content_type(upload.content_type)
            files.require_signature(content_type, beginning.seen)
            stored = Stored(await self._storage.keep(writer), content_type, upload.size)
        outcome = await writes.run(self.once, request, commands.create_file(caller, name, stored))
        file = File(**outcome.snapshot)
        body = self._shown(file)
        return writes.marked(Tagged(201, file.tag, encode(body), location=body["url"]), outcome)

    async def read(self, request: Request) -> Response:
        """GET /files/{id}."""
        parameters.read(request.scope["query_string"], {})
        identity = request.path_params["id"]
        file = await self.database.read(lambda unit: files.get(unit, identity))
        modified = datetime.fromtimestamp(file.created_at // 1_000_000, UTC)
        thing = Thing(file.sha256, file.bytes, file.content_type, _PRIVATE, file.name, modified)
        return downloads.answer(request, thing, partial(self._storage.blobs.read, file.sha256))

    async def delete(self, request: Request) -> Response:
        """DELETE /files/{id}."""
        asked = negotiation.unquestioned(request)
        command = commands.remove_file(request.scope["state"]["caller"], request.path_params["id"], asked.if_match)
        return writes.gone(await writes.run(self.once, request, command))

    def _shown(self, file: File) -> dict[str, Any]:
        return {
            "id": file.id,
            "name": file.name,
            "contentType": file.content_type,
            "bytes": file.bytes,
            "sha256": file.sha256,
            "url": f"{self._prefix}/files/{file.id}",
            "createdAt": instant(file.created_at),
        }


class _Beginning:
    """Hands bytes on, and remembers how they began."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self.seen = sink, b""

    async def write(self, chunk: bytes) -> None:
        """Add some bytes."""
        if len(self.seen) < files.SIGNATURE:
            self.seen += chunk[: files.SIGNATURE]
        await self._sink.write(chunk)
