"""Multipart forms that send a file, and what is stored of it."""

import hashlib
from pathlib import Path
from typing import Any

from tests.clients import Client

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def form(*parts: tuple[str, bytes], end: str = "--", boundary: str = "b") -> bytes:
    """A multipart body of parts, each with its disposition."""
    bodies = [
        f"--{boundary}\r\nContent-Disposition: {said}\r\n\r\n".encode() + content + b"\r\n" for said, content in parts
    ]
    return b"".join(bodies) + f"--{boundary}{end}\r\n".encode()


def send(client: Client, body: Any, content_type: str = "multipart/form-data; boundary=b", **headers: str) -> Any:
    """POST a body as a file."""
    given = {"content-type": content_type, **{name.replace("_", "-"): text for name, text in headers.items()}}
    return client.request("POST", "/v2/files", content=body, headers=given)


def left(stored: Path) -> list[Path]:
    """Every file that is stored."""
    return [path for path in stored.rglob("*") if path.is_file()]
