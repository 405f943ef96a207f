"""Resumable uploads: files that arrive in parts; each part is stored when it arrives.

An upload has the id of the file that it becomes. It is over with its last part: then the parts are put together, and
the file takes its place. An upload without a new part for a day is deleted.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from app.domain import blobs, file_models
from app.domain.blobs import part
from app.domain.catalogue.images import Stored
from app.domain.errors import Code, Conflict, NotFound, TandemError
from app.domain.files import files
from app.domain.sql.tables import bind, new_values, table_of
from app.domain.unit_of_work import Statement, Unit, first

upload = table_of(file_models.Upload)
u = upload.c
KEPT = 86_400_000_000
"""Microseconds until an upload without a new part expires."""
DEFERRED = 2**53 - 1
"""The `bytes` of an upload until the client declares its length."""


class StoredPart(NamedTuple):
    """A stored part: its size and its SHA-256."""

    bytes: int
    sha256: str


class Upload(NamedTuple):
    """An upload: what its file is to be, how many of its `bytes` are there, and until when more may come.

    `metadata` is what the client said of it, word for word. Once it is done it does not expire.
    """

    id: str
    caller: str
    name: str
    content_type: str
    metadata: str
    bytes: int
    received: int
    expires_at: int | None

    @property
    def deferred(self) -> bool:
        """Whether the client has yet to declare the length."""
        return self.bytes == DEFERRED

    @property
    def complete(self) -> bool:
        """Whether all bytes have arrived."""
        return self.received == self.bytes

    @property
    def done(self) -> bool:
        """Whether it has become a file."""
        return self.expires_at is None


_ID = bind(u.id)
_INSERT = Statement(insert(upload).values(new_values(u)))
_GET = Statement(select(*(u[name] for name in Upload._fields)).where(u.id == _ID))
_ADVANCE = Statement(
    update(upload)
    .where(u.id == _ID, u.received == bind(u.received, "start"))
    .values(new_values((u.received, u.expires_at)))
    .returning(u.received)
)
_DECLARE = Statement(
    update(upload)
    .where(u.id == _ID, u.bytes == DEFERRED, u.received <= bind(u.bytes, "new_bytes"))
    .values(new_values((u.bytes,)))
    .returning(u.id)
)
_ADD = Statement(insert(part).values(new_values(part.c)))
_PARTS = Statement(select(part.c.sha256).where(part.c.upload_id == _ID).order_by(part.c.start))
_DELETE = Statement(delete(upload).where(u.id == _ID).returning(u.id))
_NOW, _SIZE = bind(u.expires_at, "now"), bind(u.bytes, "size")
_EXPIRED = Statement(select(u.id).where(u.expires_at < _NOW).limit(_SIZE))


async def create(unit: Unit, caller: str, name: str, content_type: str, metadata: str, size: int) -> Upload:
    """Begin an upload of this many bytes."""
    made = Upload(files.new_id(), caller, name, content_type, metadata, size, 0, unit.now() + KEPT)
    await unit.all(_INSERT, **{f"new_{field}": value for field, value in made._asdict().items()})
    return made


async def get(unit: Unit, caller: str, identity: str) -> Upload:
    """A caller's upload, or the file that it became; raises `NotFound`."""
    row = await first(unit, _GET, id=identity)
    if row is not None and row[1] == caller:
        return Upload(*row)
    file = await files.find_own(unit, caller, identity)
    if file is None:
        raise NotFound("upload")
    return Upload(file.id, caller, file.name, file.content_type, "", file.bytes, file.bytes, None)


async def add(unit: Unit, identity: str, start: int, added: Sequence[StoredPart]) -> int:
    """Add stored parts at an offset; returns the new offset. Raises `Conflict`, or `NotFound` for a deleted upload."""
    end = start + sum(one.bytes for one in added)
    if not await unit.all(_ADVANCE, id=identity, start=start, new_received=end, new_expires_at=unit.now() + KEPT):
        if await first(unit, _GET, id=identity) is None:
            raise NotFound("upload")
        raise moved_on()
    for size, sha256 in added:
        await blobs.use(unit, sha256)
        await unit.all(_ADD, new_upload_id=identity, new_start=start, new_bytes=size, new_sha256=sha256)
        start += size
    return end


async def declare_length(unit: Unit, declared: Upload, size: int) -> None:
    """Set the length of an upload that deferred it; raises `malformed_request` if it has another length."""
    if declared.bytes != size and not await unit.all(_DECLARE, id=declared.id, new_bytes=size):
        message = "The upload already has another `Upload-Length`, or more bytes than this."
        raise TandemError(Code.MALFORMED_REQUEST, message)


def moved_on() -> Conflict:
    """The error for a part with another offset than the end of the upload."""
    return Conflict("The offset is wrong; request the current one with HEAD and continue there.")


async def parts(unit: Unit, identity: str) -> list[str]:
    """The blobs of an upload's parts, in order."""
    return [row[0] for row in await unit.all(_PARTS, id=identity)]


async def finish(unit: Unit, done: Upload, stored: Stored) -> None:
    """Replace the upload by the file with its stored bytes; only one of several requests does it."""
    if await discard(unit, done.id):
        await files.create(unit, done.caller, done.name, stored, done.id)


async def remove(unit: Unit, caller: str, identity: str) -> None:
    """Delete a caller's upload; raises `NotFound`, also if it has become a file."""
    found = await get(unit, caller, identity)
    if found.done or not await discard(unit, identity):
        raise NotFound("upload")


async def expire(unit: Unit, size: int) -> int:
    """Delete up to `size` expired uploads; returns their number."""
    expired = [row[0] for row in await unit.all(_EXPIRED, now=unit.now(), size=size)]
    return sum([await discard(unit, identity) for identity in expired])


async def discard(unit: Unit, identity: str) -> bool:
    """Remove an upload with its parts; returns whether it existed."""
    held = await parts(unit, identity)
    if not await unit.all(_DELETE, id=identity):
        return False
    await blobs.release(unit, *held)
    return True
