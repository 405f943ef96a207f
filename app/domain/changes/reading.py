"""Reading the change log: records in their order, as the changes that one who looks at them may see."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, select, tuple_, union_all

from app.domain import visibility
from app.domain.callers import Caller, Scope
from app.domain.changes import runs
from app.domain.changes.epochs import horizon
from app.domain.changes.log import Type, c
from app.domain.changes.models import MANY_PRODUCTS, ONE_PRODUCT
from app.domain.changes.places import CursorExpired, Place
from app.domain.unit_of_work import Engine, Statement, Unit, first

WINDOW = 200
"""Records that are read at once."""
_MOST_WINDOWS = 20
"""Windows of one page: whoever looks for few among many goes on with another page."""


class Record(NamedTuple):
    """A row of the log."""

    epoch: int
    id: int
    type: str
    public_type: str | None
    subject_id: int | None
    runs: str | None
    moved: str | None
    version: int | None
    members: str
    at: int
    caller: str
    request_id: str | None


class Change(NamedTuple):
    """A change as it is told; `place` is where its reader goes on, `number` its own among those of its record.

    Only those who see what is not public see a `hidden` one.
    """

    record: Record
    number: int
    type: str
    subject_id: int | None
    version: int | None
    members: tuple[str, ...]
    hidden: bool = False

    @property
    def id(self) -> str:
        """Its id, which no other change has."""
        return f"{self.record.id}.{self.number}"

    @property
    def subject(self) -> str:
        """The type of its subject."""
        return self.type.partition(".")[0]

    @property
    def place(self) -> Place:
        """Where its reader goes on."""
        return Place(self.record.epoch, self.record.id, self.number + 1, self.record.at)


class View(NamedTuple):
    """Who looks: someone may see what is not public, or its own orders."""

    caller: str
    whole: bool
    orders: bool

    @classmethod
    def of(cls, caller: Caller) -> "View":
        """The view of a caller."""
        return cls(caller.name, visibility.sees_everything(caller), Scope.ORDERS_READ in caller.scopes)

    def type_of(self, change: Change) -> str | None:
        """The type of a change as this view has it; None where it sees nothing of it."""
        row = change.record
        if change.subject == "order":
            return change.type if self.orders and row.caller == self.caller else None
        if self.whole or (row.public_type is None and not change.hidden):
            return change.type
        return None if change.hidden else row.public_type or None


class Filter(NamedTuple):
    """Which changes: of some types, of one subject (its type and id)."""

    types: frozenset[str] | None = None
    subject: tuple[str, int] | None = None

    def holds(self, change: Change) -> bool:
        """Whether a change is among them."""
        if self.types is not None and change.type not in self.types:
            return False
        return self.subject is None or self.subject == (change.subject, change.subject_id)


class Page(NamedTuple):
    """Some changes, where their reader goes on, and whether there are more by now."""

    changes: list[Change]
    next: Place
    more: bool


def changes_of(row: Record) -> Iterator[Change]:
    """The changes of a record, in their order."""
    members = tuple(row.members.split(",")) if row.members else ()
    if row.runs is not None:
        for number, (subject_id, version) in enumerate(runs.decode(row.runs)):
            yield Change(row, number, row.type, subject_id, version, members)
        return
    yield Change(row, 0, row.type, row.subject_id, row.version, members)
    for number, moved in enumerate(map(int, row.moved.split(",")) if row.moved else (), 1):
        yield Change(row, number, Type.PRODUCT_STOCK_CHANGED.value, abs(moved), None, ("stock",), hidden=moved < 0)


def seen(row: Record, view: View, after: int = 0) -> Iterator[Change]:
    """The changes of a record that a view sees, without the first so many."""
    for change in changes_of(row):
        if change.number >= after and (type_ := view.type_of(change)) is not None:
            yield change if type_ == change.type else change._replace(type=type_, members=())


def collect(rows: Iterable[Record], start: Place, view: View, wanted: Filter, size: int) -> Page:
    """The changes of records from a place on, at most so many."""
    found: list[Change] = []
    place = start
    for row in rows:
        for change in seen(row, view, start.seen if start[:2] == row[:2] else 0):
            if wanted.holds(change):
                if len(found) == size:
                    return Page(found, found[-1].place if found else place, more=True)
                found.append(change)
        place = Place(row.epoch, row.id + 1, 0, row.at)
    return Page(found, place, more=False)


async def records(unit: Unit, place: Place) -> list[Record]:
    """A window of records from a place on."""
    rows = await unit.all(_EVERY[unit.engine], epoch=place.epoch, id=place.id, size=WINDOW)
    return list(map(Record._make, rows))


async def page(unit: Unit, start: Place, view: View, wanted: Filter, size: int) -> Page:
    """The changes from a place on, at most so many."""
    return await _page(unit, _EVERY, start, view, wanted, size)


async def page_of_product(unit: Unit, product_id: int, start: Place, view: View, size: int) -> Page:
    """The changes of one product from a place on; not those of its stock that orders made, which no index finds."""
    return await _page(unit, _OF_PRODUCT, start, view, Filter(None, ("product", product_id)), size, product=product_id)


async def _page(
    unit: Unit, statements: Mapping[Engine, Statement], start: Place, view: View, wanted: Filter, size: int, **of: int
) -> Page:
    found: list[Change] = []
    place = start
    for _ in range(_MOST_WINDOWS):
        rows = await unit.all(statements[unit.engine], epoch=place.epoch, id=place.id, size=WINDOW, **of)
        part = collect(map(Record._make, rows), place, view, wanted, size - len(found))
        found, place = found + part.changes, part.next
        if part.more:
            return Page(found, place, more=True)
        if len(rows) < WINDOW:
            return Page(found, place if rows else await _still(unit, place), more=False)
    return Page(found, place, more=True)


async def _still(unit: Unit, place: Place) -> Place:
    """A place after which nothing is: it is no older than now. Raises `CursorExpired` where this log never had it."""
    if place[:2] > (await end(unit))[:2]:
        raise CursorExpired
    return place._replace(at=unit.now())


async def end(unit: Unit) -> Place:
    """The place after all that is complete now."""
    row = await first(unit, _END[unit.engine])
    assert row is not None  # noqa: S101 - it aggregates
    epoch, identity = row
    return Place(epoch, identity, at=unit.now())


_EPOCH, _IDENTITY = bindparam("epoch", type_=c.epoch.type), bindparam("id", type_=c.id.type)
_SIZE, _PRODUCT = bindparam("size", type_=c.id.type), bindparam("product", type_=c.subject_id.type)
_FROM_PLACE: dict[Engine, ColumnElement[bool]] = {
    "sqlite": c.id >= _IDENTITY,
    "postgresql": and_(tuple_(c.epoch, c.id) >= tuple_(_EPOCH, _IDENTITY), c.epoch < horizon()),
}
"""Whether a record is complete, and stands at a place or after it."""


async def pending(unit: Unit) -> bool:
    """Whether there are records that a running transaction holds back."""
    return unit.engine == "postgresql" and await first(unit, _PENDING) is not None


def _rows(engine: Engine) -> Select[Any]:
    epoch = func.coalesce(c.epoch, literal_column("0")) if engine == "sqlite" else c.epoch
    columns = [epoch.label("epoch"), *(c[name] for name in Record._fields[1:])]
    return select(*columns).where(_FROM_PLACE[engine])


def _every(engine: Engine) -> Statement:
    order = (c.id,) if engine == "sqlite" else (c.epoch, c.id)
    return Statement(_rows(engine).order_by(*order).limit(_SIZE))


def _of_product(engine: Engine) -> Statement:
    """Those of one subject stand in the order of their ids, too: whoever draws one holds its lock."""
    single = _rows(engine).where(ONE_PRODUCT, c.subject_id == _PRODUCT).order_by(c.id).limit(_SIZE).subquery()
    batches = _rows(engine).where(MANY_PRODUCTS, c.last_id >= _PRODUCT, c.subject_id <= _PRODUCT).subquery()
    both = union_all(select(single), select(batches))
    return Statement(both.order_by(literal_column("id")).limit(_SIZE))


_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
_EVERY = {engine: _every(engine) for engine in _ENGINES}
_OF_PRODUCT = {engine: _of_product(engine) for engine in _ENGINES}
_END: dict[Engine, Statement] = {
    "sqlite": Statement(select(literal_column("0"), func.coalesce(func.max(c.id), literal_column("0")) + 1)),
    "postgresql": Statement(select(horizon(), literal_column("0"))),
}
_PENDING = Statement(select(literal_column("1")).where(c.epoch >= horizon()).limit(literal_column("1")))
