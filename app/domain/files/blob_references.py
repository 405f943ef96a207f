"""References to blobs: compared with the store, and removed if the bytes are lost."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from sqlalchemy import BigInteger, Text, bindparam, cast, delete, select

from app.domain.blobs import blob, file, part, picture, rendition
from app.domain.catalogue import image_lists
from app.domain.errors import NotFound
from app.domain.files import resumable
from app.domain.sql.conditions import one_of
from app.domain.sql.tables import bind
from app.domain.unit_of_work import Statement, Unit

Kind = Literal["file", "image", "rendition", "upload"]


class Reference(NamedTuple):
    """Something that refers to a blob of so many bytes: a file, product or upload by id, a rendition by its source."""

    kind: Kind
    id: str
    sha256: str
    bytes: int


f, i, r = file.c, picture.c, rendition.c
_SIZE = bindparam("size", type_=BigInteger())
_AFTER = bind(blob.c.sha256, "after")
_NAMES = Statement(select(blob.c.sha256).where(blob.c.sha256 > _AFTER).order_by(blob.c.sha256).limit(_SIZE))
_KNOWN = Statement(select(blob.c.sha256).where(one_of(blob.c.sha256, "names")))
_REFERENCES: dict[Kind, Statement] = {
    "file": Statement(select(f.id, f.sha256, f.bytes).where(one_of(f.sha256, "names")).order_by(f.id)),
    "image": Statement(
        select(cast(i.product_id, Text), i.sha256, i.bytes)
        .where(one_of(i.sha256, "names"))
        .order_by(i.product_id, i.id)
    ),
    "upload": Statement(
        select(part.c.upload_id, part.c.sha256, part.c.bytes)
        .where(one_of(part.c.sha256, "names"))
        .order_by(part.c.upload_id, part.c.start)
    ),
    "rendition": Statement(select(r.source, r.sha256, r.bytes).where(one_of(r.sha256, "names")).order_by(r.source)),
}
_sha256 = bind(blob.c.sha256)
_LOSE_FILE = Statement(delete(file).where(f.id == bind(f.id), f.sha256 == _sha256))
_LOSE_RENDITION = Statement(delete(rendition).where(r.sha256 == _sha256))


async def names(unit: Unit, after: str, size: int) -> list[str]:
    """Up to `size` names of blobs in the database, in order, after a name."""
    return [row[0] for row in await unit.all(_NAMES, after=after, size=size)]


async def unknown(unit: Unit, names: Sequence[str]) -> list[str]:
    """The names among these that the database does not know."""
    known = {row[0] for row in await unit.all(_KNOWN, names=list(names))}
    return [name for name in names if name not in known]


async def of(unit: Unit, names: Sequence[str]) -> list[Reference]:
    """The references to some blobs."""
    found = {kind: await unit.all(statement, names=list(names)) for kind, statement in _REFERENCES.items()}
    return [Reference(kind, *row) for kind, rows in found.items() for row in rows]


async def drop(unit: Unit, lost: Reference) -> None:
    """Delete the file, rendition, upload or image whose bytes are lost, if it still is what it was."""
    if lost.kind == "file":
        await unit.all(_LOSE_FILE, id=lost.id, sha256=lost.sha256)
    elif lost.kind == "rendition":
        await unit.all(_LOSE_RENDITION, sha256=lost.sha256)
    elif lost.kind == "upload":
        await resumable.discard(unit, lost.id)
    else:
        with suppress(NotFound):
            await image_lists.drop_lost(unit, int(lost.id), lost.sha256)
