"""GraphQL over server-sent events (GraphQL over SSE, distinct connections): one operation a request.

A result is an event `next`; an event `complete` ends the operation. The id of an event of a subscription is a cursor.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from app.domain.changes.feed import Follower
from app.domain.changes.reading import Change, Page
from app.domain.errors import Code, TandemError
from app.domain.unit_of_work import Unit
from app.http import event_stream
from app.http.event_stream import EventStream
from app.http.public_paths import prefix
from app.rate_limiting import costs
from app.rate_limiting.stream_charge import StreamCharge
from schema.execution.changes import SubscriptionPlan
from schema.execution.cost import too_complex
from schema.execution.plan import MANY_BYTES, MANY_NODES
from schema.execution.rows import Request
from schema.http import answers

_SIZE = 20
"""The number of changes whose subjects are read together, if their cost is within a document's limit and their events
cannot be large."""
_COMPLETE = event_stream.event(b"", name="complete")
_KEEP_ALIVE = event_stream.keep_alive()
_encode = msgspec.json.Encoder().encode
Complete = Callable[[Any], dict[str, Any]]
"""Makes the result of an event with errors in its data."""


def result(body: bytes) -> bytes:
    """The events of an operation with one result."""
    return event_stream.event(body, name="next") + _COMPLETE


class Subscription:
    """A subscription of one request."""

    def __init__(self, plan: SubscriptionPlan, request: Request, complete: Complete, max_cost: int) -> None:
        self._plan, self._request, self._complete = plan, request, complete
        self._arguments = plan.prepare(request)
        points = costs.price(plan.describe(request, 1))
        if points > max_cost:
            raise too_complex(f"an event costs {points} points, and {max_cost} is the most")
        request.most_bytes = most = plan.bytes_at_most(request)
        self._size = max(1, min(_SIZE, max_cost // points, MANY_BYTES // most))
        self._key: Hashable = None

    async def begin(self) -> EventStream:
        """The streaming response; raises `InvalidCursor` or `CursorExpired`."""
        context, arguments = self._request.context, self._arguments
        self._key = (self._plan, self._plan.arguments_below(self._request), context.caller, prefix())
        follower = await context.changes.follow(
            context.last_event_id or arguments.after, context.caller, arguments.filter
        )
        return EventStream(self._events(follower), follower)

    async def _events(self, follower: Follower) -> AsyncIterator[bytes]:
        charge, clock = StreamCharge(self._request.context.budget), asyncio.get_running_loop().time
        until = clock() + event_stream.SECONDS
        yield event_stream.RETRY
        while not follower.stopped and clock() < until:
            page = await follower.next(self._size, event_stream.SECONDS_BETWEEN)
            weight, events = page.once(self._key, partial(self._weigh_and_render, page))
            await charge.pay(weight)
            yield (events.result() if events.done() else await asyncio.shield(events)) if events else _KEEP_ALIVE
        yield _COMPLETE

    def _weigh_and_render(self, page: Page) -> tuple[int, asyncio.Task[bytes] | None]:
        """The weight of a page, and the task that makes its events. Followers share it, so no request may cancel it."""
        selected = self._plan.describe(self._request, len(page.changes))._replace(scans=page.is_scan)
        events = asyncio.create_task(self._encoded_events(page.changes)) if page.changes else None
        return costs.work([selected]).weight, events

    async def _encoded_events(self, changes: Sequence[Change]) -> bytes:
        results = await self._results(changes)
        pairs = zip(results, (change.place.cursor for change in changes), strict=True)

        def encode() -> bytes:
            return b"".join([event_stream.event(_encode(one), identity=cursor, name="next") for one, cursor in pairs])

        return await asyncio.to_thread(encode) if self._request.most_bytes > MANY_BYTES else encode()

    async def _results(self, changes: Sequence[Change]) -> list[dict[str, Any]]:
        """The results of changes, with the present state of their subjects; a single one may be too long."""
        try:
            return await self._whole_results(changes)
        except TandemError as error:
            if error.code is not Code.QUERY_TOO_COMPLEX:
                raise
            return [answers.refused([error])]

    async def _whole_results(self, changes: Sequence[Change]) -> list[dict[str, Any]]:
        prepared = self._request
        request = replace(prepared, tables={}, states=dict(prepared.states), errors={}, failed=False, bytes=0)

        async def read(unit: Unit) -> None:
            await self._plan.read(request, unit, changes)

        long = costs.work([self._plan.describe(request, len(changes))]).nodes > MANY_NODES
        large = long or request.most_bytes > MANY_BYTES
        await request.context.database.read(read, snapshot=True, long=long)
        render = self._plan.render
        data = await asyncio.to_thread(render, request, changes) if large else render(request, changes)
        if request.failed or prepared.failed:  # the arguments of a nested leaf may be invalid
            return list(map(self._complete, data))
        return [{"data": one} for one in data]
