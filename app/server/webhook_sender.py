"""Delivers the messages of webhooks in order and at least once; one process at a time serves a webhook."""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx2
import structlog

from app.domain.callers import Caller, Scope
from app.domain.changes import reading
from app.domain.changes.reading import ChangeAccess, Filter
from app.domain.errors import TandemError
from app.domain.unit_of_work import Database, Unit
from app.domain.webhooks import queue
from app.domain.webhooks.models import DELIVERED, FAILED, FAILING, GONE, PENDING
from app.domain.webhooks.queue import Head, Leased, Result
from app.http import outgoing
from app.http.outgoing import INTERNET, Network
from app.server.pace import Pace
from app.server.webhook_messages import body_of, message_of, signed

_log = structlog.get_logger("tandem")
SECOND = 1_000_000
FIRST_DELAY, LONGEST_DELAY = 5 * SECOND, 36_000 * SECOND
GIVE_UP_AFTER = 3 * 86_400 * SECOND
"""Microseconds of failures after which an endpoint is not tried again until its owner resumes it."""
_FACTOR = 4
_JITTER = 0.2
_SECONDS_BETWEEN = 1.0
_SECONDS_WITHOUT = 5.0
"""Seconds until a process looks again if there is no active webhook."""
_SECONDS = 15.0
"""Seconds that a request may take, its answer included."""
_MAX_CONCURRENT = 256
"""Webhooks that a process delivers at the same time: one whose endpoint stalls takes a place for `_SECONDS`."""
_PACE, _BURST = 100, 200
"""Messages a second to all endpoints of one caller, and at once: to sign, send and record one takes 3 ms."""
_BATCH = 100
_READ_BYTES = 16_384
"""Bytes of an answer that are read, so that its connection can be used again."""
_RETRY_WITHOUT_KEY = 60 * SECOND
_SWEEP_SIZE = 1_000


