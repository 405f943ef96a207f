"""A read for tests of connections."""

from sqlalchemy import text

from app.domain.unit_of_work import Row, Statement, Unit

_ONE = Statement(text("SELECT 1"))


async def one(unit: Unit) -> list[Row]:
    """Read next to nothing."""
    return [tuple(row) for row in await unit.all(_ONE)]
