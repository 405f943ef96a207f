"""An answer that the contract does not have fails the test that saw it: headers and statuses, planted in a service."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.main import create_app
from app.settings import Settings
from tests.clients import Checked, running
from tests.contract.rest_contract import Undocumented

PATHS = ["/v1/categories", "/v2/categories", "/v2/products/1", "/v2/nothing"]


class Planted:
    """A service whose answers differ from what they should be, in a header or the status."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.header: tuple[bytes, bytes] | None = None
        self.status: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and change what is answered."""

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["status"] = self.status or message["status"]
                message["headers"] = [*message["headers"], *([self.header] if self.header else [])]
            await send(message)

        await self.app(scope, receive, changed)


@pytest.fixture
async def planted(database_url: str, anyio_backend: str) -> AsyncIterator[Planted]:
    """A service over an empty catalogue, in which nothing is planted yet."""
    app = create_app(Settings(database_url=database_url, auth="open", rate_limit="off"))
    async with running(app):
        yield Planted(app)


@pytest.fixture
async def http(planted: Planted) -> AsyncIterator[httpx2.AsyncClient]:
    """The client that all tests use."""
    async with httpx2.AsyncClient(transport=Checked(planted), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
async def test_a_header(planted: Planted, http: httpx2.AsyncClient, path: str) -> None:
    """A header that is not documented."""
    await http.get(path)
    planted.header = (b"x-shard", b"7")
    with pytest.raises(Undocumented, match="x-shard"):
        await http.get(path)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", [203, 418])
async def test_a_status(planted: Planted, http: httpx2.AsyncClient, path: str, status: int) -> None:
    """A status that is not documented."""
    await http.get(path)
    planted.status = status
    with pytest.raises(Undocumented):
        await http.get(path)
