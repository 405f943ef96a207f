"""Uvicorn with a constant answer of 280 bytes: the most that a Python server can do on a machine."""

from starlette.types import Receive, Scope, Send

_BODY = b'{"id":777,"name":"' + b"x" * 260 + b'"}'
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())],
}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer."""
    await send(_START)
    await send({"type": "http.response.body", "body": _BODY})
