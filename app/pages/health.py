"""Health: whether the process lives, and whether it can serve."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from app.domain.errors import NotMigrated, TandemError
from app.domain.unit_of_work import Database
from app.http import problem_details
from app.stores.revision import require_served

_SECONDS_TO_ANSWER = 2.0
_SECONDS_HELD = 0.5


class Page:
    """An address that is read only: GET and HEAD."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET; Starlette's server drops the body of a HEAD."""
        if scope["method"] not in {"GET", "HEAD"}:
            raise problem_details.method_not_allowed("GET", "HEAD")
        await (await self.answer(Request(scope, receive)))(scope, receive, send)


async def livez(_request: Request) -> Response:
    """200 while the process answers at all."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


class Readiness:
    """Whether the process can serve: database, migrations, Redis where it is configured.

    Redis alone does not make the service unready, since requests pass without it. A result is kept for half a second,
    so many concurrent requests query the database once.
    """

    def __init__(self, database: Database, redis: Callable[[], Awaitable[bool]] | None) -> None:
        self._database = database
        self._redis = redis
        self.cause = ""
        """The words of the database or its driver when it was last unavailable: for the log, not for clients."""
        self._asking: asyncio.Task[dict[str, str]] | None = None
        self._until = 0.0

    async def answer(self, _request: Request) -> Response:
        """200 with what was checked, else 503 with the reason."""
        loop = asyncio.get_running_loop()
        if self._asking is None or (self._asking.done() and loop.time() >= self._until):
            self._asking = loop.create_task(self.check())
            self._until = loop.time() + _SECONDS_HELD
        checks = await asyncio.shield(self._asking)
        reason = next((checks[name] for name in ("database", "migrations") if checks[name] != "ok"), None)
        status = {"status": "unavailable", "reason": reason} if reason else {"status": "ok"}
        headers = {"Cache-Control": "no-store"} | ({"Retry-After": "1"} if reason else {})
        return JSONResponse({**status, "checks": checks}, 503 if reason else 200, headers)

    async def check(self) -> dict[str, str]:
        """The state of each part: `ok`, or why it cannot serve."""
        checks = {"database": "ok", "migrations": "ok"}
        try:
            async with asyncio.timeout(_SECONDS_TO_ANSWER):
                await require_served(self._database)
        except NotMigrated as error:
            checks["migrations"] = error.message
        except TandemError as error:
            checks["database"], self.cause = error.message, str(error.__cause__)
        except TimeoutError:
            checks["database"] = "The database does not answer."
        if self._redis:
            checks["redis"] = "ok" if await self._redis() else "It does not answer; requests pass uncounted."
        return checks
