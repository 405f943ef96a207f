"""The application in process, as tests call it: over ASGI, with its database at hand."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import httpx2
import msgspec
import pytest

from app import components, main
from app.domain.changes.change_log import ChangeLog
from app.settings import Settings
from app.stores.database import microseconds, open_database
from tests.clients import Checked

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Service:
    """One application over one database; what REST answers is held against the published contract.

    One that is not `checked` is for thousands of answers of a shape that other tests hold against it. It is open and
    unlimited, unless `settings` say otherwise.
    """

    def __init__(
        self, url: str, clock: Callable[[], int] = microseconds, *, checked: bool = True, **settings: Any
    ) -> None:
        self.url = url
        self._folder = TemporaryDirectory(prefix="tandem-files-")
        self.database = open_database(url, clock)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(components, "open_database", lambda *_: self.database)
            self.files_url = Path(self._folder.name).as_uri()
            files = {"files_url": self.files_url}
            chosen = Settings(**{"database_url": url, "auth": "open", "rate_limit": "off"} | files | settings)
            self.changes = ChangeLog(self.database, chosen.changes_ttl * 1_000_000)
            patch.setattr(components, "ChangeLog", lambda *_: self.changes)
            self.app = app = main.create_app(chosen, clock, clock)
        transport = Checked if checked else httpx2.ASGITransport
        self.http = httpx2.AsyncClient(transport=transport(app), base_url="http://test")

    async def send(self, method: str, path: str, value: Any = None, **headers: str) -> httpx2.Response:
        """Send a request; `value` goes as JSON, bytes as they are. Header names may have `_` for `-`."""
        fields = {name.replace("_", "-"): text for name, text in headers.items()}
        if value is not None:
            fields = {"content-type": "application/json"} | fields
        body = value if isinstance(value, bytes) or value is None else _encode(value)
        response = await self.http.request(method, path, content=body, headers=fields)
        assert response.status_code < 500 or "retry-after" in response.headers, response.text
        return response

    async def illustrate(self, product_id: int | str, image: bytes, **headers: str) -> httpx2.Response:
        """Give a product an image."""
        body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + image + b"\r\n--b--\r\n"
        kind = "multipart/form-data; boundary=b"
        return await self.send("PUT", f"/v2/products/{product_id}/image", body, content_type=kind, **headers)

    async def attach(self, product_id: int, image: bytes, alt: str = "", **headers: str) -> httpx2.Response:
        """Add an image to those of a product."""
        form: dict[str, Any] = {"files": {"file": ("a.bin", image)}, "data": {"alt": alt}}
        fields = {name.replace("_", "-"): text for name, text in headers.items()}
        return await self.http.post(f"/v2/products/{product_id}/images", headers=fields, **form)

    async def graphql(self, query: str, variables: Any = None, **headers: str) -> dict[str, Any]:
        """What a GraphQL document answers."""
        response = await self.send("POST", "/graphql", {"query": query, "variables": variables}, **headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the client, then the database."""
        await self.http.aclose()
        await self.changes.feed.close()
        await self.database.close()
        self._folder.cleanup()
