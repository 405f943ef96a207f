"""Images of products over REST: encoded anew, shown under an address that names them, in smaller makes made once."""

import asyncio
import hashlib
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from app.main import create_app
from app.media import image_processing, product_images
from app.settings import Settings
from tests.clients import Client
from tests.conftest import Run
from tests.images import EXE, GIF_JS, SVG, drawn, encoded, png_bomb

PNG = encoded(drawn(800, 600), "PNG")


@pytest.fixture
def lamp(client: Client) -> str:
    """The path of a product."""
    return f"/products/{client.post('/v2/products', {'name': 'Lamp', 'price': 40}).json()['id']}"


def opened(answer: httpx2.Response) -> Any:
    """An image that was sent, as (format, size)."""
    with Image.open(BytesIO(answer.content)) as image:
        return image.format, image.size


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_given(client: Client, prefix: str, lamp: str, method: str) -> None:
    """An image that is given is told, shown with its product, and sent; the first is 201, another one 200."""
    url = f"{prefix}{lamp}/image"
    made = client.upload(url, PNG, "lamp.png", method=method)
    assert (made.status_code, made.headers["location"]) == (201, url)
    told = made.json()
    assert {name: told[name] for name in ("contentType", "width", "height")} == {
        "contentType": "image/png",
        "width": 800,
        "height": 600,
    }
    assert told == client.get(f"/v2{lamp}").json()["image"]
    sent = client.get(told["url"])
    assert (opened(sent), len(sent.content)) == (("PNG", (800, 600)), told["bytes"])
    assert sent.headers["cache-control"] == "max-age=31536000, immutable"
    assert sent.headers["etag"] == made.headers["etag"] == f'"{hashlib.sha256(sent.content).hexdigest()}"'
    assert sent.headers["cross-origin-resource-policy"] == "cross-origin"
    again = client.upload(url, encoded(drawn(), "JPEG"), "lamp.png", method=method)
    assert (again.status_code, "location" in again.headers) == (200, False)
    assert again.json()["contentType"] == "image/jpeg"


def test_addresses(client: Client, prefix: str, lamp: str) -> None:
    """An address without the content's name, or with that of another image, gives the present one, to be asked for
    again; ranges and conditions work on all of them."""
    old = client.upload(f"{prefix}{lamp}/image", PNG).json()["url"]
    new = client.upload(f"{prefix}{lamp}/image", encoded(drawn(), "GIF")).json()["url"]
    plain = f"{prefix}{lamp}/image"
    assert old != new
    for url in (old, plain):
        answer = client.get(url)
        assert (opened(answer), answer.headers["cache-control"]) == (("GIF", (64, 48)), "no-cache")
    tag = client.get(new).headers["etag"]
    assert client.get(plain, if_none_match=tag).status_code == 304
    assert client.get(plain, range="bytes=0-2").content == b"GIF"
    assert client.request("HEAD", plain).headers["content-length"] == str(len(client.get(plain).content))
    assert client.request("OPTIONS", plain).headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST, PUT"


def test_an_edit(client: Client, lamp: str) -> None:
    """An image is an edit of its product: version, time and entity tag change, and so do those of lists."""
    before, page = client.get(f"/v2{lamp}"), client.get("/v2/products").headers["etag"]
    client.upload(f"/v2{lamp}/image", PNG)
    after = client.get(f"/v2{lamp}")
    assert after.json()["version"] == before.json()["version"] + 1
    assert after.json()["updatedAt"] > before.json()["updatedAt"]
    assert after.headers["etag"] != before.headers["etag"]
    assert client.get("/v2/products").headers["etag"] != page
    assert client.patch(f"/v2{lamp}", {"name": "x"}, if_match=before.headers["etag"]).status_code == 412
    kept = client.put(f"/v2{lamp}", {"name": "Lamp", "price": 41}).json()["image"]
    assert kept == after.json()["image"]


