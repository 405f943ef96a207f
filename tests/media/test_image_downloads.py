"""Images from other hosts: fetched over https from the public internet alone, within bounds."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.domain.unit_of_work import Database
from app.http import outgoing
from app.http.outgoing import INTERNET, Network
from app.media import image_downloads
from app.media.blob_storage import Storage
from app.media.image_downloads import ImageDownloads, ImageFetchError
from app.media.image_pool import ImagePool
from app.media.product_images import ProductImages
from app.stores.open_blobs import open_blobs
from tests.conftest import Run
from tests.images import drawn, encoded, png_bomb
from tests.servers import PATIENCE
from tests.web import HERE, PRIVATE, Web, answer

JPEG = encoded(drawn(), "JPEG")
LIMIT = 1_000_000
Work = Callable[[Web, ImageDownloads], Awaitable[Any]]


@pytest.fixture
def downloading(database: Database, tmp_path: Path, run: Run[Any]) -> Callable[[Work], Any]:
    """Runs work beside a server, on downloads that reach it alone."""

    async def done(work: Work) -> Any:
        pool = ImagePool()
        images = ProductImages(Storage(open_blobs(f"file:{tmp_path}"), database), pool)
        async with Web().serving() as web:
            downloads = ImageDownloads(images, LIMIT, web.network())
            try:
                return await work(web, downloads)
            finally:
                await downloads.close()
                pool.close()

    return lambda work: run(done(work))


def refused(downloading: Callable[[Work], Any], page: Any, message: str, url: str = "/1.jpg", **where: str) -> Web:
    """Ask for a page that is refused with a message; the server."""

    async def work(web: Web, downloads: ImageDownloads) -> Web:
        web.pages["/1.jpg"] = page(web) if callable(page) and not asyncio.iscoroutinefunction(page) else page
        web.pages["/2.jpg"] = answer(JPEG)
        with pytest.raises(ImageFetchError, match=message):
            await downloads.fetch(web.url(url, **where))
        return web

    return downloading(work)  # type: ignore[no-any-return]


def test_an_image(downloading: Callable[[Work], Any]) -> None:
    """An image is encoded anew, as an upload is, whatever type is declared; it may be led on to."""

    async def work(web: Web, downloads: ImageDownloads) -> None:
        web.pages["/1.jpg"] = answer(JPEG + b"<script>", content_type="text/html")
        web.pages["/moved"] = answer(status="302 Found", location="/1.jpg")
        one, two = [await downloads.fetch(web.url(path)) for path in ("/1.jpg", "/moved")]
        assert one == two
        assert (one.content_type, one.width, one.height) == ("image/jpeg", 64, 48)
        both = await downloads.fetch(web.url("/1.jpg", host="both.test"))
        assert both == one

    downloading(work)


@pytest.mark.parametrize(
    ("host", "scheme"), [("private.test", "https"), (PRIVATE, "https"), ("[::1]", "https"), ("images.test", "http")]
)
def test_where_it_may_not_go(downloading: Callable[[Work], Any], host: str, scheme: str) -> None:
    """Names and addresses that are not public, and other schemes, are not asked, directly or by a redirect."""
    message = "https://" if scheme == "http" else "public internet"

    async def work(web: Web, downloads: ImageDownloads) -> None:
        for status in ("301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            web.pages["/1.jpg"] = answer(status=status, location=web.url("/2.jpg", host, scheme))
            web.pages["/2.jpg"] = answer(JPEG)
            web.hosts = {"images.test": [HERE], "private.test": [PRIVATE], PRIVATE: [PRIVATE], "::1": ["::1"]}
            with pytest.raises(ImageFetchError, match=message):
                await downloads.fetch(web.url("/1.jpg"))
        with pytest.raises(ImageFetchError, match=f"{message}|cannot be reached"):
            await downloads.fetch(web.url("/2.jpg", host, scheme))
        assert web.hits == {"/1.jpg": 4}

    downloading(work)


def test_a_name_that_changes(downloading: Callable[[Work], Any]) -> None:
    """A name is resolved once a connection, which goes to the address that was checked; the next is checked anew."""

    async def work(web: Web, downloads: ImageDownloads) -> None:
        web.pages["/1.jpg"] = answer(JPEG)
        await downloads.fetch(web.url("/1.jpg"))
        assert web.lookups == {"images.test": 1}
        web.hosts = {"images.test": [PRIVATE]}
        with pytest.raises(ImageFetchError, match="public internet"):
            await downloads.fetch(web.url("/1.jpg"))
        assert web.hits == {"/1.jpg": 1}

    downloading(work)


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body that states no length and does not end."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + JPEG)
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def silent(writer: asyncio.StreamWriter) -> None:
    """A body that stops half-way."""
    writer.write(answer(JPEG)[:-10])
    await writer.drain()
    await asyncio.Event().wait()


def test_bodies_that_are_too_large(downloading: Callable[[Work], Any]) -> None:
    """A body beyond the limit is refused by its length before it is read, else while it is."""
    refused(downloading, endless, "more than 1000000 bytes")
    head = answer().replace(b"Content-Length: 0", b"Content-Length: 2147483648")
    refused(downloading, head, "more than 1000000 bytes")
    refused(downloading, head.replace(b"2147483648", b"9" * 5_000), "Content-Length")


def test_slow_bodies(downloading: Callable[[Work], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A download ends when its time is up, however little it still waits for."""
    monkeypatch.setattr(image_downloads, "_SECONDS", 0.3)
    refused(downloading, silent, "seconds")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml"), "not a JPEG"),
        (answer(b"<html>", content_type="image/jpeg"), "not a JPEG"),
        (answer(JPEG[: len(JPEG) // 2]), "incomplete"),
        (answer(png_bomb(12_000, 12_000)), "pixels"),
        (answer(), "not a JPEG"),
        (answer(status="404 Not Found"), "answers 404"),
        (answer(JPEG, "206 Partial Content"), "answers 206"),
        (answer(status="302 Found", location="/1.jpg"), "too often"),
        (answer(status="302 Found", location="file:///etc/passwd"), "https://|protocol"),
        (answer(status="302 Found", location="https://images.test:99999/"), "port"),
        (answer(status="302 Found", location="https://0177.0.0.1/"), "IPv4"),
        (answer(status="302 Found", location="https://" + "a" * 70 + ".test/"), "not known"),
        (b"SSH-2.0-OpenSSH\r\n", "."),
        (b"", "."),
        (answer(JPEG)[:-10], "."),
    ],
)
def test_wrong_answers(downloading: Callable[[Work], Any], page: bytes, message: str) -> None:
    """What is no image, or no answer of HTTP, is refused with a reason."""
    refused(downloading, page, message)


def test_certificates_are_checked(downloading: Callable[[Work], Any]) -> None:
    """A host that cannot prove its name gets no request."""

    async def work(web: Web, downloads: ImageDownloads) -> None:
        web.hosts = {"other.test": [HERE]}
        with pytest.raises(ImageFetchError):
            await downloads.fetch(web.url("/1.jpg", host="other.test"))
        assert not web.hits

    downloading(work)


def test_a_host_that_is_away(downloading: Callable[[Work], Any]) -> None:
    """A host that cannot be reached is given up after a few times; others are still asked."""

    async def work(web: Web, downloads: ImageDownloads) -> None:
        web.pages["/1.jpg"] = answer(JPEG)
        for number in range(20):
            with pytest.raises(ImageFetchError):
                await downloads.fetch(f"https://away.test/{number}.jpg")
        assert web.lookups == {"away.test": 3}
        await downloads.fetch(web.url("/1.jpg"))

    downloading(work)


def test_production_reaches_the_internet_alone() -> None:
    """Without a network of a test's, names are resolved by the system, and only public addresses are allowed."""
    assert Network() == INTERNET
    assert (INTERNET.resolve, INTERNET.allows(HERE), INTERNET.allows(PRIVATE)) == (outgoing.resolve, False, False)


def test_names_that_nobody_answers(run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names wait for servers that do not answer, other work of the service gets its threads."""
    over = threading.Event()
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_, **__: over.wait() and [])

    async def work() -> list[list[str]]:
        waiting = [asyncio.create_task(outgoing.resolve("slow.test", 443)) for _ in range(64)]
        try:
            async with asyncio.timeout(PATIENCE):
                assert await asyncio.to_thread(lambda: "done") == "done"
        finally:
            over.set()
        return list(await asyncio.gather(*waiting))

    assert run(work()) == [[]] * 64


def test_the_systems_resolver(run: Run[Any]) -> None:
    """The system resolves names to addresses; those of this machine are refused before any connection."""
    assert "127.0.0.1" in run(outgoing.resolve("localhost", 443)) + run(outgoing.resolve("127.0.0.1", 443))

    async def asked() -> None:
        async with outgoing.client() as client:
            for host in ("localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "127.1"):
                with pytest.raises(outgoing.httpx2.ConnectError, match=r"public internet|not known"):
                    await client.get(f"https://{host}/")

    run(asked())
