"""The images of a product over REST: added, described, removed, and shown in lists that are asked for them."""

from typing import Any

import httpx2
import msgspec
import pytest
from sqlalchemy import select, update

from app.domain.idempotency import record
from app.domain.unit_of_work import Statement
from tests.clients import Client
from tests.conftest import Run
from tests.images import drawn, encoded
from tests.service import Service

URL = "/v2/products/1/images"
PICTURES = [encoded(drawn(10 + n, 10), "PNG") for n in range(3)]


def add(client: Client, content: bytes, alt: object = None, url: str = URL, **headers: str) -> httpx2.Response:
    """Add an image, with an alternative text if one is given."""
    data = {} if alt is None else {"alt": alt}
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request("POST", url, files={"file": ("a.png", content)}, data=data, headers=fields)


@pytest.fixture
def images(client: Client) -> list[dict[str, Any]]:
    """Three images of a product."""
    client.post("/v2/products", {"name": "Lamp", "price": 40})
    return [add(client, content, f"View {n}").json() for n, content in enumerate(PICTURES)]


def test_added(client: Client, images: list[dict[str, Any]]) -> None:
    """An image is added behind the others, at an address that shows it; its tag is one of the product."""
    made = add(client, encoded(drawn(), "GIF"), " Back ")
    told = made.json()
    assert (made.status_code, told["alt"], told["width"]) == (201, "Back", 64)
    assert made.headers["location"] == f"{URL}/{told['id']}"
    shown = client.get(made.headers["location"])
    assert (shown.json(), shown.headers["etag"]) == (told, made.headers["etag"])
    assert client.get(URL).json() == {"images": [*images, told]}
    assert client.get(told["url"]).content[:3] == b"GIF"
    assert client.patch("/v2/products/1", {"name": "Torch"}, if_match=made.headers["etag"]).status_code == 200
    assert add(client, PICTURES[0], if_match=made.headers["etag"]).status_code == 412
    for path in (URL, made.headers["location"]):
        tag = client.get(path).headers["etag"]
        assert client.get(path, if_none_match=tag).status_code == 304
        assert client.request("HEAD", path).status_code == 200
    assert client.request("OPTIONS", URL).headers["allow"] == "GET, HEAD, OPTIONS, POST, PUT"
    assert client.request("OPTIONS", f"{URL}/1").headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


def test_addresses_stay(client: Client, images: list[dict[str, Any]]) -> None:
    """The address of an image goes on naming it, wherever it stands, for as long as the product has it."""
    first, second, _ = images
    assert client.get("/v2/products/1").json()["image"]["url"] == first["url"]
    client.put(URL, {"images": [{"id": image["id"]} for image in images[::-1]]})
    sent = client.get(first["url"])
    assert (sent.headers["cache-control"], len(sent.content)) == ("max-age=31536000, immutable", first["bytes"])
    assert client.get("/v2/products/1/image").content != sent.content
    client.delete(f"{URL}/{first['id']}")
    gone = client.get(first["url"])
    assert (gone.headers["cache-control"], gone.content) == ("no-cache", client.get("/v2/products/1/image").content)
    assert client.get(second["url"]).headers["cache-control"] == "max-age=31536000, immutable"


def test_renditions(client: Client) -> None:
    """Each image of the list has its renditions."""
    client.post("/v2/products", {"name": "Lamp", "price": 40})
    add(client, PICTURES[0])
    url = add(client, encoded(drawn(800, 600), "PNG")).json()["url"]
    assert 0 < len(client.get(f"{url}&width=160").content) < len(client.get(url).content)


