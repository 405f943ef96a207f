"""Uploads to a server that is killed among them: what was acknowledged is there, and what is there is whole."""

import asyncio
import hashlib
import os
import random
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import httpx2
from sqlalchemy import text

from app.domain.catalogue.product_rows import insert_all
from app.domain.unit_of_work import Statement, Unit
from app.stores.database import open_database
from tests.catalogues import goods
from tests.images import drawn, encoded
from tests.ports import free_port
from tests.servers import PATIENCE
from tests.torture.nursery import Nursery

AT_ONCE = 4
"""Uploads that a kill may meet."""
_PIECE, _MOST = 65_536, 2_000_000
_NAMES = Statement(
    text(
        "SELECT sha256 FROM file UNION SELECT image_sha256 FROM product WHERE image_sha256 IS NOT NULL"
        " UNION SELECT sha256 FROM variant UNION SELECT sha256 FROM upload_part"
    )
)
_RUN = "from app.cli import main; main()"


class Found(NamedTuple):
    """What a run was, and what is wrong after it; `checked` is the status of `tandem files check`."""

    uploads: int
    acknowledged: int
    kills: int
    referred: int
    missing: int
    partial: int
    unserved: int
    checked: int

    def faults(self) -> dict[str, int]:
        """All that is not zero, and should be."""
        return {name: n for name, n in self._asdict().items() if n and name in Found._fields[4:]}


def keep_files(folder: str) -> None:
    """What a server is told before it runs."""
    os.environ["TANDEM_FILES_URL"] = Path(folder).as_uri()


class Uploads:
    """Uploads random bytes in random ways, whatever becomes of the server, and remembers what it was told."""

    def __init__(self, port: int, product_id: int, rng: random.Random) -> None:
        self._http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self._product, self._rng = product_id, rng
        self._left, self._then = 0, _nothing
        self.acknowledged: dict[str, str] = {}

    def after(self, pieces: int, then: Callable[[], None]) -> None:
        """Do something once so many more pieces have been sent."""
        self._left, self._then = pieces, then

    def end(self) -> None:
        """Do it now, unless it was done."""
        self._left, then = 0, self._then
        self._then = _nothing
        then()

    async def one(self) -> None:
        """Upload a file, a file in parts, or an image of the product; it may fail in any way."""
        way = self._rng.choice((self._file, self._file, self._in_parts, self._image))
        try:
            await way()
        except httpx2.HTTPError:
            return  # the server is gone

    async def served(self) -> int:
        """How many files that were acknowledged are not served as they were."""
        wrong = 0
        for url, sha256 in self.acknowledged.items():
            answer = await self._http.get(url)
            wrong += answer.status_code != 200 or hashlib.sha256(answer.content).hexdigest() != sha256
        image = await self._http.get(f"/v2/products/{self._product}/image")
        if image.status_code == 200:
            wrong += image.headers["etag"] != f'"{hashlib.sha256(image.content).hexdigest()}"'
        return wrong

    async def leave(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _file(self) -> None:
        data = self._bytes()
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + data + b"\r\n--b--\r\n"
        answer = await self._http.post("/v2/files", content=self._slowly(body), headers=_FORM)
        if answer.status_code == 201:
            self.acknowledged[answer.json()["url"]] = hashlib.sha256(data).hexdigest()

    async def _in_parts(self) -> None:
        data, tus = self._bytes(), {"tus-resumable": "1.0.0"}
        said = f"filename {b64encode(b'a').decode()}"
        made = await self._http.post(
            "/v2/files/uploads", headers={**tus, "upload-length": str(len(data)), "upload-metadata": said}
        )
        url, start = made.headers["location"], 0
        while start < len(data):
            piece = data[start : start + self._rng.randint(1, len(data))]
            headers = {**tus, "upload-offset": str(start), "content-type": "application/offset+octet-stream"}
            answer = await self._http.patch(url, content=self._slowly(piece), headers=headers)
            start = int(answer.headers["upload-offset"])
        self.acknowledged[url.replace("/uploads", "")] = hashlib.sha256(data).hexdigest()

    async def _image(self) -> None:
        picture = encoded(drawn(self._rng.randint(1, 300), self._rng.randint(1, 300)), "PNG")
        await self._http.put(f"/v2/products/{self._product}/image", files={"file": ("a.png", picture)})
        await self._http.get(f"/v2/products/{self._product}/image?width=160", headers={"accept": "image/webp"})

    def _bytes(self) -> bytes:
        return self._rng.randbytes(self._rng.randint(0, _MOST))

    async def _slowly(self, body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), _PIECE):
            yield body[start : start + _PIECE]
            self._left -= 1
            if not self._left:
                self.end()
            await asyncio.sleep(self._rng.random() / 500)


def _nothing() -> None:
    pass


_FORM = {"content-type": "multipart/form-data; boundary=b"}


async def run(url: str, nursery: Nursery, folder: Path, count: int, seed: int) -> Found:
    """Make so many uploads, kill the server among every few of them, and look at what there is."""
    rng, port = random.Random(seed), free_port()
    database = open_database(url)
    (product_id,) = await database.write(lambda unit: insert_all(unit, [goods("Tea", 12_3400)]))
    uploads, hook = Uploads(port, product_id, rng), "tests.torture.uploads:keep_files"
    for _ in range(count // AT_ONCE):
        server = nursery.start(url, port, hook, str(folder))
        await _until_up(port)
        uploads.after(rng.randint(1, AT_ONCE * _MOST // _PIECE), lambda pid=server: nursery.kill(pid))
        await asyncio.gather(*(uploads.one() for _ in range(AT_ONCE)))
        uploads.end()
    server = nursery.start(url, port, hook, str(folder))
    await _until_up(port)
    unserved = await uploads.served()
    await uploads.leave()
    nursery.kill(server)

    async def names(unit: Unit) -> set[str]:
        return {row[0] for row in await unit.all(_NAMES)}

    referred = await database.read(names)
    await database.close()
    whole, partial = _stored(folder)
    acknowledged, kills, missing = len(uploads.acknowledged), count // AT_ONCE + 1, len(referred - whole)
    return Found(count, acknowledged, kills, len(referred), missing, partial, unserved, _check(url, folder))


def _stored(folder: Path) -> tuple[set[str], int]:
    """The names of the blobs that are what they are called, and how many are not."""
    blobs = {path.parent.name + path.name: path for path in folder.glob("[0-9a-f][0-9a-f]/*")}
    whole = {name for name, path in blobs.items() if hashlib.sha256(path.read_bytes()).hexdigest() == name}
    return whole, len(blobs) - len(whole)


async def _until_up(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            return


def _check(url: str, folder: Path) -> int:
    environment = os.environ | {"TANDEM_DATABASE_URL": url, "TANDEM_FILES_URL": folder.as_uri()}
    command = [sys.executable, "-c", _RUN, "files", "check"]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode
