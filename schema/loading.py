"""Loading: one statement for each connection that an operation selects, whatever the size of the pages above it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.domain import paging
from app.domain.callers import Caller
from app.domain.errors import TandemError
from app.domain.paging import Filter, Page, Sort
from app.domain.unit import Unit
from schema import connections
from schema.lookahead import Field, Lookahead
from schema.nodes import Node
from schema.nouns import Build, Noun, Rows, Shape, ToMany, ToOne


class Loader:
    """Fetches what an operation selects, top down, on one unit of work."""

    def __init__(self, unit: Unit, lookahead: Lookahead, nouns: Mapping[str, Noun], caller: Caller) -> None:
        self.unit = unit
        self.caller = caller
        self.lookahead = lookahead
        self.nouns = nouns

    async def connection(self, noun: Noun, field: Field, narrowed: Filter, sort: Sort) -> Any:
        """A connection from the root."""
        shape = _Shape(self.lookahead, noun, field)
        page = await paging.page(
            self.unit, noun.listing, narrowed, sort, connections.window(field.args), shape.columns, total=shape.total
        )
        built = shape.built(page)
        for one, nodes in zip(shape.nodes, built, strict=True):
            await self._descend(noun, nodes, one.fields)
        return shape.connection(page, built)

    async def things(self, noun: Noun, ids: Sequence[int], field: Field) -> dict[int, Node]:
        """Things by their ids, with what the field selects of them."""
        fields = self.lookahead.fields(field.below, noun.name)
        columns, build = noun.plan(frozenset(f.name for f in fields))
        rows = await self.unit.all(paging.by_ids(noun.listing, columns), ids=list(ids)) if ids else []
        found = {row[0]: build(row[1:]) for row in rows}
        if noun.owner:
            mine = f"_{noun.owner}"
            found = {i: thing for i, thing in found.items() if getattr(thing, mine) == self.caller.name}
        await self._descend(noun, list(found.values()), fields)
        return found

    async def thing_of(self, noun: Noun, snapshot: Mapping[str, Any], field: Field) -> Node:
        """A thing as a command left it; what stands below it is read as it is now."""
        fields = self.lookahead.fields(field.below, noun.name)
        columns, build = noun.plan(frozenset(f.name for f in fields))
        thing = build([snapshot.get(column) for column in columns])
        await self._descend(noun, [thing], fields)
        return thing

    async def _descend(self, noun: Shape, things: Sequence[Any], fields: Sequence[Field]) -> None:
        """Fetch what is selected below things, for all of them at once."""
        for thing in things:
            thing.children = {}
        if not things:
            return
        for field in fields:
            if field.name in noun.many:
                await self._attach_many(noun.many[field.name], things, field)
            elif field.name in noun.one:
                await self._attach_one(noun.one[field.name], things, field)
            elif field.name in noun.lists:
                await self._attach_list(noun.lists[field.name], things, field)

    async def _attach_one(self, link: ToOne, things: Sequence[Any], field: Field) -> None:
        wanted = {getattr(thing, f"_{link.column}") for thing in things} - {None}
        found = await self.things(self.nouns[link.noun], sorted(wanted), field)
        for thing in things:
            thing.children[field.key] = found.get(getattr(thing, f"_{link.column}"))

    async def _attach_list(self, rows: Rows, things: Sequence[Any], field: Field) -> None:
        fields = self.lookahead.fields(field.below, rows.shape.name)
        columns, build = rows.shape.plan(frozenset(f.name for f in fields))
        for thing in things:
            given = getattr(thing, f"_{field.name}")
            thing.children[field.key] = [build([row[column] for column in columns]) for row in given]
        await self._descend(rows.shape, [one for thing in things for one in thing.children[field.key]], fields)

    async def _attach_many(self, link: ToMany, things: Sequence[Any], field: Field) -> None:
        noun = self.nouns[link.noun]
        try:
            window, sort = connections.window(field.args), link.sort(field.args)
            narrowed = {thing._id: link.narrowed(thing._id, field.args) for thing in things}  # noqa: SLF001 - the plan put it there
        except TandemError as error:
            for thing in things:
                thing.children[field.key] = error
            return
        shape = _Shape(self.lookahead, noun, field)
        pages = await paging.pages(self.unit, noun.listing, narrowed, sort, window, shape.columns, total=shape.total)
        built = {parent: shape.built(page) for parent, page in pages.items() if isinstance(page, Page)}
        for n, one in enumerate(shape.nodes):
            await self._descend(noun, [node for lists in built.values() for node in lists[n]], one.fields)
        made = {
            parent: shape.connection(page, built[parent]) if isinstance(page, Page) else page
            for parent, page in pages.items()
        }
        for thing in things:
            thing.children[field.key] = made[thing._id]  # noqa: SLF001


class _Nodes(NamedTuple):
    """One `node` of one `edges`, each under its response key: what is selected of the nodes, and what builds them."""

    edges: str
    node: str
    fields: list[Field]
    columns: tuple[str, ...]
    build: Build


class _Shape:
    """What is selected of a connection, and how its rows become edges; each alias has edges and nodes of its own."""

    def __init__(self, lookahead: Lookahead, noun: Noun, field: Field) -> None:
        self.noun = noun
        selected = lookahead.fields(field.below, noun.connection.__name__)
        self.total = any(f.name == "totalCount" for f in selected)
        self.cursors: dict[str, bool] = {}
        self.nodes: list[_Nodes] = []
        for edges in (f for f in selected if f.name == "edges"):
            of_edge = lookahead.fields(edges.below, noun.edge.__name__)
            self.cursors[edges.key] = any(f.name == "cursor" for f in of_edge)
            for node in (f for f in of_edge if f.name == "node"):
                fields = lookahead.fields(node.below, noun.name)
                self.nodes.append(_Nodes(edges.key, node.key, fields, *noun.plan(frozenset(f.name for f in fields))))
        self.columns = tuple(sorted({column for one in self.nodes for column in one.columns} | {"id"}))

    def built(self, page: Page) -> list[list[Any]]:
        """The page's nodes, a list for each of `nodes`."""
        found = []
        for one in self.nodes:
            places = [2 + self.columns.index(column) for column in one.columns]
            found.append([one.build([row[place] for place in places]) for row in page.rows])
        return found

    def connection(self, page: Page, built: Sequence[Sequence[Any]]) -> Any:
        """The connection of a page; `edges` and `node` hold what stands under each response key."""
        edges = {}
        for key, cursors in self.cursors.items():
            mine = [(one.node, nodes) for one, nodes in zip(self.nodes, built, strict=True) if one.edges == key]
            edges[key] = [
                self.noun.edge(
                    cursor=page.cursor(row) if cursors else "", node={name: nodes[n] for name, nodes in mine}
                )
                for n, row in enumerate(page.rows)
            ]
        return self.noun.connection(edges=edges, page_info=connections.page_info(page), total_count=page.total)