def test_described(client: Client, images: list[dict[str, Any]]) -> None:
    """An alternative text is changed, and removed by null; what is the same is no edit."""
    path, version = f"{URL}/{images[1]['id']}", client.get("/v2/products/1").json()["version"]
    for given, expected in (({"alt": "Side"}, "Side"), ({}, "Side"), ({"alt": None}, ""), ({"alt": ""}, "")):
        answer = client.patch(path, given)
        assert (answer.status_code, answer.json()) == (200, images[1] | {"alt": expected})
    assert client.get("/v2/products/1").json()["version"] == version + 2
    tag = client.get("/v2/products/1").headers["etag"]
    assert client.patch(path, {"alt": "Top"}, if_match=tag).status_code == 200
    assert client.patch(path, {"alt": "Bottom"}, if_match=tag).status_code == 412
    assert client.get(path).json()["alt"] == "Top"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"alt": 5}, "validation_failed", "alt"),
        ({"alt": "a\tb"}, "validation_failed", "alt"),
        ({"alt": "x" * 513}, "validation_failed", "alt"),
        ({"url": "/x"}, "read_only", "url"),
        ({"id": 3}, "read_only", "id"),
        ({"text": "x"}, "validation_failed", "text"),
    ],
)
def test_bad_patches(client: Client, images: list[dict[str, Any]], body: Any, code: str, field: str) -> None:
    """Only the alternative text can be changed: one line of at most 512 characters."""
    answer = client.patch(f"{URL}/{images[0]['id']}", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "images"),
        ({"images": {}}, "images"),
        ({"images": [1]}, "images.0"),
        ({"images": [{}]}, "images.0.id"),
        ({"images": [{"id": "1"}]}, "images.0.id"),
        ({"images": [{"id": 1, "url": ""}]}, "images.0.url"),
        ({"images": [{"id": 2}, {"id": 9}]}, "images.1.id"),
        ({"images": [{"id": 2}, {"id": 2}]}, "images.1.id"),
        ({"images": [], "ids": []}, "ids"),
    ],
)
def test_bad_orders(client: Client, images: list[dict[str, Any]], body: Any, field: str) -> None:
    """A list that is none, or names what the product does not have, changes nothing; the fault is named."""
    answer = client.put(URL, body)
    assert answer.status_code == 422
    assert [detail["field"] for detail in answer.json()["details"]] == [field]
    assert client.get(URL).json()["images"] == images


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"alt": "x" * 513}, "alt"),
        ({"alt": "a\r\nb"}, "alt"),
        ({"alt": ["a", "b"]}, "alt"),
        ({"alt": b"\xff"}, "alt"),
    ],
)
def test_bad_forms(client: Client, images: list[dict[str, Any]], data: Any, field: str) -> None:
    """An alternative text that cannot be one refuses its image; other fields of a form are ignored."""
    answer = client.request("POST", URL, files={"file": ("a.png", PICTURES[0])}, data=data)
    assert (answer.status_code, [one["field"] for one in answer.json()["details"]]) == (422, [field])
    assert client.get(URL).json()["images"] == images
    other = client.request("POST", URL, files={"file": ("a.png", PICTURES[0])}, data={"position": "1"})
    assert (other.status_code, other.json()["alt"]) == (201, "")


def test_removed(client: Client, images: list[dict[str, Any]]) -> None:
    """An image that is removed is gone, and those behind it move up; an image that is none is 404."""
    path = f"{URL}/{images[0]['id']}"
    assert client.delete(path, if_match='"1."').status_code == 412
    assert client.delete(path).status_code == 204
    assert client.get(URL).json()["images"] == images[1:]
    assert client.get("/v2/products/1").json()["image"]["url"] == images[1]["url"]
    for url in (path, f"{URL}/999", f"{URL}/x", "/v2/products/9/images/1"):
        assert client.get(url).status_code == client.delete(url).status_code == 404
        assert client.patch(url, {"alt": ""}).status_code == 404


def test_first_image(client: Client, images: list[dict[str, Any]]) -> None:
    """`/image` is the first of the list: another picture takes its place, id and text; without it the next leads."""
    replaced = client.upload("/v2/products/1/image", encoded(drawn(), "GIF"), method="PUT")
    assert (replaced.status_code, replaced.json()["contentType"]) == (200, "image/gif")
    assert client.get(URL).json()["images"] == [
        {"id": images[0]["id"], "alt": "View 0"} | replaced.json(),
        *images[1:],
    ]
    assert client.delete("/v2/products/1/image").status_code == 204
    assert client.get(URL).json()["images"] == images[1:]


