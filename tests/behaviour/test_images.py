"""Images of products: given over REST, shown the same everywhere, and part of the product for every surface."""

import pytest

from tests.behaviour.surfaces import Refused, Surface, surfaces
from tests.images import drawn, encoded
from tests.service import Service

PNG = encoded(drawn(320, 240), "PNG")


async def test_shown(surface: Surface, service: Service) -> None:
    """A surface shows a product's image as the upload told it, in lists of other surfaces as well."""
    made = await surface.create(name="Lamp", price=40)
    told = (await service.illustrate(made.id, PNG)).json()
    for one in {surface.name: surface, **surfaces(service)}.values():
        if "image" in one.shows:
            assert (await one.get(made.id)).members["image"] == told
    page = (await service.send("GET", "/v2/products?fields=id,image")).json()
    assert page["items"] == [{"id": made.id, "image": told}]


async def test_an_edit(surface: Surface, service: Service) -> None:
    """An image counts as an edit: what was read before it cannot be changed unread; other edits leave it alone."""
    made = await surface.create(name="Lamp", price=40)
    told = (await service.illustrate(made.id, PNG)).json()
    with pytest.raises(Refused) as refused:
        await surface.update(made.id, made.etag, name="Torch")
    assert refused.value.code == "precondition_failed"
    read = await surface.get(made.id)
    await surface.update(made.id, read.etag, name="Torch")
    assert (await surfaces(service)["v2"].get(made.id)).members["image"] == told


async def test_gone_with_its_product(surface: Surface, service: Service) -> None:
    """The image of a product that is deleted is not found any more."""
    made = await surface.create(name="Lamp", price=40)
    url = (await service.illustrate(made.id, PNG)).json()["url"]
    assert (await service.send("GET", url)).status_code == 200
    await surface.delete(made.id)
    assert (await service.send("GET", url)).status_code == 404


async def test_one_key_over_versions(service: Service) -> None:
    """An upload that is sent again over another version is the same one."""
    made = await surfaces(service)["v2"].create(name="Lamp", price=40)
    first = await service.illustrate(made.id, PNG, idempotency_key="k")
    again = await service.illustrate(made.id, PNG, idempotency_key="k")
    assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")


@pytest.mark.parametrize("width", [None, 160, 320, 640, 1280])
async def test_addresses(service: Service, width: int | None) -> None:
    """GraphQL gives the address of each width, which REST serves, to be kept for ever."""
    made = await surfaces(service)["v2"].create(name="Lamp", price=40)
    await service.illustrate(made.id, PNG)
    document = "query($id: ID!, $width: Int) { product(id: $id) { image { url(width: $width) } } }"
    answer = await service.graphql(document, {"id": str(made.id), "width": width})
    sent = await service.send("GET", answer["data"]["product"]["image"]["url"])
    assert sent.status_code == 200
    assert "immutable" in sent.headers["cache-control"]


async def test_unknown_width(service: Service) -> None:
    """A width that no variant has is an error of that field alone."""
    made = await surfaces(service)["v2"].create(name="Lamp", price=40)
    await service.illustrate(made.id, PNG)
    answer = await service.graphql("{ product(id: 1) { name image { url(width: 161) } } }")
    assert answer["data"] == {"product": {"name": "Lamp", "image": None}}
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "VALIDATION_FAILED"
