"""Changes: the change log of the catalogue and of the caller's orders, and that of one product."""

from functools import partial
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from app.domain import visibility
from app.domain.catalogue import products
from app.http import event_stream
from app.http.headers.accept import quality
from rest import negotiation
from rest.changes import answers
from rest.changes.models import CURSOR_EXAMPLE, EACH, ChangeList, ChangesQuery, ProductChangesQuery
from rest.dependencies import Caller, Changes, ProductAddress, budget_of, header
from rest.openapi.headers import answers_with
from rest.openapi.problems import problems
from rest.queries import Parameters
from rest.route import Router

_LAST = "The id of the last event that the client received, instead of `after`; a stream continues after it."
LastEventId = Annotated[
    str | None, header("Last-Event-ID", _LAST, CURSOR_EXAMPLE, max_length=4_096, pattern="^[A-Za-z0-9_-]*$")
]

router = Router("Changes")
_RESPONSES = answers_with(200) | problems("InvalidChangesCursor", "CursorExpired")


@router.get(
    "/changes",
    response_model=ChangeList,
    response_description="A page of changes, the oldest first.",
    responses=_RESPONSES
    | {
        200: answers_with(200, "X-Accel-Buffering")[200]
        | {"content": {event_stream.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ChangeEvents"}}}}
    },
)
async def list_changes(
    request: Request,
    query: Parameters[ChangesQuery],
    changes: Changes,
    caller: Caller,
    last_event_id: LastEventId = None,
) -> Response:
    """Lists the changes of products, categories and the caller's orders in commit order. A reader that continues with
    `nextCursor` gets every change exactly once, also under concurrent writes. Callers who may not see a product see
    none of its changes; for them, publishing it is `product.created` and hiding it is `product.deleted`. The service
    keeps changes for a week, unless the operator sets another time. With a filter, a page may have fewer changes than
    `limit` although `hasMore` is true. With `Accept: text/event-stream` the changes come as server-sent events: the id
    of an event is its cursor, the data a `Change`. An event costs as much as a change on a page; a stream waits while
    its caller has no points left. A stream ends after some minutes; clients reconnect with `Last-Event-ID`.
    """
    accept = negotiation.header_text(b"accept", request)
    if accept is not None and quality(accept, event_stream.MEDIA_TYPE) > quality(accept, negotiation.JSON):
        return await answers.stream(request, changes, last_event_id or query.after, caller, query.filter, EACH)
    negotiation.require_json(request)
    await budget_of(request).charge_rest(query.points)
    if query.wait is None:
        page = await changes.page(query.after, caller, query.filter, query.limit)
    else:
        page = await answers.wait(request, changes, caller, query)
    response = answers.answer(page, caller)
    response.headers["Vary"] = "Accept"
    return response


@router.get(
    "/products/{id}/changes",
    response_model=ChangeList,
    response_description="A page of changes, the oldest first.",
    responses=_RESPONSES,
)
async def list_product_changes(
    request: Request, address: ProductAddress, query: Parameters[ProductChangesQuery], changes: Changes, caller: Caller
) -> Response:
    """Lists who changed a product, what and when: its creation, edits, stock adjustments and deletion. Stock changes by
    orders are only in `/changes`.
    """
    await budget_of(request).charge_rest(query.points)
    if isinstance(address, int):
        page = await changes.page_of_product(address, query.after, caller, query.limit)
        if page.changes or query.after is not None:
            return answers.answer(page, caller)
    everything = visibility.sees_everything(caller)
    work = partial(products.get, address=address, selection=("id",), everything=everything)
    product_id, _ = await changes.database.read(work)
    return answers.answer(await changes.page_of_product(product_id, query.after, caller, query.limit), caller)
