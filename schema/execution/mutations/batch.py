"""Batches: mutations whose payload has a list of results, each with an object or with user errors."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import GraphQLError

from app.domain.bulk.batches import MAX_OPERATIONS
from app.domain.catalogue import variants
from app.domain.idempotency import Command, Snapshot, load_error
from app.rate_limiting import costs
from schema.execution.builder import Builder
from schema.execution.fields import SelectedField
from schema.execution.mutations.mutation import PayloadPlan, UserErrors
from schema.execution.objects import ObjectPlan, Struct, bytes_of
from schema.execution.pages import NestedPages
from schema.execution.rows import Request
from schema.execution.weight import SelectedObject

_MANY = 50
"""Batches with more operations are read and rendered off the event loop."""


@dataclass(slots=True)
class SelectedResults(SelectedObject):
    """A selection of results, which are priced as any list and may be as many as a batch has operations."""

    def bytes_at_most(self, request: Request, times: int) -> int:
        """The approximate maximum bytes in the answer."""
        return SelectedObject.bytes_at_most(self, request, times * MAX_OPERATIONS // costs.LIST)


class Results(NamedTuple):
    """A selection of results; a value is a plan, a constant, or the name of a member of a result."""

    struct: Struct
    values: Sequence[Any]


class BatchPlan(PayloadPlan):
    """One mutation field that runs a batch."""

    def points(self, request: Request) -> int:
        """The points for its operations."""
        assert self.source.size  # noqa: S101 - a batch has operations
        try:
            size = self.source.size(self.input(request))
        except GraphQLError:
            return 1  # running it raises the error
        request.context.large |= size > _MANY
        return costs.batch_points(size)

    async def _command(self, request: Request) -> Command:
        return await asyncio.to_thread(self.source.command, *await self._priced(request))

    async def _read(self, request: Request, snapshot: Snapshot) -> None:
        products = [one["product"] for one in snapshot["results"] if one["product"]]
        await self._arrange(request, [{**product, "id": product["id"] or 0} for product in products])
        if all("variants" in product for product in products):  # outcomes of older releases lack them
            self._arrange_variants(request, products)

    def _arrange_variants(self, request: Request, products: Sequence[Snapshot]) -> None:
        """The variants as each operation left them, before later ones; a dry run stores none."""
        for part in self.row.parts:
            if isinstance(part, NestedPages) and part.row.type.listing is variants.LISTING:
                plan, lists = part.plan, [_sold(product) for product in products]
                pages = [plan.page_of(request, [(sold["position"], sold["id"], sold) for sold in one]) for one in lists]
                plan.cut(request, request.tables[self.row].ids, pages, list(map(len, lists)))

    def _field(self, builder: Builder, selected: SelectedField, type_name: str) -> Any:
        if selected.name != "results":
            return super()._field(builder, selected, type_name)
        result = selected.type_name
        fields = builder.below(selected, result)
        weight = SelectedResults(costs.LIST, bytes=bytes_of([one.key for one in fields]))
        self.weight.below.append(weight)
        values = [self._of_result(builder, one, result, weight) for one in fields]
        return Results(Struct(result, [one.key for one in fields]), values)

    def _of_result(self, builder: Builder, selected: SelectedField, type_name: str, weight: SelectedObject) -> Any:
        if selected.name == "product":
            plan, below = builder.node(self.row, builder.below(selected, self.row.type.name))
            weight.below.append(below)
            return plan
        if selected.name == "userErrors":
            return self._user_errors(builder, selected, weight)
        weight.leaves += 1
        return (lambda _: type_name) if selected.is_meta else selected.name

    def _shown(self, selected: Any, snapshot: Snapshot, request: Request) -> Any:
        if isinstance(selected, Results):
            results = snapshot["results"]
            columns = [self._column(one, results, request) for one in selected.values]
            return selected.struct.many(columns, len(results), request)
        return super()._shown(selected, snapshot, request)

    def _column(self, value: Any, results: Sequence[Snapshot], request: Request) -> list[Any]:
        """The values of a member of all results."""
        if isinstance(value, ObjectPlan):
            objects = iter(value.render(request.tables[self.row], request))
            return [next(objects) if one["product"] else None for one in results]
        if isinstance(value, UserErrors):
            return [value.render(load_error(one["problem"]), request) if one["problem"] else [] for one in results]
        if callable(value):
            return [value(None)] * len(results)
        return list(range(len(results))) if value == "index" else [one[value] for one in results]


def _sold(product: Snapshot) -> list[dict[str, Any]]:
    """The columns of a product's variants; new variants have id 0."""
    return [
        {**one, "id": one["id"] or 0, "position": position, "currency": product["currency"]}
        for position, one in enumerate(variants.read_list(product["variants"]))
    ]
