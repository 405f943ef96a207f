"""The contract's schemas of categories, made from the bounds that the domain enforces."""

from app.domain import categories
from rest.shapes import ID, NAME, SLUG, Schema, nullable, picked, said
from rest.things import asked, inputs, thing
from rest.versions import Version

_CATEGORY: dict[str, Schema] = {
    "id": said(ID, "Given by the service, and never used again."),
    "name": said(NAME, "Unique among its siblings."),
    "slug": said(SLUG, "Made from the name; unique."),
    "parentId": said(nullable(ID), "The category that it stands under; null: none."),
}
_EXAMPLE = {"id": 3, "name": "Audio", "slug": "audio", "parentId": 1}


def components(version: Version) -> dict[str, Schema]:
    """The schemas that speak of categories, by name."""
    shown = {name: _CATEGORY[name] for name in categories.MEMBERS}
    return {
        **thing(version, "Category", "categories", shown, _EXAMPLE),
        **asked("Category", categories.MEMBERS, categories.LISTING.keys),
        **inputs("Category", picked(_CATEGORY, categories.WRITABLE), ("name",), _EXAMPLE),
    }
