"""Connections (Relay): pages of rows, at the root or nested, and their selections."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, repeat
from typing import Any, NamedTuple, TypeAlias

from app.domain.errors import InvalidCursor
from app.domain.pagination import cursors, paging
from app.domain.pagination.selection import NestedPage, nested_statement
from app.domain.unit_of_work import Engine, Unit
from schema.execution.arguments import ArgumentReader
from schema.execution.objects import ObjectPlan, Struct, regrouped
from schema.execution.rows import Column, PreparedPage, Request, RowPlan, Table, decoded
from schema.execution.summaries import SummaryPlan
from schema.execution.type_mapping import Connection


class Edges(NamedTuple):
    """A selection of `edges`; a value is the plan of a node, or the name of a field."""

    struct: Struct
    values: Sequence[ObjectPlan | str]


class PageInfo(NamedTuple):
    """A selection of `pageInfo`, by the names of its fields."""

    struct: Struct
    fields: Sequence[str]


ConnectionField: TypeAlias = Edges | PageInfo | SummaryPlan | str
"""`totalCount`, `correctedQuery`, `__typename`, or a selection below the connection."""


class Cut(NamedTuple):
    """The pages of one connection field, one below each parent: how many rows each has, and what is around it.

    `keys` are the sort keys of all rows; `refused` holds the errors of pages whose cursor belongs to another list.
    """

    parents: Column
    sizes: Sequence[int]
    has_next: Sequence[bool]
    has_previous: Sequence[bool]
    totals: Column
    keys: Column
    refused: dict[int, InvalidCursor]


class PagePlan:
    """A connection field: its arguments, the rows of its pages, and its selection."""

    def __init__(self, arguments: ArgumentReader, row: RowPlan, connection: Connection | None = None) -> None:
        self.arguments, self.row, self.connection = arguments, row, connection
        self.struct: Struct
        self.fields: Sequence[ConnectionField] = ()
        self.constant: dict[Engine, PreparedPage] = {}
        """The arguments, if they have no variables."""

    def select(self, struct: Struct, fields: Sequence[ConnectionField]) -> None:
        """Set the selection of the connection."""
        self.struct, self.fields = struct, fields

    @cached_property
    def summaries(self) -> list[SummaryPlan]:
        """The selections that concern the whole list."""
        return [one for one in self.fields if isinstance(one, SummaryPlan)]

    async def summarize(self, request: Request, unit: Unit) -> None:
        """Read the selections of the whole lists, after their pages."""
        if self.summaries:
            cut: Cut = request.states[self]
            lists = [self._conditions(request.pages[self], parent) for parent in cut.parents]
            for one in self.summaries:
                await one.read(request, unit, lists, nested=self.connection is not None)

    def _conditions(self, page: PreparedPage, parent: int) -> dict[str, Any]:
        conditions = {name: page.values[name] for name in page.conditions}
        return {self.connection.condition: parent} | conditions if self.connection else conditions

    @property
    def total(self) -> bool:
        """Whether the count of the list is selected."""
        return "totalCount" in self.fields

    @property
    def rows(self) -> bool:
        """Whether anything besides the count is selected."""
        return any(one != "totalCount" for one in self.fields)

    @cached_property
    def keyed(self) -> bool:
        """Whether the rows need their sort keys and ids: at the root, for cursors, and for nested parts."""
        named = [one for field in self.fields if isinstance(field, Edges | PageInfo) for one in _names(field)]
        cursors_shown = not {"cursor", "startCursor", "endCursor"}.isdisjoint(
            one for one in named if isinstance(one, str)
        )
        return self.connection is None or cursors_shown or bool(self.row.parts) or not self.row.columns

    def page_of(self, request: Request, rows: Iterable[tuple[Any, int, Mapping[str, Any]]]) -> Sequence[Sequence[Any]]:
        """The rows of one page, as its statement has them, of a whole list in sort order: (sort key, id, columns)."""
        page = request.pages[self]
        after, before = ([page.values.get(f"{side}_{part}") for part in ("key", "id")] for side in ("after", "before"))
        found = [
            [*((key, row_id) if self.keyed else ()), *(columns[name] for name in self.row.columns)]
            for key, row_id, columns in rows
            if (after[0] is None or [key, row_id] > after) and (before[0] is None or [key, row_id] < before)
        ]
        return (found[::-1] if page.window.backward else found)[: page.window.size + 1]

    def cut(self, request: Request, parents: Column, lists: Sequence[Sequence[Any]], totals: Column) -> None:
        """Store the rows of the pages in the request; `rows` has one row more than a page if more follow."""
        page = request.pages[self]
        refused = self._refused(page, parents)
        pages = [page.window.cut(() if n in refused else rows) for n, rows in enumerate(lists)]
        rows = list(chain.from_iterable(rows for rows, _, _ in pages))
        keys = self.row.arrange(request, rows, skipped=1 if self.keyed else -1)
        request.states[self] = Cut(
            parents,
            [len(rows) for rows, _, _ in pages],
            [more for _, more, _ in pages],
            [more for _, _, more in pages],
            totals,
            keys,
            refused,
        )

    def render(self, request: Request) -> list[Any]:
        """The connection of each parent, or its error."""
        cut: Cut = request.states[self]
        made = [self._field(one, cut, request) for one in self.fields]
        connections = self.struct.many(made, len(cut.parents), request)
        for place, error in cut.refused.items():
            connections[place] = error
            request.failed = True
        return connections

    def _field(self, selected: ConnectionField, cut: Cut, request: Request) -> Sequence[Any]:
        if isinstance(selected, Edges):
            return self._edges(selected, cut, request)
        if isinstance(selected, PageInfo):
            return self._page_info(selected, cut, request)
        if isinstance(selected, SummaryPlan):
            return selected.render(request)
        if selected == "totalCount":
            return cut.totals
        value = request.pages[self].corrected if selected == "correctedQuery" else self.struct.type_name
        return [value] * len(cut.parents)

    def _edges(self, edges: Edges, cut: Cut, request: Request) -> list[list[Any]]:
        table = request.tables[self.row]
        values = [
            one.render(table, request)
            if isinstance(one, ObjectPlan)
            else self._cursors(cut, request)
            if one == "cursor"
            else repeat(edges.struct.type_name, len(table.ids))
            for one in edges.values
        ]
        made = edges.struct.many(values, len(table.ids), request)
        return regrouped(made, cut.sizes) if len(cut.sizes) != 1 else [made]

    def _cursors(self, cut: Cut, request: Request) -> list[str]:
        """The cursors of all rows."""
        ids = request.tables[self.row].ids
        found: list[str] = []
        for parent, size in zip(cut.parents, cut.sizes, strict=True):
            encode = self._encoder(request.pages[self], parent)
            begin = len(found)
            found += map(encode, cut.keys[begin : begin + size], ids[begin : begin + size])
        if request.counts_bytes:
            request.count_bytes(sum(map(len, found)))
        return found

    def _page_info(self, info: PageInfo, cut: Cut, request: Request) -> list[Any]:
        ends = list(accumulate(cut.sizes))
        values: list[Sequence[Any]] = []
        for name in info.fields:
            if name == "hasNextPage":
                values.append(cut.has_next)
            elif name == "hasPreviousPage":
                values.append(cut.has_previous)
            elif name == "__typename":
                values.append([info.struct.type_name] * len(ends))
            else:
                back = [1] * len(ends) if name == "endCursor" else cut.sizes
                values.append(self._cursors_at([end - n for end, n in zip(ends, back, strict=True)], cut, request))
        return info.struct.many(values, len(ends), request)

    def _cursors_at(self, places: Sequence[int], cut: Cut, request: Request) -> list[str | None]:
        """The cursor of one row of each page, by its index among all rows; `None` for an empty page."""
        ids, page = request.tables[self.row].ids, request.pages[self]
        return [
            self._encoder(page, parent)(cut.keys[place], ids[place]) if size else None
            for place, parent, size in zip(places, cut.parents, cut.sizes, strict=True)
        ]

    def _encoder(self, page: PreparedPage, parent: int) -> Callable[[int | str, int], str]:
        return cursors.encoder(str(page.sort), self.fingerprint(page, parent))

    def fingerprint(self, page: PreparedPage, parent: int) -> str:
        """The fingerprint of the list of a parent."""
        found = paging.fingerprint(self.row.type.listing, self._filter(page, parent))
        return cursors.with_correction(found, page.corrected)

    def _filter(self, page: PreparedPage, parent: int) -> Any:
        return self.connection.within(page.filter, parent) if self.connection else page.filter

    def _refused(self, page: PreparedPage, parents: Column) -> dict[int, InvalidCursor]:
        """The pages with cursors of another parent's list."""
        sent = [cursor for cursor in (page.window.after, page.window.before) if cursor is not None]
        if not sent or self.connection is None:
            return {}
        return {n: InvalidCursor() for n, parent in enumerate(parents) if not self._is_of_list(page, parent, sent)}

    def _is_of_list(self, page: PreparedPage, parent: int, sent: list[str]) -> bool:
        """Whether cursors belong to the list of a parent."""
        filter_ = self._filter(page, parent)
        return all(
            cursors.fingerprint_of(one) == paging.fingerprint_for(one, self.row.type.listing, filter_) for one in sent
        )


