"""A client of tus 1.0.0, as far as the tests need one."""

from base64 import b64encode
from typing import Any

import httpx2

from tests.clients import Client

UPLOADS = "/v2/files/uploads"
CONTENT = bytes(range(256)) * 1000
TUS = {"tus-resumable": "1.0.0"}


def said(**metadata: str) -> str:
    """An `Upload-Metadata`."""
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in metadata.items())


def begin(
    client: Client, size: int = len(CONTENT), metadata: str = "", content: bytes = b"", **headers: str
) -> httpx2.Response:
    """Begin an upload."""
    given = {**TUS, "upload-length": str(size), **({"upload-metadata": metadata} if metadata else {}), **headers}
    return client.request("POST", UPLOADS, headers=given, content=content)


def send(client: Client, url: str, start: int, content: Any, **headers: str) -> httpx2.Response:
    """Send a part."""
    given = {**TUS, "upload-offset": str(start), "content-type": "application/offset+octet-stream"}
    return client.request("PATCH", url, content=content, headers=given | headers)
