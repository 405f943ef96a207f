"""Deadlines in virtual time, with applications that are late on purpose."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import TandemError
from app.http.request_state import RequestState
from app.middleware.deadline import Deadline
from tests.virtual_time import run

App = Callable[[Scope, Receive, Send], Awaitable[None]]
_BEGIN: Message = {"type": "http.response.start", "status": 200, "headers": []}
_END: Message = {"type": "http.response.body", "body": b"done"}


async def _call(app: App, *parts: bytes, json: bool = True, seconds: float = 0.3) -> list[Message]:
    """What an application sends behind a deadline. Each part of the body comes after a fifth of a second."""
    left, sent = list(parts), []

    async def receive() -> Message:
        await asyncio.sleep(0.2 if left else 60)
        return {"type": "http.request", "body": left.pop(0), "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")] if json else []
    bounded = Deadline(app, seconds)
    bounded.body_seconds = 0.5
    await _request(bounded, headers, receive, send)
    return sent


async def _request(app: ASGIApp, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
    scope: Scope = {"type": "http", "method": "POST", "headers": headers, "state": {}}
    request = scope["state"]["request"] = RequestState(scope, send, [])
    await app(scope, receive, request.send)


async def _hang(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await asyncio.sleep(60)


async def _read(_scope: Scope, receive: Receive, send: Send) -> None:
    for _ in range(4):
        await receive()
    await send(_BEGIN)
    await send(_END)


async def _read_for_ever(_scope: Scope, receive: Receive, _send: Send) -> None:
    while True:
        await receive()


async def _stream(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(_BEGIN)
    await asyncio.sleep(0.8)
    await send(_END)


async def _fail_by_itself(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise TimeoutError


@pytest.mark.parametrize(
    ("app", "parts", "code", "status"),
    [
        (_hang, (), "timeout", 503),
        (_read_for_ever, (), "request_timeout", 408),
        (_read_for_ever, (b"{",) * 9, "request_timeout", 408),
    ],
)
def test_late(app: App, parts: tuple[bytes, ...], code: str, status: int) -> None:
    """No answer, no body, or a JSON body that takes longer than the request may: each has its code."""
    with pytest.raises(TandemError) as refused:
        run(_call(app, *parts))
    assert (refused.value.code, refused.value.status) == (code, status)
    assert refused.value.retry_after == (1 if status == 503 else None)


def test_begun_answer_takes_its_time() -> None:
    """A stream that began in time is not cut."""
    assert run(_call(_stream)) == [_BEGIN, _END]


def test_upload_that_comes_steadily_takes_its_time() -> None:
    """What is no JSON gains time with every byte of it."""
    parts = [b"x" * 16_384] * 4
    assert run(_call(_read, *parts, json=False)) == [_BEGIN, _END]


def test_other_timeouts_stay_what_they_are() -> None:
    """A TimeoutError of the application's own is not taken for the request's."""
    with pytest.raises(TimeoutError):
        run(_call(_fail_by_itself))


def test_listening_for_the_client_to_leave_is_not_late() -> None:
    """Once the body is complete, whoever waits for a disconnect is not given up."""

    async def listen(_scope: Scope, receive: Receive, send: Send) -> None:
        assert not (await receive()).get("more_body")
        await send(_BEGIN)
        assert (await receive())["type"] == "http.disconnect"
        await send(_END)

    async def call() -> list[Message]:
        inbox = [(0.0, {"type": "http.request", "body": b""}), (0.8, {"type": "http.disconnect"})]
        sent: list[Message] = []

        async def receive() -> Message:
            seconds, message = inbox.pop(0)
            await asyncio.sleep(seconds)
            return message

        async def send(message: Message) -> None:
            sent.append(message)

        bounded = Deadline(listen, 0.3)
        bounded.body_seconds = 0.2
        await _request(bounded, [], receive, send)
        return sent

    assert run(call()) == [_BEGIN, _END]
