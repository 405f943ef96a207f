"""The change log: each change is written in the transaction that makes it.

A record gets its place in the log under the lock of its subject, so the records of one subject have the order of its
changes. `effect` runs the statement that makes a change and writes it, in one round trip on PostgreSQL.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, insert, select

from app.domain import request_context
from app.domain.changes import runs
from app.domain.changes.epochs import change_epoch
from app.domain.changes.models import ChangeRecord
from app.domain.sql.tables import table_of
from app.domain.unit_of_work import Row, Statement, Unit


class Type(StrEnum):
    """The types of changes; the type of the subject comes before the dot."""

    PRODUCT_CREATED = "product.created"
    PRODUCT_UPDATED = "product.updated"
    PRODUCT_DELETED = "product.deleted"
    PRODUCT_STOCK_CHANGED = "product.stock_changed"
    CATEGORY_CREATED = "category.created"
    CATEGORY_UPDATED = "category.updated"
    CATEGORY_DELETED = "category.deleted"
    ORDER_PLACED = "order.placed"
    ORDER_CANCELLED = "order.cancelled"
    IMPORT_FINISHED = "import.finished"

    @property
    def subject(self) -> str:
        """The type of the subject."""
        return self.value.partition(".")[0]


class NewChange(NamedTuple):
    """A change of a subject, to be recorded.

    `version` is the subject's version afterwards; None if it has none, or if this is not an edit. `members` are those
    with new values, separated by commas. `moved` are the products whose stock an order changed, with negative ids if
    they are not public. `public_type` is the type for callers who see only the public catalogue: None if it is `type`,
    empty if the change is invisible to them. `caller` is that of the request by default.
    """

    type: Type
    subject_id: int | None = None
    version: int | None = None
    members: str = ""
    moved: Sequence[int] = ()
    public_type: str | None = None
    caller: str | None = None


STOCK_CHANGED = NewChange(Type.PRODUCT_STOCK_CHANGED, members="stock")
"""An adjustment of stock, which is not an edit of the product."""


record = table_of(ChangeRecord)
c = record.c
_COMMON = (c.type, c.public_type, c.subject_id, c.version, c.members, c.at, c.caller, c.request_id)


def _bound(*columns: ColumnElement[Any]) -> dict[str, ColumnElement[Any]]:
    return {column.name: bindparam(f"change_{column.name}", type_=column.type) for column in columns}


_ONE = _bound(*_COMMON, c.moved)
_PUBLIC_TYPE = (c.public_type.name,)
_INSERT = Statement(insert(record).values(epoch=change_epoch(), **_ONE))
_INSERT_BATCH = Statement(insert(record).values(epoch=change_epoch(), **_bound(*_COMMON, c.last_id, c.runs)))


async def effect(unit: Unit, statement: Statement, change: NewChange, /, **values: Any) -> Sequence[Row]:
    """Run a statement that makes a change and returns its subject, the id first; write the change if a row returns.

    A statement that returns a column `public_type` decides on that itself.
    """
    if unit.engine == "postgresql":
        return await unit.all(_with_record(statement), **values, **_values(unit, change))
    rows = await unit.all(statement, **values)
    if rows:
        await unit.append(_INSERT, **_values(unit, _made(statement, change, rows[0])))
    return rows


async def effects(
    unit: Unit, statement: Statement, changes: Mapping[Any, NewChange], /, by: int = 0, **values: Any
) -> Sequence[Row]:
    """Run a statement that makes the changes of a batch, and write those whose subjects it returns.

    The changes go by a value of the statement's rows: the subject's id, or another one.
    """
    if len(changes) == 1:
        (change,) = changes.values()
        return await effect(unit, statement, change, **values)
    rows = await unit.all(statement, **values)
    place = _place_of_public_type(statement)
    alike: dict[tuple[Type, str, str | None], list[tuple[int, int]]] = {}
    for row in rows:
        change = changes[row[by]]
        public_type = change.public_type if place is None else row[place]
        alike.setdefault((change.type, change.members, public_type), []).append((row[0], change.version or 0))
    for (kind, members, public_type), versions in alike.items():
        await _write_alike(unit, NewChange(kind, members=members, public_type=public_type), sorted(versions))
    return rows


def _made(statement: Statement, change: NewChange, row: Row) -> NewChange:
    """A change completed with the columns that the statement returned."""
    place = _place_of_public_type(statement)
    return change._replace(subject_id=row[0], public_type=change.public_type if place is None else row[place])


async def write(unit: Unit, change: NewChange) -> None:
    """Write a change by itself."""
    await unit.append(_INSERT, **_values(unit, change))


async def _write_alike(unit: Unit, change: NewChange, versions: Sequence[tuple[int, int]]) -> None:
    """Write changes of one kind, of subjects with their versions; many share a row."""
    for start in range(0, len(versions), runs.MAX_RUN):
        part = versions[start : start + runs.MAX_RUN]
        values = _values(unit, change._replace(subject_id=part[0][0]))
        await unit.append(_INSERT_BATCH, **values, change_last_id=part[-1][0], change_runs=runs.encode(part))


@lru_cache(maxsize=64)
def _with_record(statement: Statement) -> Statement:
    """The statement together with the one of the log, which gets its row when the subject is locked already."""
    clause: Any = statement.clause
    made = clause.cte("effect")
    (subject_id, *_) = made.c
    own = {name: made.c[name] for name in _PUBLIC_TYPE if name in made.c}
    columns = {"epoch": change_epoch(), **_ONE, "subject_id": subject_id, **own}
    logged = insert(record).from_select(list(columns), select(*columns.values()).select_from(made)).cte("logged")
    return Statement(select(made).add_cte(logged))


@lru_cache(maxsize=64)
def _place_of_public_type(statement: Statement) -> int | None:
    clause: Any = statement.clause
    names = clause.exported_columns.keys()
    return next((names.index(name) for name in _PUBLIC_TYPE if name in names), None)


def _values(unit: Unit, change: NewChange) -> dict[str, Any]:
    notes = request_context.current()
    return {
        "change_type": change.type.value,  # drivers take exact strings faster
        "change_public_type": change.public_type,
        "change_subject_id": change.subject_id,
        "change_version": change.version,
        "change_members": change.members,
        "change_moved": ",".join(map(str, change.moved)) or None,
        "change_at": unit.now(),
        "change_caller": notes.get("caller", "") if change.caller is None else change.caller,
        "change_request_id": notes.get("request_id"),
    }