def test_bound(client: Client, images: list[dict[str, Any]]) -> None:
    """A product has at most 20 images."""
    for _ in range(17):
        assert add(client, PICTURES[0]).status_code == 201
    refused = add(client, PICTURES[0])
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert len(client.get(URL).json()["images"]) == 20


def test_once(client: Client, images: list[dict[str, Any]]) -> None:
    """With an Idempotency-Key each change of a list takes effect once; a replay is byte for byte."""
    path = f"{URL}/{images[0]['id']}"

    def twice(method: str, url: str, **options: Any) -> None:
        first, again = (client.request(method, url, headers={"Idempotency-Key": method}, **options) for _ in range(2))
        assert again.headers["idempotent-replayed"] == "true"
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert [again.headers.get(name) for name in ("etag", "location")] == [
            first.headers.get(name) for name in ("etag", "location")
        ]

    twice("POST", URL, files={"file": ("a.png", PICTURES[0])}, data={"alt": "Again"})
    twice("PATCH", path, json={"alt": "Front"})
    twice("PUT", URL, json={"images": [{"id": image["id"]} for image in images]})
    twice("DELETE", path)
    assert client.get(URL).json()["images"] == images[1:]
    other = add(client, PICTURES[0], "Other", idempotency_key="POST")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("path", ["/products", "/categories/1/products"])
def test_included(client: Client, images: list[dict[str, Any]], path: str) -> None:
    """Lists show images where `include` or `fields` asks for them, in v2."""
    category = client.post("/v2/categories", {"name": "Light"}).json()["id"]
    client.patch("/v2/products/1", {"categoryIds": [category]})
    (item,) = client.get(f"/v2{path}").json()["items"]
    assert "images" not in item
    assert "image" in item
    (whole,) = client.get(f"/v2{path}?include=images").json()["items"]
    assert whole == item | {"images": images}
    for query in ("fields=images", "fields=id&include=images", "include[]=images&fields=images"):
        (shown,) = client.get(f"/v2{path}?{query}").json()["items"]
        assert shown["images"] == images
        assert len(shown) <= 2
    assert client.get("/v2/products/1").json()["images"] == images
    unknown = client.get(f"/v2{path}?include=image")
    assert (unknown.status_code, unknown.json()["details"][0]["field"]) == (422, "include")
    old = client.get(f"/v1{path}?include=images")
    assert (old.status_code, old.json()["code"]) == (422, "unknown_parameter")


def test_not_in_v1(client: Client, images: list[dict[str, Any]]) -> None:
    """v1 has the first image alone."""
    assert client.get("/v1/products/1/images").status_code == 404
    assert client.get("/v1/products/1/image").status_code == 200
    assert set(client.get("/v1/products/1").json()) == {"id", "name", "price"}


def test_outcomes_of_older_releases(database_url: str, run: Run[Any]) -> None:
    """What an older release stored with a key is told byte for byte as it told it: without members that came later."""

    async def work() -> None:
        async with Service(database_url, checked=False) as service:

            async def create() -> httpx2.Response:
                return await service.send("POST", "/v2/products", {"name": "Lamp", "price": 40}, idempotency_key="k")

            made = await create()
            ((stored,),) = await service.database.read(lambda unit: unit.all(Statement(select(record.c.outcome))))
            outcome = msgspec.json.decode(stored)
            del outcome["done"]["images"]
            older = Statement(update(record).values(outcome=msgspec.json.encode(outcome).decode()))
            await service.database.write(lambda unit: unit.all(older))
            again = await create()
            assert (again.status_code, again.headers["location"]) == (201, made.headers["location"])
            assert again.content == made.content.replace(b',"images":[]', b"")
            deleted = await service.send("DELETE", "/v2/products/1", if_match=again.headers["etag"])
            assert deleted.status_code == 204

    run(work())
