"""What shops say of products: slug, brand, tags and attributes, over v2 and GraphQL."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from app.domain import commands
from app.domain.etags import Conditions
from app.domain.fields import attributes
from app.domain.fields.product_fields import LATER, ON_REQUEST
from app.domain.models import MAX_BRAND, MAX_SLUG, MAX_TAG, MAX_TAGS
from app.domain.unit_of_work import Statement, Unit
from tests.behaviour.surfaces import Refused, Surface, each_surface, surfaces
from tests.service import Service

KETTLE: dict[str, Any] = {"name": "Kettle", "price": Decimal("19.90")}
TOLD: dict[str, Any] = {
    "slug": "the-kettle",
    "brand": "Aurelia & Co",
    "tags": ["Steel", "for tea"],
    "attributes": {"Volume": Decimal("1.7"), "Seats": 4, "Cordless": True, "Colours": ["red", "blue"], "Made": "here"},
}
NOTHING: dict[str, Any] = {"brand": None, "tags": [], "attributes": {}}


surface_name = each_surface("v2", "graphql")


async def told(service: Service, product_id: int) -> dict[str, Any]:
    """These members of a product, which v2 and GraphQL must show alike."""
    shown = [(await surfaces(service)[name].get(product_id)).members for name in ("v2", "graphql")]
    assert shown[0] == shown[1]
    return {name: shown[0][name] for name in TOLD}


async def test_set(service: Service, surface: Surface) -> None:
    """What is given is shown, on creation and after a change; what is not given is made or empty."""
    plain = await surface.create(**KETTLE)
    assert await told(service, plain.id) == {"slug": "kettle", **NOTHING}
    whole = await surface.create(**KETTLE, **TOLD)
    assert await told(service, whole.id) == TOLD
    changed = await surface.update(plain.id, **(TOLD | {"slug": "another"}))
    assert await told(service, plain.id) == TOLD | {"slug": "another"}
    same = await surface.update(plain.id, **(TOLD | {"slug": "another"}))
    assert (same.members["version"], same.etag) == (changed.members["version"], changed.etag) == (2, changed.etag)


async def test_slugs_of_one_name(service: Service, surface: Surface) -> None:
    """Products of one name have slugs of their own; a new name leaves the slug, null makes it of the present name."""
    made = [await surface.create(**KETTLE) for _ in range(3)]
    assert [one.members["slug"] for one in made] == ["kettle", "kettle-2", "kettle-3"]
    renamed = await surface.update(made[1].id, name="Küche № 7")
    assert renamed.members["slug"] == "kettle-2"
    assert (await surface.update(made[1].id, slug=None)).members["slug"] == "küche-7"
    assert (await surface.create(**KETTLE)).members["slug"] == "kettle-2"
    again = await surface.update(made[2].id, slug=None)
    assert (again.members["slug"], again.members["version"]) == ("kettle-3", 1)
    assert (await surface.create(name="🫖", price=1)).members["slug"] == "product"


async def test_a_slug_is_one_products(service: Service, surface: Surface) -> None:
    """A slug that another product has is a conflict; once that gives it up it is free."""
    first, second = await surface.create(**KETTLE), await surface.create(name="Pot", price=1)
    for attempt in (surface.create(name="Urn", price=1, slug="kettle"), surface.update(second.id, slug="kettle")):
        with pytest.raises(Refused, match="conflict"):
            await attempt
    await surface.update(first.id, slug="other")
    assert (await surface.update(second.id, slug="kettle")).members["slug"] == "kettle"


@pytest.mark.parametrize("slug", ["", "Kettle", "a b", "a--b", "-a", "a-", "a_b", "x" * (MAX_SLUG + 1), "İ"])
async def test_no_slugs(surface: Surface, slug: str) -> None:
    """A slug is words of lower-case letters and digits, with hyphens between them."""
    with pytest.raises(Refused, match="validation_failed"):
        await surface.create(**KETTLE, slug=slug)


async def test_tags_are_told_apart_by_identity(service: Service, surface: Surface) -> None:
    """Of tags that are the same the first stays; the others keep their order, without white space around them."""
    made = await surface.create(**KETTLE, tags=[" New ", "Küchen", "new", "kuchen", "NEW  ", "a\u00a0b", "A b"])
    assert made.members["tags"] == ["New", "Küchen", "kuchen", "a\u00a0b"]
    again = await surface.create(**KETTLE, tags=["x", "Y", "x", "y"])
    assert again.members["tags"] == ["x", "Y"]


@pytest.mark.parametrize(
    "members",
    [
        {"brand": " "},
        {"brand": "a\nb"},
        {"brand": "x" * (MAX_BRAND + 1)},
        {"tags": ["x"] * (MAX_TAGS + 1)},
        {"tags": ["x" * (MAX_TAG + 1)]},
        {"tags": [""]},
        {"tags": ["a\tb"]},
        {"attributes": {"": "x"}},
        {"attributes": {"Colour": "red", " COLOUR": "blue"}},
        {"attributes": {"Colour": ""}},
        {"attributes": {"Colour": "a\u0000b"}},
        {"attributes": {"Colours": ["red", " "]}},
        {"attributes": {"Volume": Decimal("1.2345678901234567")}},
        {"attributes": {"Volume": Decimal("1e300")}},
        {"attributes": {f"a{n}": "x" for n in range(attributes.MAX_ATTRIBUTES + 1)}},
        {"attributes": {"Colours": [f"c{n}" for n in range(attributes.MAX_ITEMS + 1)]}},
        {"attributes": {"x" * (attributes.MAX_NAME + 1): "x"}},
        {"attributes": {"Text": "x" * (attributes.MAX_TEXT + 1)}},
        {"attributes": {f"a{n}": "x" * attributes.MAX_TEXT for n in range(20)}},
    ],
)
async def test_bounds(surface: Surface, members: dict[str, Any]) -> None:
    """What is not within the bounds is refused."""
    if surface.name == "graphql" and "1.2345678901234567" in str(members):
        return  # GraphQL's floats have no more digits
    with pytest.raises(Refused, match="validation_failed"):
        await surface.create(**KETTLE, **members)


async def test_errors_name_their_place(service: Service) -> None:
    """All faults at once, each with its place within the member."""
    body = {"tags": ["a", 5, ""], "attributes": {"a": None, "b": ["x", 7], "c" * 200: "x", "A": "y"}, "slug": 7}
    answer = await service.send("POST", "/v2/products", {**KETTLE, **body})
    fields = {fault["field"] for fault in answer.json()["details"]}
    assert fields == {
        *("tags.1", "tags.2", "slug"),
        *("attributes.a", "attributes.b.1", f"attributes.{'c' * 100}", "attributes.A"),
    }
    document = "mutation($input: CreateProductInput!) { createProduct(input: $input) { userErrors { code field } } }"
    entries = [{"name": "a"}, {"name": "b", "value": "x", "number": 1.0}, {"name": "c", "value": "x"}]
    answered = await service.graphql(document, {"input": {**KETTLE, "attributes": entries}})
    errors = answered["data"]["createProduct"]["userErrors"]
    assert [error["field"] for error in errors] == [["attributes", "0"], ["attributes", "1"]]


async def test_put_leaves_what_it_does_not_name(service: Service) -> None:
    """A PUT of either version keeps what v2 gained later; null and what is empty clear it."""
    made = (await service.send("POST", "/v2/products", {**KETTLE, **TOLD})).json()
    for version in ("v1", "v2"):
        answer = await service.send("PUT", f"/{version}/products/{made['id']}", {"name": "Urn", "price": 3})
        assert answer.status_code == 200
        assert await told(service, made["id"]) == TOLD
    cleared = {"slug": None, "brand": None, "tags": [], "attributes": None}
    answer = await service.send("PUT", f"/v2/products/{made['id']}", {"name": "Urn", "price": 3, **cleared})
    assert {name: answer.json()[name] for name in TOLD} == {"slug": "urn", **NOTHING}


async def test_lists_show_attributes_where_asked(service: Service) -> None:
    """A list leaves attributes out, unless `include` or `fields` names them; one product shows them; v1 has none."""
    made = (await service.send("POST", "/v2/products", {**KETTLE, **TOLD})).json()

    async def item(query: str) -> dict[str, Any]:
        (shown,) = (await service.send("GET", f"/v2/products{query}")).json()["items"]
        return dict(shown)

    assert made == await item(f"?include={','.join(ON_REQUEST)}")
    assert {name: value for name, value in made.items() if name not in ON_REQUEST} == await item("")
    assert await item("?fields=id,attributes") == {"id": made["id"], "attributes": made["attributes"]}
    assert await item("?include=attributes&fields=slug") == {"slug": "the-kettle", "attributes": made["attributes"]}
    wrong = (await service.send("GET", "/v2/products?include=price")).json()
    assert wrong["details"][0]["field"] == "include"
    assert (await service.send("GET", "/v1/products?include=attributes")).json()["code"] == "unknown_parameter"


async def test_search(service: Service, surface: Surface) -> None:
    """A search finds the words of brand and tags, and no longer finds those that were taken away."""
    made = await surface.create(**KETTLE, **TOLD)
    for q in ("aurel", "steel kett", "tea"):
        assert (await surface.list(q=q)).ids == [made.id]
    await surface.update(made.id, tags=["Copper"], brand=None)
    assert [(await surface.list(q=q)).ids for q in ("aurel", "steel", "copper")] == [[], [], [made.id]]


@pytest.fixture
async def older(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """An application whose answers may be those of an older release."""
    async with Service(database_url, checked=False) as made:
        yield made


OUTCOMES = Statement(text("SELECT outcome FROM idempotency_record"))
SET_OUTCOME = Statement(text("UPDATE idempotency_record SET outcome = :outcome"))


async def test_outcomes_of_an_older_release(older: Service) -> None:
    """An outcome that was stored without these members replays over REST as it was, and over GraphQL with defaults."""

    async def forget(unit: Unit) -> None:
        ((outcome,),) = await unit.all(OUTCOMES)
        stored = msgspec.json.decode(outcome)
        stored["done"] = {name: value for name, value in stored["done"].items() if name not in LATER}
        await unit.all(SET_OUTCOME, outcome=msgspec.json.encode(stored).decode())

    body = {"name": "Kettle", "price": 19.9}
    first = (await older.send("POST", "/v2/products", body, idempotency_key="k")).json()
    await older.database.write(forget)
    again = await older.send("POST", "/v2/products", body, idempotency_key="k")
    assert list(again.json().items()) == [(name, value) for name, value in first.items() if name not in LATER]
    document = """mutation { createProduct(input: {name: "Kettle", price: 19.9}) {
        product { name slug brand tags attributes { name } } userErrors { code } } }"""
    answer = await older.graphql(document, idempotency_key="k")
    assert answer["data"]["createProduct"] == {
        "product": {"name": "Kettle", "slug": "kettle", **NOTHING, "attributes": []},
        "userErrors": [],
    }


def test_fingerprints_leave_out_what_is_absent() -> None:
    """A command that says nothing of these members has the fingerprint that it had before there were any."""
    edit = {"name": "Kettle", "price": 199_000}
    put = commands.put_product(7, edit, Conditions(None, None), frozenset(LATER | {"sku"}))
    assert put.payload == [7, edit, ["sku"]]
    assert commands.create_product(edit).payload == edit
