"""Files: bytes with a name and a media type, stored by a caller under an unguessable id."""

import re
import secrets
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from app.domain import blobs, file_models
from app.domain.blobs import file
from app.domain.catalogue.images import Stored, require, tag
from app.domain.errors import FieldError, Invalid, NotFound
from app.domain.sql.tables import bind, new_values
from app.domain.unit_of_work import Statement, Unit, first

_RANDOM_BYTES = 16
_ID = re.compile(r"[0-9a-f]{32}")
_NOT_IN_NAMES = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")  # RFC 6838, section 4.2
ANY = "application/octet-stream"
SIGNATURE = 12
"""The number of first bytes that identify an image."""
_SIGNATURES = {
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
f = file.c


class File(NamedTuple):
    """A stored file; the time is in microseconds since the Unix epoch."""

    id: str
    caller: str
    name: str
    content_type: str
    bytes: int
    sha256: str
    created_at: int

    @property
    def tag(self) -> str:
        """The entity tag of the file."""
        return tag(self.sha256)


_INSERT = Statement(insert(file).values(new_values(f)))
_GET = Statement(select(*(f[name] for name in File._fields)).where(f.id == bind(f.id)))
_DELETE = Statement(delete(file).where(f.id == bind(f.id)).returning(f.sha256))


def read_name(name: str | None) -> str:
    """The name of a file, from the sent name; raises `Invalid`. The default is `file`."""
    name = "file" if name is None else name.strip()
    if not 1 <= len(name) <= file_models.MAX_FILE_NAME:
        problem = f"must have 1 to {file_models.MAX_FILE_NAME} characters"
    elif name in (".", "..") or _NOT_IN_NAMES.search(name):
        problem = "must be a name without slashes, control characters, direction marks or line separators"
    else:
        return name
    raise Invalid([FieldError(("file",), f"The name of the file {problem}.")])


def read_content_type(content_type: str | None) -> str:
    """The media type of a file without parameters; raises `Invalid`. The default is application/octet-stream."""
    essence = (content_type or ANY).partition(";")[0].strip().lower()
    if _MEDIA_TYPE.fullmatch(essence) and len(essence) <= file_models.MAX_CONTENT_TYPE:
        return essence
    raise Invalid([FieldError(("file",), "The media type of the file must look like `image/png`.")])


def actual_content_type(declared: str, beginning: bytes) -> str:
    """The media type of a file: as declared, unless its first bytes show that the declaration is wrong."""
    if declared == ANY:
        return declared
    for media_type, signature in _SIGNATURES.items():
        if signature.match(beginning):
            return media_type
    return ANY if declared in _SIGNATURES else declared


def new_id() -> str:
    """128 random bits."""
    return secrets.token_hex(_RANDOM_BYTES)


async def create(unit: Unit, caller: str, name: str, stored: Stored, identity: str | None = None) -> File:
    """Create a file of claimed and stored bytes."""
    await blobs.use(unit, stored.sha256)
    identity = identity or new_id()
    made = File(identity, caller, name, stored.content_type, stored.bytes, stored.sha256, unit.now())
    await unit.all(_INSERT, **{f"new_{field}": value for field, value in made._asdict().items()})
    return made


async def get(unit: Unit, identity: str) -> File:
    """A file by id; raises `NotFound`."""
    row = await first(unit, _GET, id=identity) if _ID.fullmatch(identity) else None
    if row is None:
        raise NotFound("file")
    return File(*row)


async def find_own(unit: Unit, caller: str, identity: str) -> File | None:
    """The caller's file with an id, if there is one."""
    with suppress(NotFound):
        if (found := await get(unit, identity)).caller == caller:
            return found
    return None


async def size(unit: Unit, caller: str, identity: str) -> int:
    """The size of one of the caller's files; 0 if it has no such file."""
    found = await find_own(unit, caller, identity)
    return found.bytes if found else 0


async def remove(unit: Unit, caller: str, identity: str, if_match: str | None) -> None:
    """Delete one of the caller's files; raises `NotFound`, also for another caller's file."""
    found = await get(unit, identity)
    if found.caller != caller:
        raise NotFound("file of yours")
    require(if_match, found.sha256)
    if not await unit.all(_DELETE, id=identity):  # another request was faster
        raise NotFound("file")
    await blobs.release(unit, found.sha256)
