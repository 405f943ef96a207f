"""Several images a product: in one order on every surface, put in another one by REST and GraphQL alike."""

from typing import Any

import pytest

from tests.behaviour.surfaces import Refused, Surface, each_surface, surfaces
from tests.images import drawn, encoded
from tests.service import Service

PICTURES = [encoded(drawn(10 + n, 10), "PNG") for n in range(3)]


surface_name = each_surface("v2", "graphql")


@pytest.fixture
async def images(service: Service) -> list[dict[str, Any]]:
    """The three images of product 1, as their uploads told them."""
    await surfaces(service)["v2"].create(name="Lamp", price=40)
    answers = [await service.attach(1, content, f"View {n}") for n, content in enumerate(PICTURES)]
    assert [answer.status_code for answer in answers] == [201] * 3
    return [answer.json() for answer in answers]


async def test_in_order(surface: Surface, images: list[dict[str, Any]]) -> None:
    """Images are shown in the order in which they came; the first one is the product's image."""
    shown = (await surface.get(1)).members
    assert shown["images"] == images
    assert shown["image"] == {name: value for name, value in images[0].items() if name not in ("id", "alt")}
    assert [image["alt"] for image in images] == ["View 0", "View 1", "View 2"]
    assert len({image["url"] for image in images}) == 3


async def test_arranged(surface: Surface, service: Service, images: list[dict[str, Any]]) -> None:
    """A new order moves images with all that is theirs; an alternative text that comes with it is taken, null
    removes one, and what is left out is removed.
    """
    first, second, third = images
    given = [{"id": third["id"]}, {"id": first["id"], "alt": " Front "}, {"id": second["id"], "alt": None}]
    arranged = [third, first | {"alt": "Front"}, second | {"alt": ""}]
    assert await surface.set_images(1, given) == arranged
    for one in (surfaces(service)["v2"], surfaces(service)["graphql"]):
        shown = (await one.get(1)).members
        assert (shown["images"], shown["image"]["url"]) == (arranged, third["url"])
    assert await surface.set_images(1, [{"id": second["id"]}]) == arranged[2:]
    assert await surface.set_images(1, []) == []
    assert (await surface.get(1)).members["image"] is None


async def test_one_edit(surface: Surface, images: list[dict[str, Any]]) -> None:
    """A new order is one edit of the product, for who has its tag; the order that it has is none."""
    before = await surface.get(1)
    order = [{"id": image["id"]} for image in images]
    await surface.set_images(1, order, before.etag)
    assert (await surface.get(1)).etag == before.etag
    await surface.set_images(1, order[::-1], before.etag)
    assert (await surface.get(1)).members["version"] == before.members["version"] + 1
    with pytest.raises(Refused) as refused:
        await surface.set_images(1, order, before.etag)
    assert refused.value.code == "precondition_failed"


@pytest.mark.parametrize(
    ("placed", "code"),
    [
        ([{"id": 1}, {"id": 1}], "validation_failed"),
        ([{"id": 4}], "validation_failed"),
        ([{"id": 0}], "validation_failed"),
        ([{"id": 1, "alt": "a\nb"}], "validation_failed"),
        ([{"id": 1, "alt": "x" * 513}], "validation_failed"),
        ([{"id": 1}] * 21, "validation_failed"),
    ],
)
async def test_refused(surface: Surface, images: list[dict[str, Any]], placed: Any, code: str) -> None:
    """What the product does not have, has twice, or may not be called so is refused, and nothing changes."""
    before = await surface.get(1)
    with pytest.raises(Refused) as refused:
        await surface.set_images(1, placed)
    assert refused.value.code == code
    assert await surface.get(1) == before
    with pytest.raises(Refused) as refused:
        await surface.set_images(2, [])
    assert refused.value.code == "not_found"


async def test_of_another_product(surface: Surface, service: Service, images: list[dict[str, Any]]) -> None:
    """An image stays with its product."""
    other = await surface.create(name="Other", price=1)
    foreign = (await service.attach(other.id, PICTURES[0])).json()
    with pytest.raises(Refused):
        await surface.set_images(1, [{"id": foreign["id"]}])
    assert (await surface.get(other.id)).members["images"] == [foreign]


async def test_one_key(service: Service, images: list[dict[str, Any]]) -> None:
    """REST and GraphQL share a key: whichever comes second tells what the first one did."""
    order = [{"id": image["id"]} for image in images[::-1]]
    put = await service.send("PUT", "/v2/products/1/images", {"images": order}, idempotency_key="k")
    await service.send("DELETE", f"/v2/products/1/images/{images[0]['id']}")
    document = (
        "mutation($input: SetProductImagesInput!) { setProductImages(input: $input) { product { images { url } } } }"
    )
    answer = await service.graphql(document, {"input": {"id": "1", "images": order}}, idempotency_key="k")
    assert answer["extensions"]["idempotency"]["replayed"]
    shown = answer["data"]["setProductImages"]["product"]["images"]
    assert [image["url"] for image in shown] == [image["url"] for image in put.json()["images"]]


async def test_global_ids(service: Service, images: list[dict[str, Any]]) -> None:
    """GraphQL names images by global ids, which mean nothing else."""
    shown = (await service.graphql("{ product(id: 1) { images { id imageId } } }"))["data"]["product"]["images"]
    assert [image["imageId"] for image in shown] == [image["id"] for image in images]
    assert len({image["id"] for image in shown}) == 3
    assert (await service.graphql("query($id: ID!) { node(id: $id) { id } }", {"id": shown[0]["id"]}))["data"] == {
        "node": None
    }
    order = [{"id": image["id"]} for image in shown[1:]]
    assert [one["id"] for one in await surfaces(service)["graphql"].set_images(1, order)] == [
        image["id"] for image in images[1:]
    ]


async def test_gone_with_its_product(surface: Surface, service: Service, images: list[dict[str, Any]]) -> None:
    """The images of a product that is deleted are not found any more."""
    await surface.delete(1)
    for url in (images[2]["url"], "/v2/products/1/images", f"/v2/products/1/images/{images[2]['id']}"):
        assert (await service.send("GET", url)).status_code == 404
