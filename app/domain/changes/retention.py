"""The retention of changes: deletes expired changes, the oldest first."""

from sqlalchemy import delete, func, select

from app.domain.changes.epochs import ceiling
from app.domain.changes.log import c, record
from app.domain.sql.tables import bind
from app.domain.unit_of_work import Engine, Statement, Unit

_MARGIN = 3_600 * 1_000_000
"""Records are kept for an hour longer: one of a transaction that took long is older than its commit."""


def _sweep(*order: str) -> Statement:
    oldest = select(c.id).order_by(*(c[name] for name in order)).limit(bind(c.id, "size"))
    newest = select(func.max(c.id)).scalar_subquery()  # it stays: SQLite would give its id again
    old = c.at < bind(c.at, "before")
    return Statement(delete(record).where(c.id.in_(oldest), old, c.id < newest).returning(c.id))


_SWEEP: dict[Engine, Statement] = {"sqlite": _sweep("id"), "postgresql": _sweep("epoch", "id")}
_FOREIGN = Statement(delete(record).where(c.epoch >= ceiling()))
"""The records that came with a dump of another server: their order has no meaning here."""


async def sweep(unit: Unit, ttl: int, size: int) -> int:
    """Delete up to `size` records older than a cursor's life in microseconds; returns their number."""
    if unit.engine == "postgresql":
        await unit.all(_FOREIGN)
    return len(await unit.all(_SWEEP[unit.engine], before=unit.now() - ttl - _MARGIN, size=size))
