"""Images of products over GraphQL: what REST says of them, and where each make of them is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.images import drawn, encoded
from tests.service import Service

QUERY = """query Pictures($width: Int) {
  products { edges { node { productId image { url small: url(width: $width) contentType width height bytes } } } }
}"""


@pytest.fixture
async def service(database_url: str, anyio_backend: str, tmp_path: Path) -> AsyncIterator[Service]:
    """An application that keeps its files in a folder of this test's."""
    async with Service(database_url, files_url=tmp_path.as_uri()) as made:
        yield made


async def test_as_rest_has_it(service: Service) -> None:
    """An image says over GraphQL what it says over REST, and its addresses lead to it in the width that was asked."""
    made = (await service.send("POST", "/v2/products", {"name": "Lamp", "price": 40})).json()["id"]
    bare = (await service.send("POST", "/v2/products", {"name": "Bare", "price": 40})).json()["id"]
    part = ("lamp.png", encoded(drawn(800, 600), "PNG"), "image/png")
    put = await service.http.put(f"/v2/products/{made}/image", files={"file": part})
    assert put.status_code == 201
    answer = await service.graphql(QUERY, {"width": 320})
    shown = {edge["node"]["productId"]: edge["node"]["image"] for edge in answer["data"]["products"]["edges"]}
    assert shown[bare] is None
    small = shown[made].pop("small")
    assert shown[made] == put.json()
    assert small == f"{put.json()['url']}&width=320"
    for url in (shown[made]["url"], small):
        assert (await service.send("GET", url)).headers["content-type"].startswith("image/")


async def test_other_widths(service: Service) -> None:
    """A width that there is no make of is refused, and the widths that there are are named."""
    made = (await service.send("POST", "/v2/products", {"name": "Lamp", "price": 40})).json()["id"]
    part = ("lamp.png", encoded(drawn(), "PNG"), "image/png")
    assert (await service.http.put(f"/v2/products/{made}/image", files={"file": part})).status_code == 201
    (error,) = (await service.graphql(QUERY, {"width": 321}))["errors"]
    assert error["extensions"]["code"] == "VALIDATION_FAILED"
    assert "320" in error["message"]
