"""Facets of a category, whose places repeat the values of its products: they stay exact, whoever writes."""

import random
from typing import Any

from sqlalchemy import text

from app.domain.catalogue import product_values
from app.domain.finding import category_values
from app.domain.finding.category_values import Values
from app.domain.unit_of_work import Statement, Unit
from tests.behaviour.surfaces import Surface, each_surface, surfaces
from tests.images import drawn, encoded
from tests.service import Service

_NAMES = ("brand", "price", "tag", "attributes.Size", "attributes.Length", "inStock")
_CATEGORIES = (1, 2)
_OLD_RELEASE = [
    Statement(text(sql))
    for sql in (
        "UPDATE product SET brand = 'Olden', version = version + 1, updated_at = updated_at + 1 WHERE id = 3",
        "UPDATE product_value SET value = 'olden', label = 'Olden' WHERE name = 'brand' AND product_id = 3",
        "UPDATE product_category SET updated_at = updated_at + 1 WHERE product_id = 3",
    )
]
"""What an edit by a server that knows nothing of the repeated values writes."""


surface_name = each_surface("v2", "graphql")


def _members(rng: random.Random) -> dict[str, Any]:
    return {
        "brand": rng.choice([None, "Aria", "ARIA", "Bölt, Sons", "“Quotes” 100%_\\"]),
        "tags": rng.choice([[], ["new"], ["Größe", "new"], ["😀 smile"]]),
        "attributes": rng.choice([{}, {"Size": "7"}, {"size": 7, "Length": 2.5}, {"SIZE": ["S", "M"], "Length": -3}]),
        "price": rng.choice([5, 19.9, 300]),
        "categoryIds": rng.choice([[1], [1, 2], [2], []]),
        "status": rng.choice(["active", "active", "active", "draft"]),
    }


async def _repeated(service: Service, category: int) -> Values | None:
    async def read(unit: Unit) -> Values | None:
        return await category_values.values(unit, await category_values.places(unit, category, "active", 100))

    return await service.database.read(read)


async def _assert_exact(service: Service, surface: Surface) -> None:
    """The facets of each category are those of a list of the same products, which are looked up one by one."""
    for category in _CATEGORIES:
        found = await surface.facets(_NAMES, 20, category=[category])
        assert found == await surface.facets(_NAMES, 20, category=[category], createdSince="2000-01-01T00:00:00Z")
        assert found == await surface.facets(_NAMES, 20, within=category)


async def test_after_edits(service: Service, surface_name: str) -> None:
    """Any edit of a product is an edit of what its places repeat, and none makes them forget it."""
    surface, rng = surfaces(service)[surface_name], random.Random(3)
    for category in _CATEGORIES:
        await service.send("POST", "/v2/categories", {"name": f"C{category}"})
    for number in range(12):
        await surface.create(name=f"Lamp {number}", **_members(rng))
    await _assert_exact(service, surface)
    for _ in range(20):
        members = _members(rng)
        some = rng.sample(sorted(members), k=rng.randint(1, 3))
        await surface.update(
            rng.randint(1, 12), **{name: members[name] for name in some}, description=str(rng.random())
        )
        await _assert_exact(service, surface)
    assert (await service.illustrate(2, encoded(drawn(), "PNG"))).status_code < 300
    await surface.delete(5)
    await _assert_exact(service, surface)
    for category in _CATEGORIES:
        assert await _repeated(service, category)


async def test_edits_of_an_older_release(service: Service) -> None:
    """Values that are not those of the last edit do not count: facets look the products' own up, then as before."""
    surface = surfaces(service)["v2"]
    await service.send("POST", "/v2/categories", {"name": "C"})
    for number in range(4):
        await surface.create(name=f"Lamp {number}", price=5, brand="Aria", categoryIds=[1])
    assert await _repeated(service, 1)
    for statement in _OLD_RELEASE:
        await service.database.write(lambda unit, one=statement: unit.all(one))  # type: ignore[misc]
    assert await _repeated(service, 1) is None
    await surface.update(3, description="edited by the new release")
    assert await _repeated(service, 1) is None
    (brands,) = await surface.facets(["brand"], 20, category=[1])
    assert [(one["value"], one["count"]) for one in brands["values"]] == [("aria", 3), ("olden", 1)]
    await surface.update(3, brand="Aria")
    assert await _repeated(service, 1)


async def test_a_product_with_many_values(service: Service, surface_name: str) -> None:
    """Where the values of a product are too long to be repeated, its category's facets are the same."""
    surface = surfaces(service)[surface_name]
    await service.send("POST", "/v2/categories", {"name": "C"})
    await surface.create(name="Lamp", price=5, brand="Aria", categoryIds=[1])
    long = {f"Name {n}": "x" * (product_values.MAX_PACKED // 10) for n in range(10)}
    await surface.create(name="Lamp", price=5, brand="Aria", attributes=long, categoryIds=[1])
    assert await _repeated(service, 1) is None
    brands, names = await surface.facets(["brand", "attributes.name 3"], 20, category=[1])
    assert [one["count"] for one in (*brands["values"], *names["values"])] == [2, 1]
