"""The candidates of a list within bounds of price: where they are few, it reads these alone, whatever its sort."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import select, union_all

from app.domain.catalogue import variant_conditions
from app.domain.catalogue.product_conditions import CANDIDATES, CONDITIONS, LISTED
from app.domain.catalogue.product_rows import p
from app.domain.catalogue.variant_conditions import KEYS, OF_PRODUCT, PRICES
from app.domain.pagination.keyset import Sort, Values
from app.domain.search import relevance
from app.domain.sql.conditions import integer
from app.domain.unit_of_work import Engine, Statement, Unit

MOST = 1_000
"""Candidates that are read at most."""
_STATUSES = frozenset({"status", "statuses"})


async def find(unit: Unit, conditions: Mapping[str, Any], sort: Sort) -> dict[str, list[int]]:
    """The condition of the candidates, from the others; empty where they are many, or an index serves the list."""
    names = frozenset(conditions)
    if sort.key in {"price", relevance.SORT} or not names & PRICES or names & (KEYS | LISTED):
        return {}
    rows = await unit.all(_statement(names & (PRICES | _STATUSES), MOST + 1, unit.engine), **conditions)
    return {CANDIDATES: [row[0] for row in rows]} if len(rows) <= MOST else {}


@lru_cache(maxsize=32)
def _statement(names: frozenset[str], size: int, engine: Engine) -> Statement:
    values = Values()
    status = [CONDITIONS[name](values) for name in names & _STATUSES]
    kinds = variant_conditions.candidates(names, values, OF_PRODUCT)
    parts = [select(p.id).where(*status, *kind).limit(integer(size)).subquery() for kind in kinds]
    return Statement(union_all(*(select(part.c.id) for part in parts)), engine)
