"""The tree of categories, over every surface."""

from tests.behaviour.surfaces import Surface, surfaces
from tests.service import Service


async def test_tree(service: Service, surface: Surface) -> None:
    """Categories are made, moved and renamed; every surface shows the same tree."""
    home = await surface.create_category(name=" Home ")
    tea = await surface.create_category(name="Tea", parentId=home.id)
    assert home.members == {"id": home.id, "name": "Home", "slug": "home", "parentId": None}
    assert tea.members["parentId"] == home.id
    moved = await surface.update_category(tea.id, parentId=None, name="Grüner Tee")
    assert moved.members == {"id": tea.id, "name": "Grüner Tee", "slug": "grüner-tee", "parentId": None}
    for one in surfaces(service).values():
        assert (await one.get_category(tea.id)).members == moved.members


async def test_slugs(surface: Surface) -> None:
    """Names may come again under another parent; their slugs differ."""
    home = await surface.create_category(name="Home")
    slugs = [
        (await surface.create_category(name="Tea", **above)).members["slug"] for above in ({}, {"parentId": home.id})
    ]
    assert slugs == ["tea", "tea-2"]


async def test_lists(surface: Surface) -> None:
    """Categories are searched by the words of their names, and listed level by level."""
    home = (await surface.create_category(name="Home")).id
    names = ("Black Tea", "Tea Pots", "Äpfel")
    black, pots, apples = [(await surface.create_category(name=name, parentId=home)).id for name in names]
    assert (await surface.list_categories(q="tea")).ids == [black, pots]
    assert (await surface.list_categories(q="po te", total=True)) == ([pots], None, None, 1, None)
    assert (await surface.list_categories(sort="name", parentId=home)).ids == [apples, black, pots]
    assert (await surface.list_categories(sort="-name")).ids == [pots, home, black, apples]
    assert (await surface.list_categories(parentId="root")).ids == [home]


async def test_deleting_unlinks(service: Service, surface: Surface) -> None:
    """Deleting a category leaves its products, without it."""
    tea = (await surface.create_category(name="Tea")).id
    cup = (await surface.create(name="Cup", price=5, categoryIds=[tea])).id
    await surface.delete_category(tea)
    assert (await surfaces(service)["v2"].get(cup)).members["categories"] == []
    assert (await surface.list_categories(total=True)).total == 0
