"""Predicts what a migration will lock, and for how long."""

from sqlalchemy import Connection, text

from app.migrations.costs import COSTS, Cost
from app.stores import revision as revisions

_PRODUCTS = {
    "sqlite": "SELECT count(*) FROM product",
    "postgresql": "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = CAST('product' AS regclass)",
}
_SQLITE_FACTOR = 0.2
"""SQLite takes this fraction of PostgreSQL's time, measured on the same products."""
_FREE = Cost(0)


def plan(connection: Connection, at: str | None, last: str) -> list[str]:
    """A line for each revision after the one that a database is `at`; none for an empty database."""
    pending = [one for one in revisions.revisions() if at is not None and at < one <= last]
    if not pending:
        return []
    engine = connection.dialect.name
    millions = float(connection.execute(text(_PRODUCTS[engine])).scalar_one()) / 1_000_000
    if engine == "sqlite":
        seconds = sum(COSTS.get(one, _FREE).seconds for one in pending) * millions * _SQLITE_FACTOR
        return [f"{pending[0]} to {pending[-1]}: writes wait {_duration(seconds)}, reads do not."]
    return [f"{one}: {_line(COSTS.get(one, _FREE), millions)}." for one in pending]


def _line(cost: Cost, millions: float) -> str:
    """What is locked and for how long, for so many millions of products."""
    parts = [f"takes {_duration(cost.seconds * millions)}"]
    parts += [f"{one.waiting} of {one.table} wait {_duration(one.seconds * millions)}" for one in cost.locked]
    return "; ".join(parts if cost.locked else [*parts, "locks nothing that others use"])


def _duration(seconds: float) -> str:
    return f"about {seconds:,.0f} s" if seconds >= 1 else "a moment"
