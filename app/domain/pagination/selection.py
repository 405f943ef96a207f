"""Selections: the columns of rows and their nested rows, read by one statement.

A nested page, reference or list of references becomes a JSON column of the rows above it, at any depth. REST's
`fields` and a GraphQL selection set are both such a selection.
"""

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, literal_column, select
from sqlalchemy.sql.selectable import FromClause

from app.domain.pagination.keyset import Listing, PageShape, Values, at_least_one_row, count, order_by
from app.domain.pagination.page_rows import page_rows
from app.domain.sql.conditions import each, one_of
from app.domain.sql.json_values import json_array, json_group, json_item, json_rows, json_value
from app.domain.unit_of_work import Engine, Statement

MAX_LEVELS = 4
"""Levels of nesting in one statement: SQLite's parser holds at most 100 open rules, and a level takes some 20."""


class Selection(NamedTuple):
    """The columns of a row by their names in the listing, and its nested parts."""

    columns: tuple[str, ...]
    nested: tuple["Nested", ...] = ()


class NestedReference(NamedTuple):
    """The row that a column of the row above refers to: `[id, *columns, *nested]`, or null.

    It is also null if the row is not public, unless the caller sees `everything`.
    """

    listing: Listing
    column: str
    selection: Selection
    everything: bool = False


class NestedItems(NamedTuple):
    """The rows that the items of a JSON list in a column refer to, by the item at an index: a list with nulls."""

    listing: Listing
    column: str
    item: int
    selection: Selection
    everything: bool = False


class NestedPage(NamedTuple):
    """A page of a listing for each row above, whose id is the value of a condition of the listing.

    It is `[[sort key, id, *columns, *nested], …]`, and the count of the whole list, each where it is selected; pages
    that are not `placed` have neither key nor id. The bind parameters of `shape` have the prefix `slot`.
    """

    listing: Listing
    condition: str
    slot: str
    shape: PageShape
    selection: Selection
    rows: bool
    total: bool
    placed: bool = True


Nested: TypeAlias = NestedReference | NestedItems | NestedPage


class _Row(NamedTuple):
    """A row of an enclosing statement, for its nested parts."""

    table: FromClause
    id: ColumnElement[int]
    columns: Mapping[str, ColumnElement[Any]]


@lru_cache(maxsize=256)
def page_statement(
    listing: Listing, shape: PageShape, selection: Selection, engine: Engine, *, rows: bool, total: bool
) -> Statement:
    """A page as (sort key, id, *columns, *nested).

    With `total` each row begins with the count of the whole list, also where the page is empty; without `rows` there is
    nothing but the count.
    """
    if not rows:
        return Statement(partial(count, listing, shape, Values()), engine)
    return Statement(partial(_page, listing, shape, selection, engine, total=total), engine)


def _page(
    listing: Listing, shape: PageShape, selection: Selection, engine: Engine, *, total: bool
) -> Select[Any] | CompoundSelect[Any]:
    found = page_rows(listing, shape, _needed(selection), Values(engine=engine), engine)
    if not (selection.nested or total):
        return found
    page = found.subquery("page")
    outer = _row(page, _needed(selection))
    columns = [page.c.sort_key, page.c.row_id, *_selected(selection, outer, engine, 0)]
    statement = select(*columns).select_from(page)
    if total:
        whole = count(listing, shape, Values()).scalar_subquery()
        statement = select(whole, *columns).select_from(at_least_one_row(page))
    return statement.order_by(*order_by(shape, page.c.sort_key, page.c.row_id))


@lru_cache(maxsize=256)
def rows_statement(
    listing: Listing, selection: Selection, engine: Engine, *, by: str = "", everything: bool = False
) -> Statement:
    """The rows of the ids in the list `ids`, or the one that is addressed `by` a kind: (id, *columns, *nested).

    Only public ones, unless `everything` is true.
    """
    return Statement(partial(_rows, listing, selection, engine, by=by, everything=everything), engine)


def _rows(listing: Listing, selection: Selection, engine: Engine, *, by: str, everything: bool) -> Select[Any]:
    one = listing.named.get(by, listing.id == bindparam("id", type_=listing.id.type))
    condition = _seen(listing, one if by else one_of(listing.id, "ids"), everything=everything)
    if not selection.nested:
        columns = [listing.columns[name].label(f"c_{name}") for name in selection.columns]
        return select(listing.id, *columns).select_from(listing.table).where(condition)
    base = _base(listing, _needed(selection)).where(condition).subquery("base")
    outer = _row(base, _needed(selection))
    return select(base.c.row_id, *_selected(selection, outer, engine, 0)).select_from(base)


