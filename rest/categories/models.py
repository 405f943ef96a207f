"""The models of categories."""

from functools import cached_property, lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.domain.catalogue import categories
from app.domain.models import MAX_ID
from app.domain.unicode import text
from rest import parameters
from rest.lists import SORTING, ListQuery
from rest.models import Id, Input, Integer, Model, Name, Page, Partial, example, page_example, sort_of, string
from rest.parameters import FieldsOf, fields_parameter, parameter, parse_integer, since_parameter
from rest.queries import Query
from rest.rendering import Projection

ROOT = "root"
_EXAMPLE: dict[str, Any] = {"id": 3, "name": "Audio", "slug": "audio", "parentId": 1}
_INPUT = {"name": "Audio", "parentId": 1}
_ROOT_SCHEMA = {"type": "string", "const": ROOT, "title": "Root"}


def _parent(text: str) -> int:
    return 0 if text == ROOT else parse_integer(text, 1, MAX_ID)


ParentId = Annotated[
    int, WithJsonSchema({"oneOf": [Integer(1, MAX_ID).schema, _ROOT_SCHEMA]}), BeforeValidator(_parent)
]


class Category(Model):
    """A category."""

    model_config = example(_EXAMPLE)
    id: Id = Field(description="Assigned by the service and never used again.")
    name: Name = Field(description="Unique among its siblings.")
    slug: Annotated[str, string(1, 4_000, r"^\S+$")] = Field(
        description="The URL slug: unique, generated from the name."
    )
    parent_id: Id | None = Field(description="The parent category; null for a root category.")


class CategoryView(Partial, Category):
    """A category, or the members of it that `fields` names."""


class CategoryList(Page[CategoryView]):
    """A page of categories."""

    model_config = page_example("categories", _EXAMPLE)


class CategoryInput(Input):
    """A category to create, or the new state of one; omitted members get their defaults."""

    model_config = example(_INPUT)
    name: Name = Field(description="Unique among its siblings; trimmed.")
    parent_id: Id | None = Field(None, description="The parent category; null for a root category.")


class CategoryPatch(Partial, CategoryInput):
    """A merge patch (RFC 7396): omitted members stay as they are."""

    model_config = example({"name": "Audio"})


@lru_cache(maxsize=64)
def projection(members: tuple[str, ...] | None) -> Projection:
    """The members to show; `None` shows all."""
    return Projection(members or categories.MEMBERS, {}, whole=False)


class CategoryQuery(Query):
    """The parameters of one category."""

    fields: Annotated[tuple[str, ...], FieldsOf(Category)] | None = fields_parameter("Category", ["id", "name"])

    @property
    def projection(self) -> Projection:
        """The members to show."""
        return projection(self.fields)


class CategoryListQuery(CategoryQuery, ListQuery):
    """The parameters of the list of categories."""

    sort: Annotated[str, sort_of("Category", categories.LISTING.keys)] = parameter(
        "CategorySorting", SORTING, "-id", "id"
    )
    q: Annotated[str, string(0, text.MAX_QUERY), parameters.text(0, text.MAX_QUERY)] | None = parameter(
        "CategorySearch", "Every word must begin a word of the name; case and accents are ignored.", "phon"
    )
    parent_id: ParentId | None = parameter("ParentId", f"The parent category; `{ROOT}` for root categories.", ROOT)
    created_since: parameters.Time | None = since_parameter("CreatedSince", "created")
    updated_since: parameters.Time | None = since_parameter("CategoryUpdatedSince", "created or edited")

    listing = categories.LISTING

    @cached_property
    def filter(self) -> categories.Filter:
        """The domain's filter."""
        return categories.Filter(
            words=text.query(self.q),
            parent=self.parent_id,
            created_since=self.created_since,
            updated_since=self.updated_since,
        )