def test_taken_away(client: Client, prefix: str, lamp: str) -> None:
    """An image that is taken away is gone; a product without one says so."""
    url = f"{prefix}{lamp}/image"
    assert client.get(url).json()["message"] == "There is no such image."
    assert client.delete(url).status_code == 404
    client.upload(url, PNG)
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert client.get(f"/v2{lamp}").json()["image"] is None
    for method in ("GET", "DELETE"):
        for identity in ("999", "x", str(2**60)):
            assert client.request(method, f"{prefix}/products/{identity}/image").status_code == 404
    assert client.upload(f"{prefix}/products/999/image", PNG).status_code == 404


def test_preconditions(client: Client, prefix: str, lamp: str) -> None:
    """If-Match names the image that is to be replaced or taken away."""
    url = f"{prefix}{lamp}/image"
    assert client.upload(url, PNG, method="PUT", if_match="*").status_code == 412
    tag = client.upload(url, PNG).headers["etag"]
    assert client.upload(url, PNG, method="PUT", if_match=f'"x", {tag}').status_code == 200
    new = client.upload(url, encoded(drawn(), "PNG"), method="PUT", if_match=tag).headers["etag"]
    assert client.upload(url, PNG, method="PUT", if_match=tag).status_code == 412
    assert client.delete(url, if_match=tag).status_code == 412
    assert client.delete(url, if_match=new).status_code == 204


def test_once(client: Client, prefix: str, lamp: str) -> None:
    """With an Idempotency-Key an upload takes effect once; a replay is byte for byte, whatever happened since."""
    url = f"{prefix}{lamp}/image"
    first = client.upload(url, PNG, idempotency_key="k")
    client.upload(url, encoded(drawn(), "GIF"))
    again = client.upload(url, PNG, idempotency_key="k")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotent-replayed"] == "true"
    assert client.get(f"/v2{lamp}").json()["image"]["contentType"] == "image/gif"
    other = client.upload(url, encoded(drawn(), "PNG"), idempotency_key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (EXE, "unsupported_media_type"),
        (SVG, "unsupported_media_type"),
        (GIF_JS, "validation_failed"),  # what makes it a script makes it 10,799 pixels wide
        (PNG[:-100], "unsupported_media_type"),
        (b"", "unsupported_media_type"),
        (png_bomb(12_000, 12_000), "validation_failed"),
    ],
    ids=["program", "script", "polyglot", "cut", "empty", "bomb"],
)
def test_refused(client: Client, prefix: str, lamp: str, stored: Path, content: bytes, code: str) -> None:
    """What is no image that can be shown safely is refused, whatever it is called, and nothing is stored."""
    answer = client.upload(f"{prefix}{lamp}/image", content, "lamp.png", "image/png")
    assert answer.json()["code"] == code
    assert not [path for path in stored.rglob("*") if path.is_file()]


