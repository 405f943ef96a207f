"""GraphQL over server-sent events (GraphQL over SSE, distinct connections): one operation a request.

A result is an event `next`; an event `complete` ends the operation. The id of an event of a subscription is a cursor.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import msgspec

from app.domain.changes.feed import Follower
from app.domain.changes.reading import Change
from app.domain.unit_of_work import Unit
from app.http import event_stream
from app.http.event_stream import EventStream
from app.rate_limiting import costs
from app.rate_limiting.stream_charge import StreamCharge
from schema.execution.changes import SubscriptionPlan
from schema.execution.cost import too_complex
from schema.execution.rows import Request

_SIZE = 20
"""Changes whose subjects are read at once."""
_COMPLETE = event_stream.event(b"", name="complete")
_encode = msgspec.json.Encoder().encode
Complete = Callable[[Any], dict[str, Any]]
"""Makes the result of an event whose data hold errors."""


def result(body: bytes) -> bytes:
    """The events of an operation that has one result."""
    return event_stream.event(body, name="next") + _COMPLETE


class Subscription:
    """A subscription of one request."""

    def __init__(self, plan: SubscriptionPlan, request: Request, complete: Complete, max_cost: int) -> None:
        self._plan, self._request, self._complete = plan, request, complete
        self._asked = plan.prepare(request)
        points = costs.price(plan.describe(request, 1))
        if points > max_cost:
            raise too_complex(f"an event costs {points} points, and {max_cost} is the most")

    async def begin(self) -> EventStream:
        """The answer, which streams its events; raises `InvalidCursor` or `CursorExpired`."""
        context, asked = self._request.context, self._asked
        async with AsyncExitStack() as stack:
            following = context.changes.following(context.last_event_id or asked.after, context.caller, asked.wanted)
            follower = await stack.enter_async_context(following)
            held = stack.pop_all()
        return EventStream(self._events(follower), held, follower.stop)

    async def _events(self, follower: Follower) -> AsyncIterator[bytes]:
        charge, clock = StreamCharge(self._request.context.budget), asyncio.get_running_loop().time
        until = clock() + event_stream.SECONDS
        yield event_stream.RETRY
        while not follower.stopped and clock() < until:
            page = await follower.next(_SIZE, event_stream.SECONDS_BETWEEN)
            if not page.changes:
                yield event_stream.keep_alive()
                continue
            await charge.pay(self._plan.describe(self._request, len(page.changes)))
            results = await self._results(page.changes)
            cursors = (change.place.cursor for change in page.changes)
            pairs = zip(results, cursors, strict=True)
            yield b"".join([event_stream.event(_encode(one), identity=cursor, name="next") for one, cursor in pairs])
        yield _COMPLETE

    async def _results(self, changes: Sequence[Change]) -> list[dict[str, Any]]:
        """The results of changes, with their subjects as they are now."""
        prepared = self._request
        request = replace(prepared, tables={}, cells=dict(prepared.cells), errors={}, failed=False, bytes=0)

        async def read(unit: Unit) -> None:
            await self._plan.read(request, unit, changes)

        await request.context.database.read(read, snapshot=True)
        data = self._plan.render(request, changes)
        if request.failed or prepared.failed:  # the arguments of a leaf below may be at fault
            return list(map(self._complete, data))
        return [{"data": one} for one in data]
