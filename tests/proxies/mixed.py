"""Mixed requests through a proxy, by visitors who know what each answer must be."""

import asyncio
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import httpx2

from tests.images import drawn, encoded

VISITORS = 8
_BYTES = 300_000
_DECODED = ("identity", "gzip", "deflate")
_READABLE = ("identity", "gzip", "deflate, gzip;q=0.5")
_ENCODINGS = (*_READABLE, "zstd", "br", "zstd, br, gzip")
_OPAQUE = re.compile(r"[0-9a-f.]{10,}")
_TUS = {"Tus-Resumable": "1.0.0"}
_PART = {**_TUS, "Content-Type": "application/offset+octet-stream"}
_RENAME = """mutation ($input: UpdateProductInput!) {
    updateProduct(input: $input) { product { name version etag } userErrors { code } } }"""


class Wrong(Exception):
    """An answer that is not what it must be."""


class Told(NamedTuple):
    """What came of the requests: how many of each kind, the wrong answers, and tags by the encoding of the answer."""

    kinds: Counter[str]
    wrong: list[str]
    tags: Mapping[str, str]


class Visitor:
    """Owns a product and a file, which nobody else changes, and so knows what is there."""

    def __init__(self, http: httpx2.AsyncClient, number: int) -> None:
        self.http, self.number, self.rng = http, number, random.Random(number)
        self.requests = 0
        self.kinds: Counter[str] = Counter()
        self.tags: dict[str, str] = {}
        self._bytes = self.rng.randbytes(_BYTES)
        self._name, self._version, self._tag = f"Lamp {number}", 2, ""

    async def settle(self) -> None:
        """Make what the visitor owns."""
        body = {"name": self._name, "price": 12.5, "stock": 2**30, "description": "Brass, and linen. " * 100}
        self._product = (await self._ask("POST", "/v2/products", 201, json=body)).json()["id"]
        picture = {"file": ("a.png", encoded(drawn(), "PNG"))}
        await self._ask("PUT", f"/v2/products/{self._product}/image", 201, files=picture)
        made = await self._ask("POST", "/v2/files", 201, files={"file": ("a.bin", self._bytes)})
        self._file = made.json()["url"]

    async def step(self) -> None:
        """Do one of the things that visitors do; raises `Wrong`."""
        steps: list[tuple[Callable[[], Awaitable[None]], str, int]] = [
            (self._read, "reads", 6),
            (self._list, "reads", 4),
            (self._look, "reads", 2),
            (self._ask_graphql, "reads", 3),
            (self._revalidate, "304", 6),
            (self._see_image, "304", 2),
            (self._edit, "edits under a tag", 5),
            (self._edit_late, "edits under a tag", 2),
            (self._rename_by_graphql, "edits under a tag", 2),
            (self._come_and_go, "edits under a tag", 2),
            (self._range, "ranges", 4),
            (self._order, "orders", 3),
            (self._upload, "uploads", 1),
            (self._resume, "uploads", 1),
            (self._err, "refusals", 3),
        ]
        [(step, kind, _)] = self.rng.choices(steps, [weight for *_, weight in steps])
        before = self.requests
        try:
            await step()
        finally:
            self.kinds[kind] += self.requests - before

    async def _ask(self, method: str, path: str, status: int, **options: Any) -> httpx2.Response:
        headers = {"Accept-Encoding": self.rng.choice(_READABLE), **options.pop("headers", {})}
        answer = await self.http.request(method, path, headers=headers, **options)
        self.requests += 1
        _hold(answer.status_code == status, f"{method} {path}: {answer.status_code} for {status}: {answer.text[:200]}")
        return answer

    @property
    def _path(self) -> str:
        return f"/v2/products/{self._product}"

    def _key(self) -> dict[str, str]:
        return {"Idempotency-Key": f"{self.number}-{self.requests}"}

    async def _read(self) -> None:
        """The product is as it was left; its tag is kept as the proxy wrote it, or that of a plain answer."""
        encoding = self.rng.choice(_ENCODINGS)
        answer = await self._ask("GET", self._path, 200, headers={"Accept-Encoding": encoding})
        used = answer.headers.get("content-encoding", "identity")
        if used in _DECODED:
            self._is_own(answer.json())
        tag = answer.headers.get("etag", "")
        self.tags[used] = _OPAQUE.sub("…", tag) or "none"
        if not tag:
            answer = await self._ask("GET", self._path, 200, headers={"Accept-Encoding": "identity"})
        self._tag = answer.headers["etag"]

    def _is_own(self, product: Mapping[str, Any]) -> None:
        shown = (product["name"], product["version"])
        _hold(shown == (self._name, self._version), f"{shown} for {(self._name, self._version)}")

    async def _revalidate(self) -> None:
        await self._read()
        answer = await self._ask("GET", self._path, 304, headers={"If-None-Match": self._tag})
        _hold(not answer.content, "a 304 has a body")

    async def _edit(self) -> None:
        """An edit under the tag that the visitor has passes, and the answer has the next one."""
        if not self._tag:
            await self._read()
        self._name = f"Lamp {self.number} {self.rng.random()}"
        headers = {"If-Match": self._tag, **self._key()}
        answer = await self._ask("PATCH", self._path, 200, json={"name": self._name}, headers=headers)
        self._version += 1
        self._is_own(answer.json())
        self._tag = answer.headers.get("etag", "")

    async def _edit_late(self) -> None:
        """An edit under the tag of an earlier version is refused."""
        await self._read()
        late = self._tag
        await self._edit()
        answer = await self._ask("PATCH", self._path, 412, json={"name": "Late"}, headers={"If-Match": late})
        _hold(answer.json()["code"] == "precondition_failed", answer.text)

    async def _list(self) -> None:
        query = {"sort": "-id", "fields": ["id", "name"], "limit": "50"}
        answer = await self._ask("GET", "/v2/products", 200, params=query)
        own = [item["name"] for item in answer.json()["items"] if item["id"] == self._product]
        _hold(own in ([self._name], []), f"the list has {own}")

    async def _graphql(self, query: str, variables: object) -> Any:
        body = {"query": query, "variables": variables}
        return (await self._ask("POST", "/graphql", 200, json=body)).json()["data"]

    async def _ask_graphql(self) -> None:
        query = "query ($id: ID!) { product(id: $id) { name version description } }"
        self._is_own((await self._graphql(query, {"id": self._product}))["product"])

    async def _rename_by_graphql(self) -> None:
        """A tag that REST showed guards a mutation."""
        if not self._tag:
            await self._read()
        self._name = f"Lamp {self.number} {self.rng.random()}"
        changes = {"id": self._product, "name": self._name, "ifMatch": self._tag}
        payload = (await self._graphql(_RENAME, {"input": changes}))["updateProduct"]
        _hold(not payload["userErrors"], f"{self._tag}: {payload}")
        self._version += 1
        self._is_own(payload["product"])
        self._tag = payload["product"]["etag"]

    async def _look(self) -> None:
        answer = await self._ask("HEAD", self._path, 200)
        _hold(not answer.content, "HEAD has a body")

    async def _range(self) -> None:
        first = self.rng.randrange(_BYTES)
        last = self.rng.randrange(first, _BYTES)
        answer = await self._ask("GET", self._file, 206, headers={"Range": f"bytes={first}-{last}"})
        _hold(answer.content == self._bytes[first : last + 1], f"other bytes for {first}-{last}")
        _hold(answer.headers["content-range"] == f"bytes {first}-{last}/{_BYTES}", answer.headers["content-range"])

    async def _order(self) -> None:
        """An order that is sent twice under one key is one order, byte for byte."""
        body = {"items": [{"productId": self._product, "quantity": 2}]}
        key = self._key()
        once, again = [await self._ask("POST", "/v2/orders", 201, json=body, headers=key) for _ in range(2)]
        _hold(once.content == again.content, "the replay differs")
        _hold("idempotent-replayed" in again.headers, "the replay is not marked")

    async def _see_image(self) -> None:
        answer = await self._ask("GET", f"{self._path}/image", 200)
        _hold(answer.content.startswith(b"\x89PNG"), "the image is another")
        tag = {"If-None-Match": answer.headers["etag"]}
        await self._ask("GET", f"{self._path}/image", 304, headers=tag)

    async def _come_and_go(self) -> None:
        body = {"name": f"Short-lived {self.number}", "price": 1}
        made = await self._ask("POST", "/v2/products", 201, json=body, headers=self._key())
        path = f"/v2/products/{made.json()['id']}"
        tag = {"If-Match": made.headers["etag"]} if "etag" in made.headers else {}
        await self._ask("DELETE", path, 204, headers=tag)
        await self._ask("GET", path, 404)

    async def _upload(self) -> None:
        content = self.rng.randbytes(self.rng.randrange(1, 200_000))
        made = (await self._ask("POST", "/v2/files", 201, files={"file": ("b.bin", content)})).json()
        await self._ends_as(content, made["url"])

    async def _ends_as(self, content: bytes, url: str) -> None:
        answer = await self._ask("GET", url, 200)
        _hold(hashlib.sha256(answer.content).digest() == hashlib.sha256(content).digest(), "the file is another")
        await self._ask("DELETE", url, 204)

    async def _resume(self) -> None:
        content = self.rng.randbytes(self.rng.randrange(2, 200_000))
        cut = self.rng.randrange(1, len(content))
        length = {**_TUS, "Upload-Length": str(len(content))}
        made = await self._ask("POST", "/v2/files/uploads", 201, headers=length)
        path = httpx2.URL(made.headers["location"]).path
        for offset, part in ((0, content[:cut]), (cut, content[cut:])):
            headers = {**_PART, "Upload-Offset": str(offset)}
            answer = await self._ask("PATCH", path, 204, content=part, headers=headers)
            _hold(answer.headers["upload-offset"] == str(offset + len(part)), "another offset")
        await self._ends_as(content, path.replace("/uploads", ""))

    async def _err(self) -> None:
        """Refusals come through as problem documents, whole."""
        path, options, status, code = self.rng.choice(
            [
                ("/v2/products", {"json": {"name": " ", "price": 0}}, 422, "validation_failed"),
                (
                    "/v2/products",
                    {"content": b"{", "headers": {"Content-Type": "application/json"}},
                    400,
                    "malformed_request",
                ),
                (
                    "/v2/products/9007199254740991/image",
                    {"files": {"file": ("a.txt", b"no image")}},
                    415,
                    "unsupported_media_type",
                ),
                ("/v2/orders", {"json": {"items": []}}, 400, "idempotency_key_required"),
                (f"{self._path}/stock-adjustments", {"json": {"delta": -(2**31) + 1}}, 409, "out_of_stock"),
                ("/v2/rate-limit", {}, 405, "method_not_allowed"),
            ]
        )
        answer = await self._ask("POST", path, status, **options)
        _hold(answer.json()["code"] == code, answer.text)


def _hold(true: bool, message: str) -> None:
    if not true:
        raise Wrong(message)


async def visit(port: int, requests: int) -> Told:
    """Send at least so many requests through a proxy."""
    wrong: list[str] = []
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        visitors = [Visitor(http, number) for number in range(VISITORS)]

        async def stay(visitor: Visitor) -> None:
            await visitor.settle()
            while visitor.kinds.total() < requests / VISITORS:
                try:
                    await visitor.step()
                except (Wrong, httpx2.HTTPError, KeyError, json.JSONDecodeError) as error:
                    wrong.append(f"{type(error).__name__}: {error}")

        await asyncio.gather(*map(stay, visitors))
    tags = {encoding: shape for visitor in visitors for encoding, shape in visitor.tags.items()}
    return Told(sum((visitor.kinds for visitor in visitors), Counter()), wrong, tags)
