"""Compiles a validated operation to a plan, for one set of values of @skip and @include."""

from collections.abc import Mapping

from graphql import OperationDefinitionNode

from schema.execution import introspection
from schema.execution.arguments import ArgumentReader
from schema.execution.builder import Builder
from schema.execution.changes import RootLogPlan, SubscriptionPlan
from schema.execution.fields import SelectedField, Selections
from schema.execution.mutations.batch import BatchPlan
from schema.execution.mutations.mutation import MutationPlan, PayloadPlan, RootMutation
from schema.execution.objects import EmbeddedColumns, Struct
from schema.execution.pages import PagePlan
from schema.execution.plan import Plan
from schema.execution.roots import (
    RootConnectionPlan,
    RootListPlan,
    RootNodesPlan,
    RootObjectPlan,
    RootPlan,
    RootValuePlan,
)
from schema.execution.rows import RowPlan
from schema.execution.type_mapping import NodeType, Root, RootConnection, RootList, RootLog, RootNodes, RootObject


class Compiler:
    """Compiles the operations of a schema whose types and root fields are mapped."""

    def __init__(
        self,
        types: Mapping[str, NodeType],
        queries: Mapping[str, Root],
        mutations: Mapping[str, RootMutation],
        subscriptions: Mapping[str, RootLog],
    ) -> None:
        self._types, self._queries, self._mutations, self._subscriptions = types, queries, mutations, subscriptions

    def query(self, operation: OperationDefinitionNode, selections: Selections) -> Plan:
        """The plan of a query; raises `query_too_complex`, or `GraphQLError` from a directive."""
        builder = Builder(selections, self._types)
        found = selections.fields([operation.selection_set], "Query")
        ours = [one for one in found if one.name not in introspection.FIELDS]
        about_schema = [one for one in found if one.name in introspection.FIELDS]
        about = introspection.estimate(selections, about_schema)
        fields = [(one.key, self._root(builder, one)) for one in ours]
        return Plan(
            fields,
            Struct("Query", [one.key for one in ours]).one,
            [page for page in builder.pages if page.connection],
            builder.bound_leaves,
            sum(isinstance(one, str) for _, one in fields) + about.leaves,
            bool(about_schema),
            round(about.bytes),
            builder.parts,
        )

    def mutation(self, operation: OperationDefinitionNode, selections: Selections) -> MutationPlan:
        """The plan of a mutation; raises `query_too_complex`, or `GraphQLError` from a directive."""
        builder = Builder(selections, self._types)
        found = selections.fields([operation.selection_set], "Mutation")
        ours = [one for one in found if one.name not in introspection.FIELDS]
        fields = [(one.key, "Mutation" if one.is_meta else self._payload(builder, one)) for one in ours]
        make = Struct("Mutation", [one.key for one in ours]).one
        return MutationPlan(fields, make, builder.pages, builder.bound_leaves, len(ours) < len(found))

    def subscription(self, operation: OperationDefinitionNode, selections: Selections) -> SubscriptionPlan:
        """The plan of a subscription, which selects one field; raises as `query`."""
        (selected,) = selections.fields([operation.selection_set], "Subscription")
        return SubscriptionPlan(self._subscriptions[selected.name], Builder(selections, self._types), selected)

    def _root(self, builder: Builder, selected: SelectedField) -> RootPlan | str:
        if selected.is_meta:
            return "Query"
        source = self._queries[selected.name]
        arguments = ArgumentReader(selected)
        if isinstance(source, RootConnection):
            builder.part()
            page = PagePlan(arguments, RowPlan(self._types[source.type_name], 0))
            return RootConnectionPlan(source, page, builder.connection(page, selected))
        if isinstance(source, RootObject):
            builder.part()
            row = RowPlan(self._types[source.type_name], 0)
            return RootObjectPlan(source, arguments, row, *builder.node(row, builder.below(selected, source.type_name)))
        if isinstance(source, RootNodes):
            return RootNodesPlan(source, arguments, builder.any_rows(selected))
        if isinstance(source, RootLog):
            return RootLogPlan(source, arguments, builder, selected)
        columns = EmbeddedColumns()
        plan, weight = builder.object(source.type, builder.below(selected, source.type.name), columns, None)
        if isinstance(source, RootList):
            builder.part()
            return RootListPlan(source, arguments, plan, columns.names, weight)
        weight.nodes = 1
        return RootValuePlan(source, plan, columns.names, weight)

    def _payload(self, builder: Builder, selected: SelectedField) -> PayloadPlan:
        source = self._mutations[selected.name]
        plan = BatchPlan if source.size else PayloadPlan
        return plan(source, ArgumentReader(selected), builder, selected)
