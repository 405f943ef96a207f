"""A file as it is sent: read and compressed once, at startup, and from then on answered from memory."""

import gzip
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from app.domain import etags

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
SUFFIXES = frozenset(_TYPES)
"""The media types of files by suffix; files with another suffix are not served."""
_COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".ttf", ".wasm"}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Content codings and how their files end, the best first."""


class File:
    """The endpoint of a file, with a strong entity tag for each content coding (RFC 9110, sections 8.4 and 8.8.3)."""

    def __init__(self, suffix: str, body: bytes, headers: dict[str, str], encoded: Mapping[str, bytes]) -> None:
        """`headers` go with every answer; a body that `encoded` does not have as gzip is compressed here."""
        self.headers = {"Content-Type": _TYPES[suffix], "Vary": "Accept-Encoding"} | headers
        self.digest = etags.digest(body)
        self.bodies = {"": body, **encoded}
        if suffix in _COMPRESSED and "gzip" not in encoded:
            self.bodies["gzip"] = gzip.compress(body, mtime=0)

    @classmethod
    def read(cls, path: Path, headers: dict[str, str]) -> "File":
        """The file at a path, with the compressed ones next to it."""
        beside = {coding: path.with_name(path.name + suffix) for coding, suffix in _ENCODINGS.items()}
        encoded = {coding: file.read_bytes() for coding, file in beside.items() if file.exists()}
        return cls(path.suffix, path.read_bytes(), headers, encoded)

    async def __call__(self, request: Request) -> Response:
        """200 in the best coding that the client takes, or 304 where it has that."""
        coding = self._coding(request.headers.get("accept-encoding", ""))
        tag = f'"{self.digest}-{coding}"' if coding else f'"{self.digest}"'
        headers = self.headers | {"ETag": tag}
        if etags.none_match(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers={n: v for n, v in headers.items() if n != "Content-Type"})
        if coding:
            headers["Content-Encoding"] = coding
        return Response(self.bodies[coding], headers=headers)

    def _coding(self, header: str) -> str:
        taken = {
            name.strip()
            for name, _, weight in (part.partition(";") for part in header.lower().split(","))
            if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
        }
        return next((coding for coding in _ENCODINGS if coding in self.bodies and coding in taken), "")
