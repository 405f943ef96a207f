"""Resumable uploads: files that arrive in parts, each of which is kept as soon as it is there.

An upload has the id of the file that it becomes. It is over with its last part: then the parts are put together, and
the file stands in its place. An upload without a new part for a day is deleted.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import BindParameter, Table, bindparam, delete, insert, select, update

from app.domain import blobs, file_models
from app.domain.blobs import part
from app.domain.catalogue.images import Stored
from app.domain.errors import Code, Conflict, NotFound, TandemError
from app.domain.files import files
from app.domain.unit_of_work import Statement, Unit, first

upload = cast(Table, file_models.Upload.__table__)  # type: ignore[attr-defined] # SQLModel makes it
u = upload.c
KEPT = 86_400_000_000
"""Microseconds that an upload waits for its next part."""
DEFERRED = 2**53 - 1
"""The `bytes` of an upload until the client declares its length."""


class StoredPart(NamedTuple):
    """A part whose bytes are in the store: how many they are, and their SHA-256."""

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
        """Whether the client has not declared the length yet."""
        return self.bytes == DEFERRED

    @property
    def complete(self) -> bool:
        """Whether all bytes are there."""
        return self.received == self.bytes

    @property
    def done(self) -> bool:
        """Whether it is a file by now."""
        return self.expires_at is None


def _bind(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=u[name].type)


_ID = bindparam("id", type_=u.id.type)
_INSERT = Statement(insert(upload).values({column: _bind(column.name) for column in u}))
_GET = Statement(select(*(u[name] for name in Upload._fields)).where(u.id == _ID))
_ADVANCE = Statement(
    update(upload)
    .where(u.id == _ID, u.received == bindparam("start", type_=u.received.type))
    .values(received=_bind("received"), expires_at=_bind("expires_at"))
    .returning(u.received)
)
_DECLARE = Statement(
    update(upload)
    .where(u.id == _ID, u.bytes == DEFERRED, u.received <= _bind("bytes"))
    .values(bytes=_bind("bytes"))
    .returning(u.id)
)
_ADD = Statement(insert(part).values({column: bindparam(f"new_{column.name}", type_=column.type) for column in part.c}))
_PARTS = Statement(select(part.c.sha256).where(part.c.upload_id == _ID).order_by(part.c.start))
_DELETE = Statement(delete(upload).where(u.id == _ID).returning(u.id))
_NOW, _SIZE = bindparam("now", type_=u.expires_at.type), bindparam("size", type_=u.bytes.type)
_EXPIRED = Statement(select(u.id).where(u.expires_at < _NOW).limit(_SIZE))


async def create(unit: Unit, caller: str, name: str, content_type: str, metadata: str, size: int) -> Upload:
    """Begin an upload of so many bytes."""
    made = Upload(files.new_id(), caller, name, content_type, metadata, size, 0, unit.now() + KEPT)
    await unit.all(_INSERT, **{f"new_{field}": value for field, value in made._asdict().items()})
    return made


async def get(unit: Unit, caller: str, identity: str) -> Upload:
    """A caller's upload, or what it became; raises `NotFound`."""
    row = await first(unit, _GET, id=identity)
    if row is not None and row[1] == caller:
        return Upload(*row)
    try:
        file = await files.get(unit, identity)
    except NotFound:
        file = None
    if file is None or file.caller != caller:
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
        message = "The upload has another `Upload-Length` already, or holds more bytes than that."
        raise TandemError(Code.MALFORMED_REQUEST, message)


def moved_on() -> Conflict:
    """The refusal of a part that does not begin where the upload ends."""
    return Conflict("The upload does not end there; ask it where it does, and go on from there.")


async def parts(unit: Unit, identity: str) -> list[str]:
    """The blobs of an upload's parts, in their order."""
    return [row[0] for row in await unit.all(_PARTS, id=identity)]


async def finish(unit: Unit, done: Upload, stored: Stored) -> None:
    """Put the file, whose bytes are stored, in the upload's place; once, whoever else does the same."""
    if await discard(unit, done.id):
        await files.create(unit, done.caller, done.name, stored, done.id)


async def remove(unit: Unit, caller: str, identity: str) -> None:
    """Give up a caller's upload; raises `NotFound`, also where it is a file by now."""
    found = await get(unit, caller, identity)
    if found.done or not await discard(unit, identity):
        raise NotFound("upload")


async def expire(unit: Unit, size: int) -> int:
    """Delete up to `size` expired uploads; returns their number."""
    expired = [row[0] for row in await unit.all(_EXPIRED, now=unit.now(), size=size)]
    return sum([await discard(unit, identity) for identity in expired])


async def discard(unit: Unit, identity: str) -> bool:
    """Remove an upload with its parts; False: it was gone already."""
    held = await parts(unit, identity)
    if not await unit.all(_DELETE, id=identity):
        return False
    await blobs.release(unit, *held)
    return True
