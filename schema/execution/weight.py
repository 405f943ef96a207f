"""The selections of a plan, from which `costs` computes the price with the arguments of each request."""

from dataclasses import dataclass, field
from typing import Protocol

from app.rate_limiting import costs
from schema.execution.pages import PagePlan
from schema.execution.rows import Request


class Part(Protocol):
    """A selection with a price."""

    def describe(self, request: Request) -> costs.Selected:
        """The selection, for the price."""

    def bytes_at_most(self, request: Request, times: int) -> int:
        """The approximate maximum bytes in the answer, below this many nodes."""


@dataclass(slots=True)
class SelectedObject:
    """A selection of objects, with `nodes` of them below each parent, and the leaves and maximum bytes of each.

    `most` is the maximum number of objects if the price counts fewer.
    """

    nodes: int = costs.REFERENCE
    leaves: int = 0
    bytes: int = 2
    below: list[Part] = field(default_factory=list)
    most: int = 0

    def describe(self, request: Request) -> costs.Selected:
        """The selection, for the price."""
        return costs.Selected(self.nodes, self.leaves, below=[part.describe(request) for part in self.below])

    def bytes_at_most(self, request: Request, times: int) -> int:
        """The approximate maximum bytes in the answer, below this many nodes."""
        times *= self.most or self.nodes
        return times * self.bytes + sum(part.bytes_at_most(request, times) for part in self.below)


@dataclass(slots=True)
class SelectedPage:
    """A selection of a connection: of each page, each edge and each node."""

    plan: PagePlan
    leaves: int = 0
    bytes: int = 0
    edge_leaves: int = 0
    edge_bytes: int = 0
    nodes: list[SelectedObject] = field(default_factory=list)

    def describe(self, request: Request) -> costs.Selected:
        """The selection, for the price; a field with invalid arguments reads nothing."""
        page = request.pages.get(self.plan)
        if page is None:
            return costs.Selected(0, list_leaves=self.leaves)
        leaves = self.edge_leaves + sum(node.leaves for node in self.nodes)
        below = [part.describe(request) for node in self.nodes for part in node.below]
        summaries = [one.describe(request) for one in self.plan.summaries]
        list_leaves = self.leaves + sum(one.list_leaves for one in summaries)
        unindexed = self.plan.row.type.listing.unindexed.intersection(page.conditions)
        scans = self.plan.total + len(unindexed) + sum(one.scans for one in summaries)
        return costs.Selected(page.window.size, leaves, list_leaves, scans, below)

    def bytes_at_most(self, request: Request, times: int) -> int:
        """The approximate maximum bytes in the answer, below this many nodes."""
        page = request.pages.get(self.plan)
        inner = times * page.window.size if page else 0
        below = sum(node.bytes_at_most(request, inner) for node in self.nodes)
        return times * self.bytes + inner * self.edge_bytes + below
