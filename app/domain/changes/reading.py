"""Reads the change log: records in order, as the changes that a caller may see."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, tuple_, union_all

from app.domain import visibility
from app.domain.callers import Caller, Scope
from app.domain.changes import runs
from app.domain.changes.epochs import horizon
from app.domain.changes.log import Type, c
from app.domain.changes.models import MANY_PRODUCTS, ONE_PRODUCT
from app.domain.changes.places import CursorExpired, Place
from app.domain.sql.tables import bind
from app.domain.unit_of_work import Engine, Statement, Unit, first

T = TypeVar("T")
WINDOW = 200
"""Records per read."""
MAX_SCANNED = 5_000
"""The maximum changes and skipped records that one page scans; a selective filter continues on the next page."""


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
    """A change as a caller sees it. `number` counts the changes of one record, from 0.

    A `hidden` change is visible only with access to inactive products.
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
        """The id of the change, unique in the log."""
        return f"{self.record.id}.{self.number}"

    @property
    def subject(self) -> str:
        """The type of its subject."""
        return self.type.partition(".")[0]

    @property
    def place(self) -> Place:
        """The place after this change."""
        return Place(self.record.epoch, self.record.id, self.number + 1, self.record.at)


class ChangeAccess(NamedTuple):
    """What a caller may see: inactive products if `whole`, and its own orders if `orders`; else `caller` is empty."""

    caller: str
    whole: bool
    orders: bool

    @classmethod
    def of(cls, caller: Caller) -> "ChangeAccess":
        """The access of a caller."""
        orders = Scope.ORDERS_READ in caller.scopes
        return cls(caller.name if orders else "", visibility.sees_everything(caller), orders)

    def type_of(self, change: Change) -> str | None:
        """The type of a change with this access; `None` if it is invisible."""
        row = change.record
        if change.subject == "order":
            return change.type if self.orders and row.caller == self.caller else None
        if self.whole or (row.public_type is None and not change.hidden):
            return change.type
        return None if change.hidden else row.public_type or None


class Filter(NamedTuple):
    """A filter of changes: some types, or one subject (its type and id)."""

    types: frozenset[str] | None = None
    subject: tuple[str, int] | None = None

    def matches(self, change: Change) -> bool:
        """Whether a change matches."""
        if self.types is not None and change.type not in self.types:
            return False
        return self.subject is None or self.subject == (change.subject, change.subject_id)

    def may_match(self, row: Record) -> bool:
        """Whether a change of a record may match."""
        types = {row.type, row.public_type, Type.PRODUCT_STOCK_CHANGED.value if row.moved else None}
        if self.types is not None and self.types.isdisjoint(types):
            return False
        if self.subject is None or row.runs is None:
            return True
        return self.subject[0] == Type(row.type).subject and runs.may_have(row.runs, self.subject[1])


