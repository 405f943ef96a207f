"""Clients of the application in process: what they receive from REST is held against the published contract."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx2
from starlette.types import ASGIApp, Message

from tests.contract.rest_contract import Answer, check

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]


class Checked(httpx2.ASGITransport):
    """Requests to an ASGI application, whose every answer is checked."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; raises `Undocumented` where the contract does not have the answer."""
        response = await super().handle_async_request(request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(response.status_code, headers, await response.aread())
        check(_method(request), request.url.raw_path.partition(b"?")[0].decode(), request.url.query.decode(), answer)
        return response


def _method(request: httpx2.Request) -> str:
    """The method of a request, by its contract: a POST to one upload may name another."""
    override = request.headers.get("x-http-method-override", "").upper()
    overrides = request.method == "POST" and "/files/uploads/" in request.url.path and override in ("PATCH", "DELETE")
    return override if overrides else str(request.method)


class Client:
    """An HTTP client without `await`, for tests that do one thing after another."""

    def __init__(self, app: ASGIApp, run: Run[Any]) -> None:
        self.run = run
        self.http = httpx2.AsyncClient(transport=Checked(app), base_url="http://test")

    def request(self, method: str, url: str, **options: Any) -> httpx2.Response:
        """Send a request and read the answer."""
        response: httpx2.Response = self.run(self.http.request(method, url, **options))
        return response

    def get(self, url: str, **headers: str) -> httpx2.Response:
        """GET a URL; header names are given with underscores."""
        return self.request("GET", url, headers=_names(headers))

    def post(self, url: str, json: object, **headers: str) -> httpx2.Response:
        """POST a body as JSON."""
        return self.request("POST", url, json=json, headers=_names(headers))

    def put(self, url: str, json: object, **headers: str) -> httpx2.Response:
        """PUT a body as JSON."""
        return self.request("PUT", url, json=json, headers=_names(headers))

    def patch(self, url: str, json: object, **headers: str) -> httpx2.Response:
        """PATCH by a body as JSON."""
        return self.request("PATCH", url, json=json, headers=_names(headers))

    def upload(
        self, url: str, content: bytes, name: str = "a.bin", kind: str = "", method: str = "POST", **headers: str
    ) -> httpx2.Response:
        """Send a file as a form; without a `kind` its name tells its media type."""
        part = (name, content, kind) if kind else (name, content)
        return self.request(method, url, files={"file": part}, headers=_names(headers))

    def delete(self, url: str, **headers: str) -> httpx2.Response:
        """DELETE what a URL names."""
        return self.request("DELETE", url, headers=_names(headers))


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """The application between its startup and its shutdown (ASGI's lifespan protocol)."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    serving = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    yield
    await inbox.put({"type": "lifespan.shutdown"})
    await serving
