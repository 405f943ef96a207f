"""The visibility of products: the only module that interprets a product's status.

Everyone sees active products. Drafts and archived products are there for callers with `catalog:write` alone; to others
they are like products that do not exist. Nobody can order them.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, literal_column

from app.domain.callers import Caller, Scope
from app.domain.models import ACTIVE, STATUSES

ANY = "any"
"""Stands for all of them in the filter of a list."""


IS_ACTIVE = f"status || '' = '{ACTIVE}'"
"""`is_active` in statements that are text, for rows that are found by their ids: no index of statuses serves it."""


def sees_everything(caller: Caller) -> bool:
    """Whether a caller sees products that are not active."""
    return Scope.CATALOG_WRITE in caller.scopes


def sees(caller: Caller, status: str) -> bool:
    """Whether a caller sees a product of a status."""
    return is_public(status) or sees_everything(caller)


def is_public(status: str) -> bool:
    """Whether a product of a status is there for everyone."""
    return status == ACTIVE


def is_active(status: ColumnElement[str]) -> ColumnElement[bool]:
    """The SQL condition that everyone sees a product with the status in this column."""
    return status == literal_column(f"'{ACTIVE}'")


def status_filter(statuses: Iterable[str] | None) -> tuple[str, ...] | None:
    """The statuses of a filter, sorted; None for active products alone, which is the default."""
    if statuses is None:
        return None
    chosen = {one for status in statuses for one in (STATUSES if status == ANY else (status,))}
    return None if chosen == {ACTIVE} else tuple(sorted(chosen))


def scope_of(statuses: tuple[str, ...] | None) -> Scope | None:
    """The scope that is needed to ask for these statuses."""
    return Scope.CATALOG_WRITE if statuses else None
