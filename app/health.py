"""Health: whether the process lives, and whether it can serve."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from app import problems
from app.domain.errors import TandemError
from app.domain.unit import Database
from app.stores.revision import require_newest


class Page:
    """An address that is read only: GET and HEAD."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET; Starlette's server drops the body of a HEAD."""
        if scope["method"] not in {"GET", "HEAD"}:
            raise problems.method_not_allowed("GET", "HEAD")
        await (await self.answer(Request(scope, receive)))(scope, receive, send)


async def livez(_request: Request) -> Response:
    """200 while the process answers at all."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def readyz(database: Database, _request: Request) -> Response:
    """200 where the database answers and is at the newest revision, else 503 with the reason."""
    reason = await _unready(database)
    status = {"status": "unavailable", "reason": reason} if reason else {"status": "ok"}
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "1"} if reason else {})
    return JSONResponse(status, 503 if reason else 200, headers)


async def _unready(database: Database) -> str | None:
    try:
        await require_newest(database)
    except TandemError as error:
        return error.message
    return None
