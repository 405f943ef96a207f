"""Conditional requests: entity tags, 304, and edits that must not overwrite those of others."""

import asyncio

import httpx2

from tests.clients import Client

BODY = {"name": "Lamp", "price": 40, "stock": 9}


def _product(client: Client) -> str:
    return str(client.post("/v2/products", BODY).headers["location"])


def _tag(client: Client, path: str) -> str:
    return str(client.get(path).headers["etag"])


def test_not_modified(client: Client, prefix: str) -> None:
    """A client that has what is shown gets 304 without a body, whichever way it says so."""
    product = _product(client).replace("/v2", prefix)
    client.post("/v2/categories", {"name": "x"})
    for path in (
        product,
        f"{product}?fields=name",
        f"{prefix}/products",
        f"{prefix}/categories/1",
        f"{prefix}/openapi.json",
    ):
        tag = _tag(client, path)
        assert not tag.startswith("W/")
        for had in (tag, "*", f"W/{tag}", f'"a", {tag}', f'{tag},"b"', f' "x" , W/{tag} '):
            answer = client.get(path, if_none_match=had)
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
            assert client.request("HEAD", path, headers={"If-None-Match": had}).status_code == 304
        for other in ('"x"', tag.strip('"'), tag[:-2] + '"', '""'):
            assert client.get(path, if_none_match=other).status_code == 200
    repeated = [("If-None-Match", '"x"'), ("If-None-Match", _tag(client, product))]
    assert client.request("GET", product, headers=repeated).status_code == 304


def test_tags_change_with_what_is_shown(client: Client) -> None:
    """A sale changes the tags of what shows the stock, and of nothing else; an edit changes those of what it edits."""
    product = _product(client)
    one = product.replace("/v2", "/v1")
    paths = [product, f"{product}?fields=name", f"{product}?fields=stock", one, "/v1/products", "/v2/products"]
    before = [_tag(client, path) for path in paths]
    assert len(set(before)) == len(before)
    client.post(f"{product}/stock-adjustments", {"delta": -1})
    sold = [_tag(client, path) for path in paths]
    assert [a == b for a, b in zip(before, sold, strict=True)] == [False, True, False, True, True, False]
    client.patch(product, {"price": 41})
    edited = [_tag(client, path) for path in paths]
    assert all(a != b for a, b in zip(sold, edited, strict=True))


def test_writes_answer_the_tag_that_a_get_would(client: Client, prefix: str) -> None:
    """The ETag of a POST, PUT, PATCH or adjustment is that of what it left."""
    made = client.post(f"{prefix}/products", {"name": "x", "price": 1})
    path = made.headers["location"]
    assert made.headers["etag"] == _tag(client, path)
    assert client.put(path, {"name": "y", "price": 2}).headers["etag"] == _tag(client, path)
    assert client.patch(path, {"name": "z"}).headers["etag"] == _tag(client, path)
    client.patch(path.replace("/v1", "/v2"), {"stock": 3})
    assert client.post(f"{path}/stock-adjustments", {"delta": 1}).headers["etag"] == _tag(client, path)


def test_one_of_two_wins(client: Client, prefix: str) -> None:
    """Of two clients that edit one thing with the same `If-Match`, exactly one succeeds."""
    category = client.post("/v2/categories", {"name": "x"}).headers["location"].replace("/v2", prefix)
    for path in (_product(client).replace("/v2", prefix), category):
        tag = _tag(client, path)

        async def both(path: str = path, tag: str = tag) -> list[httpx2.Response]:
            patches = [{"name": f"by {n}"} for n in range(2)]
            headers = {"If-Match": tag}
            return await asyncio.gather(*(client.http.patch(path, json=patch, headers=headers) for patch in patches))

        answers = client.run(both())
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        won = next(answer for answer in answers if answer.status_code == 200)
        assert client.get(path).content == won.content


def test_a_sale_refuses_nobody_who_sets_no_stock(client: Client, prefix: str) -> None:
    """After a sale, a tag from before it still lets the name be edited, but not the stock."""
    path = _product(client)
    tag = _tag(client, path)
    client.post(f"{prefix}{path.removeprefix('/v2')}/stock-adjustments", {"delta": -1})
    assert client.patch(path, {"name": "New", "stock": 5}, if_match=tag).status_code == 412
    assert client.put(path, BODY, if_match=tag).status_code == 412
    assert client.get(path, if_match=tag).status_code == 200
    assert client.patch(path, {"name": "New"}, if_match=tag).json()["name"] == "New"
    assert client.get(path, if_match=tag).status_code == 412


def test_partial_tags(client: Client) -> None:
    """A tag got with `fields` or over v1 guards an edit, unless it sets the stock, which it did not show."""
    path = _product(client)
    for shown in (f"{path}?fields=name", path.replace("/v2", "/v1")):
        assert client.patch(path, {"name": "New"}, if_match=_tag(client, shown)).status_code == 200
        assert client.patch(path, {"stock": 1}, if_match=_tag(client, shown)).status_code == 412
    assert client.patch(path, {"stock": 1}, if_match=_tag(client, path)).status_code == 200
    assert (
        client.put(path.replace("/v2", "/v1"), {"name": "a", "price": 1}, if_match=_tag(client, path)).status_code
        == 200
    )


def test_if_match(client: Client, prefix: str) -> None:
    """`If-Match` takes a list and `*`, compares strongly, and holds for every method that it can guard."""
    path = _product(client).replace("/v2", prefix)
    body = {"name": "x", "price": 1}
    tag = _tag(client, path)
    for wrong in ('"0.0"', '"0.0-gzip"', '""', "x", '"99999999999999999999.1"'):
        assert client.put(path, body, if_match=wrong).status_code == 412
        assert client.patch(path, {"name": "x"}, if_match=wrong).status_code == 412
        assert client.delete(path, if_match=wrong).status_code == 412
        assert client.get(path, if_match=wrong).status_code == 412
        assert client.get(f"{prefix}/products", if_match=wrong).status_code == 412
    assert client.get(path).headers["etag"] == tag
    assert client.get(f"{prefix}/products", if_match=_tag(client, f"{prefix}/products")).status_code == 200
    assert client.patch(path, {"name": "y"}, if_match=f'"0.0", {tag}').status_code == 200
    assert client.put(path, body, if_match="*").status_code == 200
    assert client.delete(path, if_match=tag).status_code == 412
    assert client.delete(path, if_match=_tag(client, path)).status_code == 204
    assert client.patch(path, {"name": "y"}, if_match="*").status_code == 404
