"""References to blobs in the database, so that no blob in use is ever removed.

A writer claims the name of bytes before it stores them, and uses the name in the transaction that refers to it. A sweep
dooms blobs that have had no reference for a while, removes them from the store, and deletes their rows; to claim or use
a doomed name raises `Unavailable`. So the order of steps in the store and in the database does not matter.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, literal_column, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain import file_models
from app.domain.errors import Unavailable
from app.domain.sql.conditions import one_of
from app.domain.sql.tables import table_of
from app.domain.unit_of_work import Statement, Unit

blob = table_of(file_models.Blob)
file = table_of(file_models.File)
rendition = table_of(file_models.ImageRendition)
part = table_of(file_models.UploadPart)
picture = table_of(file_models.ProductImage)
b = blob.c
REFERENCES = (file.c.sha256, picture.c.sha256, rendition.c.sha256, part.c.sha256)
"""The columns that refer to a blob and keep it."""

GRACE = 3_600_000_000
"""Microseconds that an unreferenced blob is kept: longer than any upload or download may need it."""
LEASE = 300_000_000
"""Microseconds that a sweep has for removing doomed blobs before another sweep takes over."""

_NAME = bindparam("sha256", type_=b.sha256.type)
_NOW = bindparam("now", type_=b.idle_since.type)
_BEFORE = bindparam("before", type_=b.idle_since.type)
_EXPIRED = bindparam("expired", type_=b.idle_since.type)
_new = insert(blob).values(sha256=_NAME, idle_since=_NOW)
_CLAIM = Statement(
    _new.on_conflict_do_update(
        index_elements=[b.sha256], set_={"idle_since": _new.excluded.idle_since}, where=b.doomed_at.is_(None)
    ).returning(b.sha256)
)
_USE = Statement(
    update(blob).where(b.sha256 == _NAME, b.doomed_at.is_(None)).values(idle_since=null()).returning(b.sha256)
)
_RELEASE = Statement(update(blob).where(one_of(b.sha256, "names")).values(idle_since=_NOW))
_wanted = or_(*(select(literal_column("1")).where(column == b.sha256).exists() for column in REFERENCES))
_idle = select(b.sha256).where(b.idle_since < _BEFORE).order_by(b.idle_since)
_some = _idle.limit(bindparam("size", type_=b.idle_since.type))
_SPARE = Statement(update(blob).where(b.sha256.in_(_some), b.idle_since < _BEFORE, _wanted).values(idle_since=null()))
_DOOM = Statement(
    update(blob)
    # Repeated outside the select, which a statement that waited for a claim does not evaluate again.
    .where(b.sha256.in_(_some), b.idle_since < _BEFORE, ~_wanted, or_(b.doomed_at.is_(None), b.doomed_at < _EXPIRED))
    .values(doomed_at=_NOW)
    .returning(b.sha256)
)
_made_of_them = select(rendition.c.sha256).where(one_of(rendition.c.source, "names"))
_RELEASE_RENDITIONS = Statement(update(blob).where(b.sha256.in_(_made_of_them)).values(idle_since=_NOW))
_FORGET = Statement(delete(blob).where(one_of(b.sha256, "names"), b.doomed_at.is_not(None)))


async def claim(unit: Unit, sha256: str) -> None:
    """Claim a name before its bytes are stored. Raises `Unavailable` while the blob is being removed."""
    if not await unit.all(_CLAIM, sha256=sha256, now=unit.now()):
        raise _removed()


async def use(unit: Unit, sha256: str) -> None:
    """Refer to claimed and stored bytes in this transaction. Raises `Unavailable` like `claim`."""
    if not await unit.all(_USE, sha256=sha256):
        raise _removed()


async def release(unit: Unit, *names: str) -> None:
    """Record that this transaction removed a reference; others may exist."""
    await unit.all(_RELEASE, names=list(names), now=unit.now())


async def mark_for_deletion(unit: Unit, size: int) -> list[str]:
    """Doom the unreferenced ones of the `size` blobs that are idle for longest."""
    now = unit.now()
    await unit.all(_SPARE, before=now - GRACE, size=size)
    rows = await unit.all(_DOOM, before=now - GRACE, expired=now - LEASE, now=now, size=size)
    return [row[0] for row in rows]


async def forget(unit: Unit, names: Sequence[str]) -> None:
    """Delete the rows of doomed blobs, whose bytes are gone, and release the renditions made of them."""
    await unit.all(_RELEASE_RENDITIONS, names=list(names), now=unit.now())
    await unit.all(_FORGET, names=list(names))


def _removed() -> Unavailable:
    return Unavailable("The same bytes are being removed.")
