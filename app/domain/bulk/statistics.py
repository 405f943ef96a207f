"""PostgreSQL's planner statistics, refreshed after an import."""

from sqlalchemy import text

from app.domain.unit_of_work import Statement, Unit

MANY = 1_000
"""So many lines change how a small catalogue is best read."""
_SAMPLE = Statement(text("SELECT set_config('default_statistics_target', '10', true)"))
"""A sample of 3,000 rows: plans are made for any value, so the most common ones do not matter."""
_ANALYZE = Statement(text("ANALYZE category, product, product_category, product_value, product_variant"))


async def refresh(unit: Unit) -> None:
    """Count and sample the tables of the catalogue: the server does so by itself only a minute later, if at all."""
    await unit.all(_SAMPLE)
    await unit.all(_ANALYZE)
