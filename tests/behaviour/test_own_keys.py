"""Products under keys of their partners' own: whatever can be done by id can be done by sku, with the same answers."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.fields.product_fields import Sku
from app.domain.models import MAX_SKU
from app.domain.unicode import identity
from app.domain.validation import Reader
from tests.behaviour.surfaces import Graphql, Rest, Surface, path_of, surfaces
from tests.behaviour.test_conditional import code_of
from tests.images import drawn, encoded
from tests.service import Service

SKUS = ["WH-30", "a/b", "/", "..", "50%", "%2F", "A+B c", "#1", 'x;y"z', "é", "sku:1", "7", "?q=1", "🙂" * 64, "k" * 64]


async def test_whatever_it_looks_like(keyed: Surface) -> None:
    """A product is made, read, changed, counted and deleted under its sku, whatever characters that has."""
    for sku in SKUS:
        made = await keyed.put(sku, if_none_match="*", name="Lamp", price=2, stock=5)
        assert made.created, sku
        assert made.thing.members["sku"] == sku
        assert (await keyed.get(sku)).id == made.thing.id
        await keyed.adjust_stock(sku, -2)
        changed = await keyed.update(sku, made.thing.etag, name="Urn")
        assert (changed.members["name"], changed.members["stock"]) == ("Urn", 3)
        replaced = await keyed.put(sku, changed.etag, name="Cup", price=3)
        assert not replaced.created
        assert (replaced.thing.id, replaced.thing.members["stock"]) == (made.thing.id, None)
        await keyed.delete(sku, replaced.thing.etag)
        assert await code_of(keyed.get(sku)) == "not_found"


async def test_location(service: Service) -> None:
    """REST answers 201 with an address that leads to the product, and 200 without one where it was there."""
    for sku in SKUS:
        path = f"/v2{path_of(sku)}"
        made = await service.send("PUT", path, {"name": "Lamp", "price": 2})
        assert (made.status_code, made.headers["location"].isascii()) == (201, True)
        shown = await service.send("GET", made.headers["location"])
        assert (shown.json(), shown.headers["etag"]) == (made.json(), made.headers["etag"])
        assert (await service.send("HEAD", made.headers["location"])).headers["etag"] == made.headers["etag"]
        again = await service.send("PUT", path, {"name": "Lamp", "price": 2})
        assert (again.status_code, again.json(), "location" in again.headers) == (200, made.json(), False)


async def test_images(service: Service) -> None:
    """An image is given, read without cost, and removed under a sku, with a slash in it, too."""
    for sku in SKUS:
        made = await service.send("PUT", f"/v2{path_of(sku)}", {"name": "Lamp", "price": 2})
        put = await service.illustrate(f"sku:{path_of(sku).partition(':')[2]}", encoded(drawn(), "PNG"))
        assert (put.status_code, put.headers["location"]) == (201, f"{made.headers['location']}/image")
        shown = await service.send("GET", put.headers["location"])
        assert shown.headers["etag"] == put.headers["etag"]
        assert (await service.send("DELETE", put.headers["location"])).status_code == 204
        assert (await service.send("GET", put.headers["location"])).status_code == 404


async def test_in_any_spelling(keyed: Surface) -> None:
    """A product is found under each spelling of its sku, and keeps its own when it is replaced without one."""
    made = (await keyed.put("Größe-L", name="Lamp", price=2)).thing
    for spelling in ("GRÖSSE-L", " größe-l ", "Gro\u0308ße-L"):
        assert (await keyed.get(spelling)).id == made.id
    assert await code_of(keyed.get("Grosse-L")) == "not_found"
    again = await keyed.put("GRÖSSE-L", name="Urn", price=2)
    assert (again.created, again.thing.id, again.thing.members["sku"]) == (False, made.id, "Größe-L")
    if isinstance(keyed, Rest):
        renamed = await keyed.put("größe-l", name="Urn", price=2, sku="GRÖSSE-L")
        assert (renamed.thing.id, renamed.thing.members["sku"]) == (made.id, "GRÖSSE-L")


def _as_storable(text: str) -> str:
    reader = Reader({"sku": text})
    sku = Sku(MAX_SKU).read(reader, "sku")
    return "" if reader.field_errors else sku


@pytest.mark.slow
async def test_any_sku(service: Service) -> None:
    """Any text that can be a sku can be put and read back, over REST by GraphQL and the other way round."""
    rest, graphql = surfaces(service)["v2"], surfaces(service)["graphql"]
    loop = asyncio.get_running_loop()

    @given(st.text(max_size=MAX_SKU))
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(text: str) -> None:
        for putting, reading in ((rest, graphql), (graphql, rest)):
            asyncio.run_coroutine_threadsafe(_put_and_read(putting, reading, text), loop).result()

    await asyncio.to_thread(holds)


async def _put_and_read(putting: Any, reading: Any, text: str) -> None:
    sku = _as_storable(text)
    attempt = putting.put(text, name="Lamp", price=2)
    if not sku:
        assert await code_of(attempt) == "validation_failed"
        return
    made = (await attempt).thing
    assert identity.key(made.members["sku"]) == identity.key(sku)
    assert (await reading.get(text)).id == made.id


@pytest.mark.parametrize("sku", ["", " ", "\u200b", "k" * 65, "a\nb", "nul\0"])
async def test_no_sku(keyed: Surface, sku: str) -> None:
    """What cannot be a sku is refused where it would be stored, and finds nothing elsewhere."""
    assert await code_of(keyed.put(sku, name="Lamp", price=2)) == "validation_failed"
    for attempt in (keyed.get(sku), keyed.update(sku, name="x"), keyed.delete(sku), keyed.adjust_stock(sku, 1)):
        assert await code_of(attempt) == "not_found"


async def test_no_utf8(service: Service) -> None:
    """Bytes that are no UTF-8 name nothing, so that no two skus become one; U+FFFD itself is a character of a sku."""
    for sku in ("caf%E9", "%FF", "a%2Fb%E8", "%C3", "%EF%BF%BD%FF", "%ED%A0%80"):
        for method, body in (("PUT", {"name": "Lamp", "price": 2}), ("GET", None), ("PATCH", {}), ("DELETE", None)):
            assert (await service.send(method, f"/v2/products/sku:{sku}", body)).status_code == 404, sku
        assert (await service.send("GET", f"/v2/variants/sku:{sku}")).status_code == 404
    assert (await service.send("GET", "/v2/products")).json()["items"] == []
    made = await service.send("PUT", "/v2/products/sku:%EF%BF%BD", {"name": "Lamp", "price": 2})
    assert (made.status_code, made.json()["sku"]) == (201, "\ufffd")


async def test_another_sku(service: Service) -> None:
    """A body at the address of a sku has that sku or none; a merge patch may give the product another one."""
    v2 = surfaces(service)["v2"]
    assert isinstance(v2, Rest)
    for sku in ("B", "", None, 7):
        response = await service.send("PUT", "/v2/products/sku:A", {"name": "Lamp", "price": 2, "sku": sku})
        assert (response.status_code, [one["field"] for one in response.json()["details"]]) == (422, ["sku"])
    assert (await v2.put("A", name="Lamp", price=2, sku="a")).thing.members["sku"] == "a"
    assert (await v2.update("A", sku="B")).members["sku"] == "B"
    assert await code_of(v2.get("A")) == "not_found"


async def test_conditions(keyed: Surface) -> None:
    """`If-None-Match: *` only makes, `If-Match` only replaces the state that it names."""
    for condition in ('"1.5"', "*"):
        assert await code_of(keyed.put("A", condition, name="Lamp", price=2)) == "precondition_failed"
    made = (await keyed.put("A", if_none_match="*", name="Lamp", price=2)).thing
    for none in ("*", made.etag):
        assert await code_of(keyed.put("A", if_none_match=none, name="Urn", price=2)) == "precondition_failed"
    changed = await keyed.put("A", made.etag, if_none_match='"9.-"', name="Urn", price=2)
    assert changed.thing.members["name"] == "Urn"
    assert await code_of(keyed.put("A", made.etag, name="Cup", price=2)) == "precondition_failed"


async def test_put_at_an_id(service: Service) -> None:
    """PUT at an id only replaces: nothing is made there, and `If-None-Match: *` is refused."""
    made = await surfaces(service)["v2"].create(name="Lamp", price=2)
    body = {"name": "Urn", "price": 2}
    assert (await service.send("PUT", "/v2/products/999", body)).status_code == 404
    assert (await service.send("PUT", f"/v2/products/{made.id}", body, if_none_match="*")).status_code == 412
    assert (await service.send("PUT", f"/v2/products/{made.id}", body)).status_code == 200


async def test_at_once(keyed: Surface) -> None:
    """Of many that put a product at one new sku one makes it, and the others replace it."""
    ends = await asyncio.gather(*(keyed.put("A", name=f"Lamp {n}", price=2) for n in range(12)))
    assert sorted(end.created for end in ends) == [False] * 11 + [True]
    assert len({end.thing.id for end in ends}) == 1
    only = await asyncio.gather(*(code_of(keyed.put("B", if_none_match="*", name="x", price=2)) for _ in range(12)))
    assert sorted(only) == ["done"] + ["precondition_failed"] * 11


async def test_beside_a_rename(keyed: Surface) -> None:
    """A change under a sku that just then moves to another product changes one that has it, never one that lost it."""
    for _ in range(10):
        old = (await keyed.put("A", name="Lamp", price=2)).thing
        new = (await keyed.put("B", name="Lamp", price=2)).thing

        async def move(old: int = old.id, new: int = new.id) -> None:
            await keyed.update(old, sku="C")
            await keyed.update(new, sku="A")

        _, changed = await asyncio.gather(move(), code_of(keyed.update("A", name="Urn")))
        names = {one: (await keyed.get(one)).members["name"] for one in (old.id, new.id)}
        assert (changed, sorted(names.values())) in [("done", ["Lamp", "Urn"]), ("not_found", ["Lamp", "Lamp"])]
        await asyncio.gather(keyed.delete(old.id), keyed.delete(new.id))


async def test_exactly_once(service: Service) -> None:
    """REST and GraphQL share the key of an upsert; a replay says again that the product was made."""
    path, headers = f"/v2{path_of('a/b')}", {"idempotency_key": "put-1"}
    first = await service.send("PUT", path, {"name": "Lamp", "price": 2}, **headers)
    await service.send("PUT", path, {"name": "Urn", "price": 2})
    again = await service.send("PUT", path, {"name": "Lamp", "price": 2}, **headers)
    assert (again.status_code, again.content, again.headers["location"]) == (
        201,
        first.content,
        first.headers["location"],
    )
    assert again.headers["idempotent-replayed"] == "true"
    document = """mutation { upsertProduct(input: {sku: "a/b", name: "Lamp", price: 2}) {
        created product { name } userErrors { code } } }"""
    over = await service.graphql(document, **headers)
    assert over["data"]["upsertProduct"] == {"created": True, "product": {"name": "Lamp"}, "userErrors": []}
    assert over["extensions"]["idempotency"] == {"replayed": True}
    assert (await service.send("PUT", path, {"name": "Cup", "price": 2}, **headers)).status_code == 422


async def test_one_statement(service: Service, keyed: Surface) -> None:
    """A product is read by its sku in one statement, as by its id."""
    product_id = (await keyed.put("A", name="Lamp", price=2)).thing.id
    for address in (product_id, "A"):
        before = service.database.statements
        await keyed.get(address)
        assert service.database.statements == before + 1


async def test_v1_has_none(service: Service) -> None:
    """v1 knows ids alone."""
    v1, v2 = surfaces(service)["v1"], surfaces(service)["v2"]
    await v2.put("A", name="Lamp", price=2)  # type: ignore[union-attr] # both know own keys
    for attempt in (v1.get("A"), v1.update("A", name="x"), v1.delete("A"), v1.put("A", name="x", price=1)):  # type: ignore[union-attr]
        assert await code_of(attempt) == "not_found"


@pytest.mark.parametrize("by", ["", 'id: 1, by: {sku: "A"}', "by: {}", 'by: {id: 1, sku: "A"}', "by: {sku: null}"])
async def test_one_address(service: Service, by: str) -> None:
    """GraphQL takes exactly one address."""
    query = await service.graphql(f"{{ product{f'({by})' if by else ''} {{ name }} }}")
    change = await service.graphql(
        f'mutation {{ updateProduct(input: {{{by} name: "x"}}) {{ userErrors {{ code field }} }} }}'
    )
    codes = [query["errors"][0]["extensions"]["code"]]
    if "errors" in change:
        codes.append(change["errors"][0]["extensions"]["code"])
    else:
        codes += {error["code"] for error in change["data"]["updateProduct"]["userErrors"]}
    assert set(codes) == {"VALIDATION_FAILED"}


async def test_slugs(service: Service) -> None:
    """A product is read by its slug, too, in one statement; REST changes nothing there."""
    rest, graphql = surfaces(service)["v2"], surfaces(service)["graphql"]
    made = await rest.create(name="Größe L", price=2)
    slug = made.members["slug"]
    before = service.database.statements
    shown = await service.send("GET", f"/v2/products/slug:{quote(slug)}")
    assert service.database.statements <= before + 1
    assert shown.json() == (await service.send("GET", f"/v2/products/{made.id}")).json()
    assert (await service.send("GET", f"/v2/products/slug:{quote(slug.upper())}?fields=id")).json() == {"id": made.id}
    for method, body in (("PUT", {"name": "x", "price": 1}), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert (await service.send(method, f"/v2/products/slug:{quote(slug)}", body)).status_code == 404
    assert (await service.send("GET", "/v2/products/slug:nothing")).status_code == 404
    assert (await service.send("GET", "/v1/products/slug:grosse-l")).status_code == 404
    document = "query($by: ProductBy) { product(by: $by) { productId } }"
    answers = [await service.graphql(document, {"by": {"slug": one}}) for one in (slug, "nothing", "nul\0")]
    assert [answer["data"]["product"] for answer in answers] == [{"productId": made.id}, None, None]
    assert isinstance(graphql, Graphql)
    changed = await service.graphql(
        "mutation($it: UpdateProductInput!) { updateProduct(input: $it) { product { name } userErrors { code } } }",
        {"it": {"by": {"slug": slug}, "name": "Urn"}},
    )
    assert changed["data"]["updateProduct"] == {"product": {"name": "Urn"}, "userErrors": []}