class Page(NamedTuple):
    """Some changes, the place after them, and whether there are more.

    Followers share pages of the newest records; `made` caches what they render from one (`once`).
    """

    changes: list[Change]
    next: Place
    more: bool
    made: dict[Hashable, Any] | None = None

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result of `make`, once for all who share the page and the key."""
        if self.made is None:
            return make()
        if key not in self.made:
            self.made[key] = make()
        return cast(T, self.made[key])

    @property
    def is_scan(self) -> bool:
        """Whether very many changes were scanned without a match."""
        return self.more and not self.changes


def changes_of(row: Record) -> Iterator[Change]:
    """The changes of a record in order."""
    members = tuple(row.members.split(",")) if row.members else ()
    if row.runs is not None:
        for number, (subject_id, version) in enumerate(runs.decode(row.runs)):
            yield Change(row, number, row.type, subject_id, version, members)
        return
    yield Change(row, 0, row.type, row.subject_id, row.version, members)
    for number, moved in enumerate(map(int, row.moved.split(",")) if row.moved else (), 1):
        yield Change(row, number, Type.PRODUCT_STOCK_CHANGED.value, abs(moved), None, ("stock",), hidden=moved < 0)


def collect(rows: Iterable[Record], start: Place, access: ChangeAccess, filter_: Filter, size: int) -> Page:
    """The changes of records from a place on, at most `size`; a page ends early after `MAX_SCANNED`."""
    return _collect(rows, start, access, filter_, size, MAX_SCANNED)[0]


def _collect(
    rows: Iterable[Record], start: Place, access: ChangeAccess, filter_: Filter, size: int, left: int
) -> tuple[Page, int]:
    """The same as `collect`, and how many changes may still be scanned."""
    found: list[Change] = []
    place = start
    for row in rows:
        if left <= 0:
            return Page(found, place, more=True), left
        left -= 1
        after = start.seen if start[:2] == row[:2] else 0
        for change in changes_of(row) if _may_contain(row, access, filter_) else ():
            left -= 1
            shown = access.type_of(change) if change.number >= after else None
            if shown is None:
                continue
            visible = change if shown == change.type else change._replace(type=shown, members=())
            if filter_.matches(visible):
                if len(found) == size:
                    return Page(found, found[-1].place if found else place, more=True), left
                found.append(visible)
        place = Place(row.epoch, row.id + 1, 0, row.at)
    return Page(found, place, more=False), left


def _may_contain(row: Record, access: ChangeAccess, filter_: Filter) -> bool:
    """Whether a record may have a visible change that matches; the up to 1,000 changes of a batch are alike."""
    if row.runs is not None and access.type_of(Change(row, 0, row.type, row.subject_id, None, ())) is None:
        return False
    return filter_.may_match(row)


async def records(unit: Unit, place: Place) -> list[Record]:
    """A window of records after a place."""
    rows = await unit.all(_EVERY[unit.engine], epoch=place.epoch, id=place.id, size=WINDOW)
    return list(map(Record._make, rows))


async def page(unit: Unit, start: Place, access: ChangeAccess, filter_: Filter, size: int) -> Page:
    """The changes after a place, at most `size`."""
    return await _page(unit, _EVERY, start, access, filter_, size)


async def page_of_product(unit: Unit, product_id: int, start: Place, access: ChangeAccess, size: int) -> Page:
    """The changes of one product from a place on; not those of its stock that orders made, which no index finds."""
    return await _page(
        unit, _OF_PRODUCT, start, access, Filter(None, ("product", product_id)), size, product=product_id
    )


async def _page(
    unit: Unit,
    statements: Mapping[Engine, Statement],
    start: Place,
    access: ChangeAccess,
    filter_: Filter,
    size: int,
    **of: int,
) -> Page:
    found: list[Change] = []
    place, left = start, MAX_SCANNED
    while left > 0:
        rows = await unit.all(statements[unit.engine], epoch=place.epoch, id=place.id, size=WINDOW, **of)
        part, left = _collect(map(Record._make, rows), place, access, filter_, size - len(found), left)
        found, place = found + part.changes, part.next
        if part.more:
            return Page(found, place, more=True)
        if len(rows) < WINDOW:
            return Page(found, place if rows else await _end_of_log(unit, place), more=False)
    return Page(found, place, more=True)


async def _end_of_log(unit: Unit, place: Place) -> Place:
    """A place at the end of the log, as of now. Raises `CursorExpired` if it is beyond the end."""
    if place[:2] > (await end(unit))[:2]:
        raise CursorExpired
    return place._replace(at=unit.now())


async def end(unit: Unit) -> Place:
    """The place after all that is complete now."""
    ((epoch, identity),) = await unit.all(_END[unit.engine])
    return Place(epoch, identity, at=unit.now())


_EPOCH, _IDENTITY = bind(c.epoch), bind(c.id)
_SIZE, _PRODUCT = bind(c.id, "size"), bind(c.subject_id, "product")
_FROM_PLACE: dict[Engine, ColumnElement[bool]] = {
    "sqlite": c.id >= _IDENTITY,
    "postgresql": and_(tuple_(c.epoch, c.id) >= tuple_(_EPOCH, _IDENTITY), c.epoch < horizon()),
}
"""Whether a record is complete, and at a place or after it."""


async def pending(unit: Unit) -> bool:
    """Whether a running transaction holds back records."""
    return unit.engine == "postgresql" and await first(unit, _PENDING) is not None


def _rows(engine: Engine) -> Select[Any]:
    epoch = func.coalesce(c.epoch, literal_column("0")) if engine == "sqlite" else c.epoch
    columns = [epoch.label("epoch"), *(c[name] for name in Record._fields[1:])]
    return select(*columns).where(_FROM_PLACE[engine])


def _every(engine: Engine) -> Statement:
    order = (c.id,) if engine == "sqlite" else (c.epoch, c.id)
    return Statement(_rows(engine).order_by(*order).limit(_SIZE))


def _of_product(engine: Engine) -> Statement:
    """The records of one product. Ids have the order of its changes: a writer draws one under the product's lock."""
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
