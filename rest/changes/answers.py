"""Changes as answers: pages of JSON, and streams of server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.domain.callers import Caller
from app.domain.changes.change_log import ChangeLog
from app.domain.changes.feed import Follower
from app.domain.changes.reading import ChangeAccess, Filter, Page
from app.domain.pagination.paging import MAX_SIZE
from app.http import event_stream
from app.http.change_json import shown
from app.http.event_stream import EventStream
from app.http.request_state import state_of
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected
from app.rate_limiting.stream_charge import StreamCharge
from rest.changes.models import ChangesQuery
from rest.dependencies import budget_of
from rest.negotiation import JSON
from rest.rendering import encode

_SECONDS_LEFT = 1.0
"""Seconds of the request's deadline that a page leaves when it waits for changes."""


def answer(page: Page, caller: Caller) -> Response:
    """A page as JSON."""
    whole = ChangeAccess.of(caller).whole
    items = [shown(change, whole=whole) for change in page.changes]
    body = encode({"items": items, "nextCursor": page.next.cursor, "hasMore": page.more})
    return Response(body, 200, media_type=JSON)


async def wait(request: Request, changes: ChangeLog, caller: Caller, query: ChangesQuery) -> Page:
    """A page; if it is empty, wait for changes first."""
    async with changes.following(query.after, caller, query.filter) as follower:
        request.scope["state"]["stop"] = follower.stop
        left = state_of(request.scope).end - asyncio.get_running_loop().time() - _SECONDS_LEFT
        return await follower.next(query.limit, max(0.0, min(query.wait or 0, left)))


async def stream(
    request: Request, changes: ChangeLog, after: str | None, caller: Caller, filter_: Filter, each: Selected
) -> Response:
    """The changes as server-sent events; each event costs what `each` selects."""
    follower = await changes.follow(after, caller, filter_)
    events = _events(follower, StreamCharge(budget_of(request)), each, whole=ChangeAccess.of(caller).whole)
    return EventStream(events, follower)


async def _events(follower: Follower, charge: StreamCharge, each: Selected, *, whole: bool) -> AsyncIterator[bytes]:
    until = asyncio.get_running_loop().time() + event_stream.SECONDS
    begin = follower.place
    yield event_stream.RETRY + event_stream.keep_alive(begin.cursor if begin.at else "")
    while not follower.stopped and asyncio.get_running_loop().time() < until:
        page = await follower.next(MAX_SIZE, event_stream.SECONDS_BETWEEN)
        weight, events = page.once(("REST", each), partial(_rendered, page, each, whole=whole))
        await charge.pay(weight)
        yield events


def _rendered(page: Page, each: Selected, *, whole: bool) -> tuple[int, bytes]:
    """The weight of a page, and its events, or a comment where it has no changes."""
    weight = costs.work([each._replace(nodes=len(page.changes), scans=page.is_scan)]).weight
    events = [
        event_stream.event(encode(shown(change, whole=whole)), identity=change.place.cursor) for change in page.changes
    ]
    return weight, b"".join(events) or event_stream.keep_alive(page.next.cursor)