class WebhookSender:
    """Delivers what is due. `caller_of` gives the owner of a webhook with its current scopes; None: no valid key.

    `ttl` is how long changes and deliveries are kept, `clock` the time of day, in microseconds.
    """

    def __init__(
        self,
        database: Database,
        caller_of: Callable[[str], Awaitable[Caller | None]],
        ttl: int,
        clock: Callable[[], int],
        network: Network = INTERNET,
    ) -> None:
        self._database, self._caller_of, self._ttl, self._clock = database, caller_of, ttl, clock
        self._client = outgoing.client(network, _MAX_CONCURRENT)
        self._owner = secrets.token_hex(8)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._pace = Pace(_PACE, _BURST)

    async def run(self) -> None:
        """Deliver until this is cancelled."""
        failing = active = False
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN if active else _SECONDS_WITHOUT)
            try:
                active = await self.begin()
                failing = False
            except TandemError as refusal:
                if not failing:
                    _log.warning("webhooks could not be read", reason=refusal.message)
                failing = True

    async def begin(self) -> bool:
        """Begin to deliver what is due now; returns whether there is an active webhook at all."""
        self._pace.forget()
        due = await self._database.read(queue.due)
        for identity in due:
            if identity not in self._running and len(self._running) < _MAX_CONCURRENT:
                task = asyncio.create_task(self._serve(identity))
                self._running[identity] = task
                task.add_done_callback(lambda _, identity=identity: self._running.pop(identity))  # type: ignore[misc]
        return bool(due) or await self._database.read(queue.any_active)

    async def round(self) -> None:
        """Deliver what is due now, and wait for it."""
        await self.begin()
        await asyncio.gather(*self._running.values())

    async def sweep(self) -> bool:
        """Forget some old deliveries; whether there may be more."""
        return await self._database.write(lambda unit: queue.sweep(unit, self._ttl, _SWEEP_SIZE)) == _SWEEP_SIZE

    async def close(self) -> None:
        """Stop, and let other processes continue at once with unfinished deliveries."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if tasks:
            try:
                await self._database.write(lambda unit: queue.release_all(unit, self._owner))
            except TandemError as refusal:
                _log.warning("webhooks could not be released", reason=refusal.message)
        await self._client.aclose()

    async def _serve(self, identity: int) -> None:
        try:
            leased = await self._database.write(lambda unit: queue.lease(unit, identity, self._owner))
            if leased is not None:
                await self._deliver(leased)
                await self._database.write(lambda unit: queue.release(unit, identity, self._owner))
        except TandemError as refusal:  # the lease ends by itself
            _log.warning("webhook could not be served", webhook=identity, reason=refusal.message)
        except Exception:  # noqa: BLE001 - the next attempt may succeed
            _log.exception("webhook could not be served", webhook=identity)

    async def _deliver(self, leased: Leased) -> None:
        """Deliver some messages of a webhook, one after another, until one fails."""
        for _ in range(_BATCH):
            caller = await self._caller_of(leased.caller)
            if caller is None:
                await self._postpone(leased)
                return
            head = await self._head(leased)
            if head is None:
                next_leased = await self._read_on(leased, caller)
                if next_leased is None:
                    return
                leased = next_leased
                continue
            await self._pace.wait(leased.caller)
            result = await self._attempt(leased.id, head, caller)
            recorded = await self._record(leased, head, result)
            if not recorded or result.status == PENDING or result.reason:
                return

    async def _head(self, leased: Leased) -> Head | None:
        return await self._database.read(lambda unit: queue.head(unit, leased.id, self._owner))

    async def _record(self, leased: Leased, head: Head, result: Result) -> bool:
        return await self._database.write(lambda unit: queue.record(unit, leased.id, self._owner, head.number, result))

    async def _postpone(self, leased: Leased) -> None:
        """Let a webhook rest whose owner has no live key."""

        async def work(unit: Unit) -> None:
            if leased.place.at < unit.now() - self._ttl:
                await queue.expire(unit, leased.id, self._owner)
            else:
                await queue.postpone(unit, leased.id, self._owner, unit.now() + _RETRY_WITHOUT_KEY)

        await self._database.write(work)

    async def _read_on(self, leased: Leased, caller: Caller) -> Leased | None:
        """Make deliveries of the next changes; None where there are none, or the lease is lost."""
        access = ChangeAccess.of(caller)
        filter_ = Filter(frozenset(leased.types.split(",")) if leased.types else None)

        async def work(unit: Unit) -> reading.Page | None:
            if leased.place.at < unit.now() - self._ttl:
                await queue.expire(unit, leased.id, self._owner)
                return None
            page = await reading.page(unit, leased.place, access, filter_, _BATCH)
            messages = [message_of(change) for change in page.changes]
            return page if await queue.add(unit, leased.id, self._owner, messages, page.next) else None

        page = await self._database.write(work)
        if page is None or not (page.changes or page.more):
            return None
        return leased._replace(place=page.next)

    async def _attempt(self, identity: int, head: Head, caller: Caller) -> Result:
        """Send a message once; what came of it."""
        if head.message.scope is not None and Scope(head.message.scope) not in caller.scopes:
            return Result(FAILED, None, f"the key no longer has the scope {head.message.scope}")
        response_status, error, retry_after = await self._send(head)
        if error is None:
            return Result(DELIVERED, response_status, None)
        _log.warning(
            "webhook not delivered",
            webhook=identity,
            delivery=head.number,
            host=httpx2.URL(head.url).host,
            reason=error,
        )
        now = self._clock()
        since = now if head.failing_since is None else head.failing_since
        reason = None
        if response_status == httpx2.codes.GONE:
            reason = GONE
        elif now - since >= GIVE_UP_AFTER:
            reason = FAILING
        delay = max(_delay(head.attempts), min(retry_after * SECOND, LONGEST_DELAY))
        return Result(PENDING, response_status, error, now + delay, since, reason)

    async def _send(self, head: Head) -> tuple[int | None, str | None, int]:
        """The status of the answer, why the message does not count as delivered, and `Retry-After` in seconds."""
        body = body_of(head.message)
        headers = signed(head.message.message_id, self._clock() // SECOND, body, head.secrets)
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self._client.stream("POST", head.url, content=body, headers=headers) as response,
            ):
                status, read = response.status_code, 0
                retry_after = response.headers.get("retry-after", "")
                async for chunk in response.aiter_raw():
                    read += len(chunk)
                    if read > _READ_BYTES:
                        break
        except TimeoutError:
            return None, f"the request took more than {_SECONDS:.0f} seconds", 0
        except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
            known = str(fault) in outgoing.REASONS
            return None, str(fault) if known else "the host does not answer as HTTPS", 0
        if httpx2.codes.is_success(status):
            return status, None, 0
        error = "redirects are not followed" if httpx2.codes.is_redirect(status) else f"the endpoint answered {status}"
        return status, error, _seconds_of(retry_after, self._clock())


def _seconds_of(retry_after: str, now: int) -> int:
    """The seconds of a `Retry-After` (RFC 9110, section 10.2.3), which may be a date; 0 where it is neither."""
    if retry_after.isdecimal():
        return int(retry_after[:8])
    try:
        date = parsedate_to_datetime(retry_after)
        return max(0, int(date.replace(tzinfo=date.tzinfo or UTC).timestamp()) - now // SECOND)
    except (ValueError, OverflowError):
        return 0


def _delay(attempts: int) -> int:
    """Microseconds to wait after a number of attempts: longer each time, and with jitter."""
    delay = min(FIRST_DELAY * _FACTOR ** min(attempts, 10), LONGEST_DELAY)
    return int(delay * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - nothing secret
