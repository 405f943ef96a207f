"""Builds plans from the selections of an operation and the mapping of its types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.domain.pagination.selection import MAX_LEVELS
from app.rate_limiting import costs
from schema.execution import objects
from schema.execution.any_rows import AnyRows
from schema.execution.arguments import ArgumentReader
from schema.execution.cost import too_complex
from schema.execution.fields import SelectedField, Selections
from schema.execution.objects import EmbeddedColumns, ObjectPlan, Struct, bytes_of
from schema.execution.pages import ConnectionField, Edges, NestedPages, PageInfo, PagePlan
from schema.execution.references import NestedReferences
from schema.execution.rows import Maker, RowPlan
from schema.execution.summaries import SummaryPlan
from schema.execution.type_mapping import (
    AnyNode,
    Connection,
    EmbeddedList,
    EmbeddedObject,
    ItemReference,
    Leaf,
    LeafList,
    LeafWithArguments,
    NodeType,
    ObjectType,
    Reference,
    Summary,
)
from schema.execution.weight import SelectedObject, SelectedPage

MAX_STATEMENT_PARTS = 60
"""The maximum number of lists and references in one operation."""
MAX_NESTED_PARTS = 20
"""The maximum below other objects: to build the SQL of each takes some 3 ms, the first time.

Each is a column of its row, of which a PostgreSQL function takes 100.
"""
_CURSOR = 1_200
"""The maximum bytes of a cursor."""


class Columns(Protocol):
    """Assigns each column of a row its index."""

    def column(self, name: str) -> int:
        """The index of a column."""


@dataclass(slots=True)
class BoundLeaf:
    """A leaf whose conversion depends on arguments."""

    arguments: ArgumentReader
    source: LeafWithArguments


@dataclass(slots=True)
class Builder:
    """Builds the plans of one operation, and collects those with arguments."""

    selections: Selections
    types: Mapping[str, NodeType]
    pages: list[PagePlan] = field(default_factory=list)
    bound_leaves: list[BoundLeaf] = field(default_factory=list)
    subjects: list[AnyRows] = field(default_factory=list)
    parts: int = 0
    nested: int = 0

    def object(
        self, type_: ObjectType, fields: Sequence[SelectedField], columns: Columns, row: RowPlan | None
    ) -> tuple[ObjectPlan, SelectedObject]:
        """The plan of a selection of an object, which is `row` or is embedded in it."""
        weight = SelectedObject(bytes=bytes_of([one.key for one in fields]))
        makers = [self._maker(type_, one, columns, row, weight) for one in fields]
        return ObjectPlan(type_.name, [one.key for one in fields], makers), weight

    def node(self, row: RowPlan, fields: Sequence[SelectedField]) -> tuple[ObjectPlan, SelectedObject]:
        """The plan of a selection of a row."""
        return self.object(row.type, fields, row, row)

    def connection(self, plan: PagePlan, selected: SelectedField) -> SelectedPage:
        """Complete the plan of a connection from its selection."""
        fields = self.below(selected, selected.type_name)
        weight = SelectedPage(plan, bytes=bytes_of([one.key for one in fields]))
        values = [self._connection_field(plan, one, weight) for one in fields]
        plan.select(Struct(selected.type_name, [one.key for one in fields]), values)
        self.pages.append(plan)
        return weight

    def below(self, selected: SelectedField, type_name: str) -> list[SelectedField]:
        """The fields selected below a field, on an object type."""
        return self.selections.fields(selected.below, type_name)

    def part(self) -> None:
        """Count a list or reference; raises `query_too_complex` if there are too many."""
        self.parts += 1
        if self.parts > MAX_STATEMENT_PARTS:
            raise too_complex(f"it reads more than {MAX_STATEMENT_PARTS} lists and references")

    def any_rows(self, selected: SelectedField) -> AnyRows:
        """The plan of a selection of objects of any type."""
        plans = []
        for name, type_ in self.types.items():
            if "id" not in type_.fields:
                continue
            self.part()
            row = RowPlan(type_, 0)
            plans.append((row, *self.node(row, self.below(selected, name))))
        return AnyRows(plans)

    def _connection_field(self, plan: PagePlan, selected: SelectedField, weight: SelectedPage) -> ConnectionField:
        if selected.name == "edges":
            return self._edges(plan, selected, weight)
        if selected.name in plan.row.type.summaries:
            return self._summary(plan.row.type.summaries[selected.name], selected, weight)
        if selected.name != "pageInfo":
            weight.leaves += 1
            return selected.name
        fields = self.below(selected, selected.type_name)
        weight.leaves += len(fields)
        weight.bytes += bytes_of([one.key for one in fields]) + _CURSOR * len(fields)
        return PageInfo(Struct(selected.type_name, [one.key for one in fields]), [one.name for one in fields])

    def _summary(self, source: Summary, selected: SelectedField, weight: SelectedPage) -> SummaryPlan:
        columns = EmbeddedColumns()
        plan, inner = self.object(source.type, self.below(selected, source.type.name), columns, None)
        below = [part for part in inner.below if isinstance(part, SelectedObject)]
        found = SummaryPlan(source, ArgumentReader(selected), plan, columns)
        found.leaves = inner.leaves, sum(part.leaves for part in below)
        weight.bytes += inner.bytes + sum(part.bytes for part in below)
        return found

    def _edges(self, plan: PagePlan, selected: SelectedField, weight: SelectedPage) -> Edges:
        fields = self.below(selected, selected.type_name)
        weight.edge_bytes += bytes_of([one.key for one in fields])
        values: list[ObjectPlan | str] = []
        for one in fields:
            if one.name == "node":
                node, its_weight = self.node(plan.row, self.below(one, plan.row.type.name))
                weight.nodes.append(its_weight)
                values.append(node)
            else:
                weight.edge_leaves += 1
                weight.edge_bytes += _CURSOR
                values.append(one.name)
        return Edges(Struct(selected.type_name, [one.key for one in fields]), values)

    def _maker(
        self, type_: ObjectType, selected: SelectedField, columns: Columns, row: RowPlan | None, weight: SelectedObject
    ) -> Maker:
        if selected.is_meta:
            weight.leaves += 1
            return objects.constant(type_.name)
        source = type_.fields[selected.name]
        if isinstance(source, Leaf | LeafWithArguments):
            return self._leaf(source, selected, columns, weight)
        if isinstance(source, LeafList):
            weight.below.append(SelectedObject(costs.LIST, 1, source.size // costs.LIST))
            return objects.leaf_list(columns.column(source.column))
        if isinstance(source, EmbeddedObject | EmbeddedList):
            return self._embedded(source, selected, columns, row, weight)
        if isinstance(source, AnyNode):
            rows = self.any_rows(selected)
            self.subjects.append(rows)
            weight.below.append(rows)
            return lambda _, request: rows.render(request)
        assert row is not None  # noqa: S101 - what is embedded in no row has no references
        self.part()
        self.nested += 1
        if self.nested > MAX_NESTED_PARTS:
            raise too_complex(f"it reads more than {MAX_NESTED_PARTS} lists and references below others")
        if isinstance(source, Connection):
            return self._nested_page(source, selected, row, weight)
        return self._reference(source, selected, row, weight)

    def _leaf(
        self, source: Leaf | LeafWithArguments, selected: SelectedField, columns: Columns, weight: SelectedObject
    ) -> Maker:
        weight.leaves += 1
        weight.bytes += source.size
        places = [columns.column(name) for name in source.columns]
        if isinstance(source, Leaf):
            return objects.leaf(places, source.convert)
        bound = BoundLeaf(ArgumentReader(selected), source)
        self.bound_leaves.append(bound)
        return lambda table, request: map(request.states[bound.arguments], *(table.columns[n] for n in places))

    def _embedded(
        self,
        source: EmbeddedObject | EmbeddedList,
        selected: SelectedField,
        columns: Columns,
        row: RowPlan | None,
        weight: SelectedObject,
    ) -> Maker:
        inner = EmbeddedColumns()
        plan, below = self.object(source.type, self.below(selected, source.type.name), inner, row)
        places = [columns.column(name) for name in source.columns]
        weight.below.append(below)
        if isinstance(source, EmbeddedList):
            below.nodes, below.most = costs.LIST, source.most
            return objects.embedded_list(places, source.read, inner, plan)
        return objects.embedded_object(places, source.read, inner, plan)

    def _nested_page(self, source: Connection, selected: SelectedField, row: RowPlan, weight: SelectedObject) -> Maker:
        type_ = self.types[source.type_name]
        # A summary runs its own statements once the outer objects are known.
        names = [one.name for one in self.below(selected, selected.type_name)]
        detached = row.level >= MAX_LEVELS or not type_.summaries.keys().isdisjoint(names)
        slot = row.next_slot()
        below = RowPlan(type_, 1 if detached else row.level + 1, slot)
        plan = PagePlan(ArgumentReader(selected), below, source)
        part = NestedPages(plan, slot, row.level, detached=detached)
        row.parts.append(part)
        weight.below.append(self.connection(plan, selected))
        return lambda _, request: plan.render(request)

    def _reference(
        self, source: Reference | ItemReference, selected: SelectedField, row: RowPlan, weight: SelectedObject
    ) -> Maker:
        item = source.item if isinstance(source, ItemReference) else None
        # The items of a list are more than their price says: what they refer to is read once each, by a statement.
        detached = row.level >= MAX_LEVELS or item is not None
        below = RowPlan(self.types[source.type_name], 0 if detached else row.level + 1, row.next_slot())
        place = row.column(source.column)
        part = NestedReferences(below, source.column, place, row.level, detached=detached, item=item)
        row.parts.append(part)
        part.plan, its_weight = self.node(below, self.below(selected, source.type_name))
        weight.below.append(its_weight)
        return lambda _, request: part.render(request)
