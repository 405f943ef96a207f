"""The candidates of a list: where an index says that few products meet one of its conditions, it reads these alone."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select, union_all

from app.domain.catalogue import variant_conditions
from app.domain.catalogue.product_conditions import (
    CANDIDATES,
    CONDITIONS,
    LISTED,
    STATUSES,
    TIMES,
    VALUES,
    rows_of_value,
)
from app.domain.catalogue.product_rows import p
from app.domain.catalogue.variant_conditions import KEYS, OF_PRODUCT, PRICES
from app.domain.pagination.keyset import Sort, Values
from app.domain.sql.conditions import integer
from app.domain.unit_of_work import Engine, Statement, Unit

MOST = 1_000
"""Candidates that are read at most."""
_OF_SORT = {"price": PRICES, **{key: frozenset({name}) for key, name in TIMES.items()}}
"""The conditions that the index of a sort serves."""


async def find(unit: Unit, conditions: Mapping[str, Any], sort: Sort) -> dict[str, list[int]]:
    """The condition of the candidates, from the others; empty where each condition has many, or is of the sort's key.

    It looks at so many entries of an index for each condition.
    """
    names = frozenset(conditions)
    if names & (KEYS | LISTED):
        return {}
    for narrow in _narrow(names - _OF_SORT.get(sort.key, frozenset())):
        rows = await unit.all(_statement(narrow | names & STATUSES, MOST + 1, unit.engine), **conditions)
        if len(rows) <= MOST:
            return {CANDIDATES: [row[0] for row in rows]}
    return {}


def _narrow(names: frozenset[str]) -> Iterator[frozenset[str]]:
    """The conditions that an index each serves; those of prices go together."""
    if names & PRICES:
        yield names & PRICES
    yield from (frozenset({name}) for name in sorted(names & (VALUES | frozenset(TIMES.values()))))


@lru_cache(maxsize=256)
def _statement(names: frozenset[str], size: int, engine: Engine) -> Statement:
    parts = [rows.limit(integer(size)).subquery() for rows in _rows(names, Values())]
    return Statement(union_all(*(select(*part.c) for part in parts)), engine)


def _rows(names: frozenset[str], values: Values) -> list[Select[Any]]:
    """The ids of the products that meet the conditions; those of a value regardless of their status."""
    for name in names & VALUES:
        return [rows_of_value(name, values)]
    status = [CONDITIONS[name](values) for name in names - PRICES]
    kinds = variant_conditions.candidates(names, values, OF_PRODUCT) if names & PRICES else [[]]
    return [select(p.id).where(*status, *kind) for kind in kinds]