@pytest.mark.parametrize("width", [160, 320, 640])
def test_renditions(client: Client, lamp: str, width: int) -> None:
    """A rendition has the width that was asked for, as WebP where `Accept` names that, and is kept like the image."""
    url = f"{client.upload(f'/v2{lamp}/image', PNG).json()['url']}&width={width}"
    size = (width, width * 3 // 4)
    own, webp = client.get(url), client.get(url, accept="image/avif,image/webp,*/*;q=0.8")
    assert (opened(own), opened(webp)) == (("PNG", size), ("WEBP", size))
    for answer in (own, webp):
        assert answer.headers["vary"] == "Accept"
        assert answer.headers["cache-control"] == "max-age=31536000, immutable"
        assert client.get(url, accept="image/webp", if_none_match=webp.headers["etag"]).status_code == 304
    for accept in ("image/webp;q=0", "image/webp;a=b;q=0.0", "image/png, image/webp;q=0.1", "image/*, image/webp;q=0"):
        assert opened(client.get(url, accept=accept))[0] == "PNG"
    assert opened(client.get(url, accept="image/png;q=0.5, IMAGE/WEBP"))[0] == "WEBP"


def test_no_larger(client: Client, lamp: str) -> None:
    """Nothing is made larger than it is."""
    url = client.upload(f"/v2{lamp}/image", PNG).json()["url"]
    assert client.get(f"{url}&width=1280").content == client.get(url).content
    assert opened(client.get(f"{url}&width=1280", accept="image/webp")) == ("WEBP", (800, 600))


@pytest.mark.parametrize(
    ("query", "code"),
    [("width=161", "validation_failed"), ("width=x", "validation_failed"), ("height=3", "unknown_parameter")],
)
def test_bad_queries(client: Client, prefix: str, lamp: str, query: str, code: str) -> None:
    """Widths are few; what else is asked for is refused."""
    answer = client.get(f"{prefix}{lamp}/image?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_made_once(client: Client, run: Run[Any], lamp: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred first requests at once decode the image once; later ones do not decode it at all."""
    url = f"{client.upload(f'/v2{lamp}/image', PNG).json()['url']}&width=320"
    made: list[int] = []
    rendition = image_processing.rendition
    monkeypatch.setattr(image_processing, "rendition", lambda *given: (made.append(1), rendition(*given))[1])

    async def at_once() -> list[httpx2.Response]:
        return await asyncio.gather(*(client.http.get(url) for _ in range(100)))

    assert len({answer.content for answer in run(at_once())}) == 1
    assert client.get(url).status_code == 200
    assert made == [1]


@pytest.mark.parametrize("picture", [PNG, encoded(drawn(), "JPEG")])
def test_no_room_to_work(
    client: Client, lamp: str, stored: Path, monkeypatch: pytest.MonkeyPatch, picture: bytes
) -> None:
    """Where the disk is full while an image is encoded, or made smaller, it is 507, and nothing is kept."""
    url = f"/v2{lamp}/image"
    client.upload(url, PNG)
    before = sorted(stored.rglob("*"))
    monkeypatch.setattr(product_images, "TemporaryFile", partial(open, "/dev/full", "r+b"))
    refused = client.upload(url, picture)
    assert (refused.status_code, refused.json()["code"]) == (507, "storage_full")
    smaller = client.get(f"{url}?width=160")
    assert (smaller.status_code, smaller.json()["code"]) == (507, "storage_full")
    assert sorted(stored.rglob("*")) == before
    monkeypatch.undo()
    assert client.get(f"{url}?width=160").status_code == 200


def test_lost_bytes(client: Client, lamp: str, stored: Path) -> None:
    """An image whose blob somebody removed is 404, and so are its renditions."""
    url = client.upload(f"/v2{lamp}/image", PNG).json()["url"]
    for path in stored.rglob("*"):
        if path.is_file():
            path.unlink()
    for address in (url, f"{url}&width=160"):
        gone = client.get(address)
        assert (gone.status_code, gone.json()["message"]) == (404, "There is no such image.")
    assert client.upload(f"/v2{lamp}/image", PNG).status_code == 200
    assert client.get(url).status_code == 200


def test_images_of_phones(client: Client, lamp: str) -> None:
    """A PNG with bytes behind it, and a JPEG of 48 megapixels without its end marker, are taken."""
    assert client.upload(f"/v2{lamp}/image", PNG + bytes(2)).status_code == 201
    told = client.upload(f"/v2{lamp}/image", encoded(drawn(8064, 6048), "JPEG")[:-2]).json()
    assert (told["width"], told["height"]) == (4032, 3024)


def test_work_costs_points(database_url: str, stored: Path, run: Run[Any]) -> None:
    """Storing a large image and making a rendition cost points by pixels and bytes; what was made before is free."""
    settings = Settings(database_url=database_url, files_url=stored.as_uri(), auth="open", rate_limit="30/minute")
    client = Client(create_app(settings, steady=lambda: 0), run)

    def remaining() -> int:
        return int(client.get("/v2/rate-limit").json()["remaining"])

    lamp = client.post("/v2/products", {"name": "Lamp", "price": 1}).headers["location"]
    before = remaining()
    url = client.upload(f"{lamp}/image", encoded(drawn(4000, 3000), "PNG")).json()["url"]
    assert before - remaining() == 4  # 1 for the entry, 3 for 12 megapixels
    before = remaining()
    assert client.get(f"{url}&width=160").status_code == 200
    assert before - remaining() == 1
    before = remaining()
    assert client.get(f"{url}&width=160").status_code == 200
    assert before - remaining() == 0
    while client.get("/v2/products").status_code == 200:
        pass
    assert client.get(f"{url}&width=160").status_code == 200
    refused = client.get(f"{url}&width=320")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