def _seen(listing: Listing, condition: ColumnElement[bool], *, everything: bool) -> ColumnElement[bool]:
    return condition if everything or listing.visible is None else condition & listing.visible


@lru_cache(maxsize=256)
def nested_statement(page: NestedPage, engine: Engine) -> Statement:
    """A nested page for each id of the list `parents`: (parent id, *columns of the nested page)."""
    return Statement(partial(_of_parents, page, engine), engine)


def _of_parents(page: NestedPage, engine: Engine) -> Select[Any]:
    parents = each(bindparam("parents")).table_valued("value", name="value")
    outer = _Row(parents, parents.c.value, {})
    return select(parents.c.value, *_nested(page, outer, engine, 0)).select_from(parents)


def _needed(selection: Selection) -> tuple[str, ...]:
    """The selected columns, and those that nested parts need."""
    hidden = [part.column for part in selection.nested if not isinstance(part, NestedPage)]
    return tuple(dict.fromkeys((*selection.columns, *hidden)))


def _base(listing: Listing, names: tuple[str, ...]) -> Select[Any]:
    columns = [listing.columns[name].label(f"c_{name}") for name in names]
    return select(listing.id.label("row_id"), *columns).select_from(listing.table)


def _row(table: FromClause, names: tuple[str, ...]) -> _Row:
    return _Row(table, table.c.row_id, {name: table.c[f"c_{name}"] for name in names})


def _selected(selection: Selection, outer: _Row, engine: Engine, level: int) -> list[ColumnElement[Any]]:
    columns: list[ColumnElement[Any]] = [outer.columns[name] for name in selection.columns]
    return columns + [column for part in selection.nested for column in _nested(part, outer, engine, level)]


def _nested(part: Nested, outer: _Row, engine: Engine, level: int) -> list[ColumnElement[Any]]:
    if isinstance(part, NestedPage):
        return _nested_page(part, outer, engine, level)
    if isinstance(part, NestedReference):
        return [_json(_nested_reference(part, outer, engine, level), outer, level)]
    return [_json(_nested_items(part, outer, engine, level), outer, level)]


def _nested_page(part: NestedPage, outer: _Row, engine: Engine, level: int) -> list[ColumnElement[Any]]:
    values = Values(part.slot, {part.condition: outer.id}, engine)
    columns: list[ColumnElement[Any]] = []
    if part.rows:
        needed = _needed(part.selection)
        table = page_rows(part.listing, part.shape, needed, values, engine).subquery(f"{part.slot}page")
        selected = _selected(part.selection, _row(table, needed), engine, level + 1)
        place = [table.c.sort_key, table.c.row_id] if part.placed else []
        columns.append(_json(select(json_group(*place, *selected)), outer, level))
    if part.total:
        columns.append(count(part.listing, part.shape, values).scalar_subquery())
    return columns


def _nested_reference(part: NestedReference, outer: _Row, engine: Engine, level: int) -> Select[Any]:
    needed = _needed(part.selection)
    condition = _seen(part.listing, part.listing.id == outer.columns[part.column], everything=part.everything)
    table = _base(part.listing, needed).where(condition).correlate(outer.table).subquery(f"referred{level}")
    return select(json_array(table.c.row_id, *_selected(part.selection, _row(table, needed), engine, level + 1)))


def _nested_items(part: NestedItems, outer: _Row, engine: Engine, level: int) -> Select[Any]:
    items = json_rows(outer.columns[part.column]).table_valued("value", name=f"items{level}")
    identity = json_item(items.c.value, part.item, part.listing.id.type)
    item = _Row(items, literal_column("0"), {"item": identity})
    reference = NestedReference(part.listing, "item", part.selection, part.everything)
    found = _nested_reference(reference, item, engine, level + 1)
    return select(json_group(_json(found, item, level + 1), single=True)).select_from(items)


def _json(rows: Select[Any], outer: _Row, level: int) -> ColumnElement[Any]:
    """The one JSON value that a select gives, as a column; below the first level it is a part of other JSON."""
    column = rows.correlate(outer.table).scalar_subquery()
    return json_value(column) if level else column
