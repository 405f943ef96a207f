"""Content for downloads, and an application that serves it."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.errors import TandemError
from app.http import downloads, problem_details
from app.http.downloads import IMMUTABLE, Content

DATA = bytes(range(256)) * 40
NAME = sha256(DATA).hexdigest()
CONTENT = Content(
    NAME, len(DATA), "application/x-bytes", IMMUTABLE, "bytes.bin", datetime(2026, 11, 25, 10, 0, 0, 999, tzinfo=UTC)
)


async def chunks(start: int, stop: int) -> AsyncGenerator[bytes, None]:
    """The bytes, a thousand at a time."""
    for place in range(start, stop, 1000):
        yield DATA[place : min(stop, place + 1000)]


def serving(content: Content = CONTENT, read: downloads.Read = chunks) -> Any:
    """An application that has nothing but the content."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response: Response
        try:
            response = downloads.answer(Request(scope), content, read)
        except TandemError as error:
            response = problem_details.response(error, "id")
        await response(scope, receive, send)

    return app