def _names(selected: Edges | PageInfo) -> Sequence[ObjectPlan | str]:
    return selected.values if isinstance(selected, Edges) else selected.fields


async def complete_pages(request: Request, pages: Iterable[PagePlan], unit: Unit) -> None:
    """Complete the bind values of the pages of one statement; raises `InvalidCursor`."""
    for plan in pages:
        page, listing = request.pages[plan], plan.row.type.listing
        await page.window.refresh(unit, listing, page.sort, page.values)
        if listing.prepare is not None:
            conditions, corrected = await listing.prepare(unit, page.filter, page.sort, page.values)
            request.pages[plan] = page._replace(
                values=page.values | conditions, conditions=tuple(conditions), corrected=corrected
            )


class NestedPages:
    """A connection nested in other rows."""

    def __init__(self, plan: PagePlan, slot: str, level: int, *, detached: bool) -> None:
        self.plan, self.slot, self.detached = plan, slot, detached
        self._text = detached or level == 0

    @property
    def width(self) -> int:
        """The number of its columns."""
        return self.plan.rows + self.plan.total

    @property
    def row(self) -> RowPlan:
        """The plan of the page's rows."""
        return self.plan.row

    def nested(self, request: Request) -> NestedPage:
        """The part of the statement."""
        plan, page = self.plan, request.pages[self.plan]
        assert plan.connection  # noqa: S101 - it is nested
        return NestedPage(
            plan.row.type.listing,
            plan.connection.condition,
            self.slot,
            page.window.shape(page.sort, (plan.connection.condition, *page.conditions)),
            plan.row.selection(request),
            plan.rows,
            plan.total,
            plan.keyed,
        )

    def pages(self) -> list[PagePlan]:
        """The connections of this part and of its nested parts in the same statement."""
        return [self.plan, *self.row.pages()]

    def values(self, request: Request) -> dict[str, Any]:
        """The bind values of this part and of its nested parts in the same statement."""
        own = {f"{self.slot}{name}": value for name, value in request.pages[self.plan].values.items()}
        return own | self.row.values(request) if self.row.parts else own

    def arrange(self, request: Request, above: Table, cells: Sequence[Column]) -> None:
        """Store the pages of the cells in the request."""
        lists = decoded(cells[0], text=self._text) if self.plan.rows else [()] * len(above.ids)
        self.plan.cut(request, above.ids, lists, cells[-1] if self.plan.total else ())

    async def load(self, request: Request, above: Table, unit: Unit) -> None:
        """Read the pages of the table's rows by one statement."""
        parents = list(dict.fromkeys(above.ids))
        rows: Sequence[Any] = ()
        if parents:
            await complete_pages(request, self.pages(), unit)
            statement = nested_statement(self.nested(request), unit.engine)
            rows = await unit.all(statement, parents=parents, **self.values(request))
        found = {row[0]: row[1:] for row in rows}
        self.arrange(request, above, [[found[i][n] for i in above.ids] for n in range(self.width)])
        await self.plan.summarize(request, unit)
        await self.plan.row.load(request, unit)
