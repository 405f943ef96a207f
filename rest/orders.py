"""Orders over REST, the same in every version: placed, read, listed, cancelled; a caller has only its own."""

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from app import bodies
from app.domain import etags, models, orders
from app.domain.idempotency import Command, Once
from app.domain.paging import Page
from app.domain.unit import Unit
from rest import conditional, lists, negotiation, parameters, shapes, writes
from rest.lists import Wanted
from rest.parameters import Parameter, Query
from rest.rendering import ORDER, View
from rest.route import path_id

STATUS = Parameter(
    "HasStatus",
    "status",
    "Has this status.",
    shapes.reference("OrderStatus"),
    parameters.choice({status: status for status in orders.STATUSES}),
    example=orders.STATUSES[0],
)
REFERENCE = Parameter(
    "OrderReference",
    "reference",
    "Has exactly this reference.",
    shapes.REFERENCE,
    parameters.text(0, models.MAX_REFERENCE),
    example="4711",
)
SORT = lists.sort("Order", orders.LISTING.keys)
FIELDS = lists.fields("Order", orders.EVERYTHING)
PARAMETERS = (lists.LIMIT, lists.CURSOR, lists.BEFORE, SORT, FIELDS, lists.COUNT, STATUS, REFERENCE)
_ALL, _ONE = parameters.table(*PARAMETERS), parameters.table(FIELDS)


class Orders:
    """The endpoints of orders."""

    def __init__(self, once: Once) -> None:
        self.once, self.database = once, once.database

    async def list(self, request: Request) -> Response:
        """GET /orders."""
        asked = negotiation.asked(request)
        wanted = _wanted(request.scope["query_string"])
        values, sort, window, view, total = wanted[:5]
        narrowed = orders.Filter(_caller(request), values.get("status"), values.get("reference"))

        async def work(unit: Unit) -> Page:
            return await orders.page(unit, narrowed, sort, window, view.columns, total=total)

        return lists.answer(request, asked, await self.database.read(work, long=total), wanted)

    async def read(self, request: Request) -> Response:
        """GET /orders/{id}."""
        asked = negotiation.asked(request)
        identity, caller = path_id(request, "order"), _caller(request)
        view = _shown(request.scope["query_string"])
        row = await self.database.read(lambda unit: orders.get(unit, caller, identity))
        shown = dict(zip(orders.EVERYTHING, row, strict=True))
        return conditional.many(asked, view.body([shown[column] for column in view.columns]), None)

    async def place(self, request: Request) -> Response:
        """POST /orders."""
        negotiation.unquestioned(request)
        draft = orders.read(await negotiation.members(request))
        return await self._write(request, orders.placing(_caller(request), draft), created=True)

    async def cancel(self, request: Request) -> Response:
        """POST /orders/{id}/cancellation."""
        negotiation.unquestioned(request)
        identity = path_id(request, "order")
        await bodies.read(request)  # it needs none; what comes is not looked at
        return await self._write(request, orders.cancelling(_caller(request), identity))

    async def _write(self, request: Request, command: Command, *, created: bool = False) -> Response:
        outcome = await writes.run(self.once, request, command)
        body = _WHOLE.body([outcome.snapshot[column] for column in _WHOLE.columns])
        return writes.done(request, outcome, f'"{etags.digest(body)}"', body, created=created)


def _caller(request: Request) -> str:
    name: str = request.scope["state"]["caller"].name
    return name


@lru_cache(maxsize=64)
def _view(members: tuple[str, ...]) -> View:
    return View(members, ORDER, whole=False, versioned=False)


_WHOLE = _view(orders.EVERYTHING)


def _view_of(query: Query) -> View:
    return _view(query.values.get("fields", orders.EVERYTHING))


@parameters.remembered
def _shown(query: bytes) -> View:
    return _view_of(parameters.read(query, _ONE))


@parameters.remembered
def _wanted(query: bytes) -> Wanted:
    asked = parameters.read(query, _ALL)
    return lists.wanted(asked, asked.values, _view_of(asked))
