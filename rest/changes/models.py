"""The models of changes."""

import re
from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.domain.changes.change_log import NOW
from app.domain.changes.log import Type
from app.domain.changes.reading import Filter
from app.domain.models import MAX_ID
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected
from rest.lists import Limit
from rest.models import Cursor, Id, Integer, Model, Size, Time, Words, example, string
from rest.parameters import integer, parameter
from rest.queries import Query

SUBJECTS = tuple(dict.fromkeys(type_.partition(".")[0] for type_ in Type))
CURSOR_EXAMPLE = "Y2hhbmdlc3w3NDF8MTF8MXwxNzcyNjMxMTExNTAwMDAw"
_EXAMPLE: dict[str, Any] = {
    "id": "11.0",
    "cursor": CURSOR_EXAMPLE,
    "type": "product.updated",
    "subject": {"type": "product", "id": 7},
    "version": 3,
    "members": ["price"],
    "at": "2026-03-04T16:05:11.500000Z",
    "caller": None,
    "requestId": "6f1e0c4b5d3a49e7a1c2",
}
_SUBJECT = re.compile(rf"({'|'.join(SUBJECTS)}):([1-9][0-9]{{0,15}})")
ChangeType = Annotated[
    str,
    Words(
        "ChangeType",
        (type_.value for type_ in Type),
        "The type of the subject and the action, such as `product.updated`.",
    ),
]
SubjectType = Annotated[str, Words("SubjectType", SUBJECTS, "The type of the changed subject.")]


class ChangeSubject(Model):
    """The subject of a change."""

    model_config = example({"type": "product", "id": 7})
    type: SubjectType = Field(description="The type of the subject.")
    id: Id | None = Field(description="The id of the subject; null for an import by the command line.")


class Change(Model):
    """A change of one subject."""

    model_config = example(_EXAMPLE)
    id: Annotated[str, string(3, 32, r"^[0-9]+\.[0-9]+$")] = Field(
        description="The id of the change, unique in the log."
    )
    cursor: Cursor = Field(description="The value for `after`: continue after this change.")
    type: ChangeType = Field(description="The type of the change.")
    subject: ChangeSubject = Field(description="The product, category, order or import.")
    version: Size | None = Field(
        description="The subject's version after the change; null for orders, imports and stock changes."
    )
    members: Annotated[list[Annotated[str, string(1, 64, "^[A-Za-z]+$")]], Field(max_length=64)] = Field(
        description="The members with new values; empty unless the subject was updated."
    )
    at: Time = Field(description="The time of the change.")
    caller: Annotated[str, string(0, 64)] | None = Field(
        description="The name of the API key that made the change; null without the scope `catalog:write`."
    )
    request_id: Annotated[str, string(1, 128, "^[!-~]+$")] | None = Field(
        description="The `X-Request-ID` of the request that made the change; null for commands."
    )


class ChangeList(Model):
    """A page of changes, the oldest first."""

    model_config = example({"items": [_EXAMPLE], "nextCursor": CURSOR_EXAMPLE, "hasMore": False})
    items: Annotated[list[Change], Field(max_length=100)] = Field(description="The changes, the oldest first.")
    next_cursor: Cursor = Field(description="The value of `after` for the next request; an empty page also has one.")
    has_more: bool = Field(description="Whether the log already has more changes.")


_SUBJECT_COST = Selected(costs.REFERENCE, leaves=len(ChangeSubject.model_fields))
EACH = Selected(1, leaves=len(Change.model_fields) - 1, below=(_SUBJECT_COST,))
"""The price of one change."""


def _subject(text: str) -> tuple[str, int]:
    match = _SUBJECT.fullmatch(text)
    if match is None or int(match[2]) > MAX_ID:
        raise ValueError(f"must be one of {', '.join(SUBJECTS)}, a colon and an id, such as product:7")
    return match[1], int(match[2])


_SUBJECT_SCHEMA = {"type": "string", "maxLength": 32, "pattern": f"^{_SUBJECT.pattern}$"}
Subject = Annotated[tuple[str, int], WithJsonSchema(_SUBJECT_SCHEMA), BeforeValidator(_subject)]


class ProductChangesQuery(Query):
    """The parameters of the changes of one product."""

    after: Cursor | None = parameter(
        "ChangesAfter",
        f"Continue after this cursor. The default is the start of the log; `{NOW}` is its end.",
        CURSOR_EXAMPLE,
    )
    limit: Limit = parameter("ChangesLimit", "The maximum number of changes.", 20, 20)

    @property
    def filter(self) -> Filter:
        """The domain's filter."""
        return Filter()

    @cached_property
    def points(self) -> int:
        """The price of the page."""
        return costs.price(EACH._replace(nodes=self.limit, list_leaves=2, scans=int(self.filter != Filter())))


class ChangesQuery(ProductChangesQuery):
    """The parameters of the change log."""

    types: Annotated[tuple[ChangeType, ...], Field(max_length=len(Type))] | None = parameter(
        "ChangeTypes", "Only changes of these types.", [Type.PRODUCT_UPDATED.value], explode=False
    )
    subject: Subject | None = parameter("ChangesOf", "Only changes of this subject.", "product:7")
    wait: Annotated[int, Integer(1, 25), integer(1, 25)] | None = parameter(
        "Wait", "If the page is empty, wait up to this many seconds for a change.", 20
    )

    @property
    def filter(self) -> Filter:
        """The domain's filter."""
        return Filter(None if self.types is None else frozenset(self.types), self.subject)
