"""Delivers webhooks: signed as Standard Webhooks 1.0 says, in order, at least once, by one process at a time each."""

import asyncio
import base64
import hmac
import random
import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256

import httpx2
import msgspec
import structlog

from app.domain.callers import Caller, Scope
from app.domain.changes import reading
from app.domain.changes.reading import Change, Filter, View
from app.domain.errors import TandemError
from app.domain.unit_of_work import Database, Unit
from app.domain.webhooks import queue
from app.domain.webhooks.models import DELIVERED, FAILED, FAILING, GONE, PENDING
from app.domain.webhooks.queue import Head, Leased, Message, Result
from app.domain.webhooks.webhooks import SECRET_PREFIX
from app.http import outgoing
from app.http.change_json import shown
from app.http.outgoing import INTERNET, Network
from app.http.timestamps import rfc3339

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
_AT_ONCE = 32
_BATCH = 100
_READ_BYTES = 16_384
"""Bytes of an answer that are read, so that its connection can be used again."""
_WITHOUT_KEY = 60 * SECOND
_SWEPT_AT_ONCE = 1_000


class WebhookSender:
    """Delivers what is due. `caller_of` tells what the owner of a webhook may see now; None: it has no live key.

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
        self._client = outgoing.client(network, _AT_ONCE)
        self._owner = secrets.token_hex(8)
        self._running: dict[int, asyncio.Task[None]] = {}

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
        due = await self._database.read(queue.due)
        for identity in due:
            if identity not in self._running and len(self._running) < _AT_ONCE:
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
        return await self._database.write(lambda unit: queue.sweep(unit, self._ttl, _SWEPT_AT_ONCE)) == _SWEPT_AT_ONCE

    async def close(self) -> None:
        """Stop, and let others go on at once with what was under way."""
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
                await self._hold(leased)
                return
            head = await self._head(leased)
            if head is None:
                next_leased = await self._read_on(leased, caller)
                if next_leased is None:
                    return
                leased = next_leased
                continue
            result = await self._attempt(leased.id, head, caller)
            recorded = await self._record(leased, head, result)
            if not recorded or result.status == PENDING or result.reason:
                return

    async def _head(self, leased: Leased) -> Head | None:
        return await self._database.read(lambda unit: queue.head(unit, leased.id, self._owner))

    async def _record(self, leased: Leased, head: Head, result: Result) -> bool:
        return await self._database.write(lambda unit: queue.record(unit, leased.id, self._owner, head.number, result))

    async def _hold(self, leased: Leased) -> None:
        """Let a webhook rest whose owner has no live key."""

        async def work(unit: Unit) -> None:
            if leased.place.at < unit.now() - self._ttl:
                await queue.expire(unit, leased.id, self._owner)
            else:
                await queue.hold(unit, leased.id, self._owner, unit.now() + _WITHOUT_KEY)

        await self._database.write(work)

    async def _read_on(self, leased: Leased, caller: Caller) -> Leased | None:
        """Make deliveries of the next changes; None where there are none, or the lease is lost."""
        view = View.of(caller)
        wanted = Filter(frozenset(leased.types.split(",")) if leased.types else None)

        async def work(unit: Unit) -> reading.Page | None:
            if leased.place.at < unit.now() - self._ttl:
                await queue.expire(unit, leased.id, self._owner)
                return None
            page = await reading.page(unit, leased.place, view, wanted, _BATCH)
            messages = [_message(change) for change in page.changes]
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
        body = _body(head.message)
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
        return status, error, int(retry_after) if retry_after.isdecimal() and len(retry_after) < 8 else 0


def signed(message_id: str, seconds: int, body: bytes, keys: tuple[str, ...]) -> dict[str, str]:
    """The header fields of a message (Standard Webhooks 1.0): signed by each key, the newest first."""
    content = f"{message_id}.{seconds}.".encode() + body
    digests = [hmac.digest(base64.b64decode(key.removeprefix(SECRET_PREFIX)), content, sha256) for key in keys]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }


def _body(message: Message) -> bytes:
    """The same bytes at each attempt."""
    told = {"type": message.type, "timestamp": rfc3339(message.at), "data": msgspec.Raw(message.data.encode())}
    return msgspec.json.encode(told)


def _message(change: Change) -> Message:
    """A change as a message. It does not name the caller, whom only some may see."""
    scope = None
    if change.subject == "order":
        scope = Scope.ORDERS_READ
    elif View("", whole=False, orders=False).type_of(change) != change.type:
        scope = Scope.CATALOG_WRITE
    data = msgspec.json.encode(shown(change, whole=False)).decode()
    return Message(f"change-{change.record.id}-{change.number}", change.type, data, scope, change.record.at)


def _delay(attempts: int) -> int:
    """Microseconds to wait after a number of attempts: longer each time, and with jitter."""
    delay = min(FIRST_DELAY * _FACTOR ** min(attempts, 10), LONGEST_DELAY)
    return int(delay * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - nothing secret
