"""Suggestions while typing, in GraphQL."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry

from app.domain.errors import FieldError, Invalid
from app.domain.finding import suggestions
from app.domain.unicode import text
from app.domain.unit_of_work import Unit
from app.domain.validation import unstorable
from schema.execution.type_mapping import Arguments, Leaf, ObjectType, RootList
from schema.types import nodes
from schema.types.scalars import Long

Typed = Annotated[
    str, strawberry.argument(description="What was typed so far; the last word may be the beginning of one.")
]
Most = Annotated[
    int,
    strawberry.argument(description=f"How many: {suggestions.DEFAULT} by default, {suggestions.MOST} at most."),
]
_TYPES = {suggestions.PRODUCT: "Product", suggestions.CATEGORY: "Category"}


@strawberry.enum(description="What a suggestion is.")
class SuggestionKind(Enum):
    QUERY = strawberry.enum_value(suggestions.QUERY, description="How the search may go on.")
    CATEGORY = strawberry.enum_value(suggestions.CATEGORY, description="A category.")
    BRAND = strawberry.enum_value(suggestions.BRAND, description="A brand.")
    PRODUCT = strawberry.enum_value(suggestions.PRODUCT, description="A product.")


@strawberry.type(description="What a search may mean.")
class Suggestion:
    kind: SuggestionKind = strawberry.field(description="What it is.")
    text: str = strawberry.field(description="The search, or the name.")
    id: strawberry.ID | None = strawberry.field(description="The global id of a product or category; else null.")
    plain_id: Long | None = strawberry.field(description="The id of a product or category in REST; else null.")


def _typed(args: Arguments) -> tuple[str, int]:
    """The text and the number of suggestions; raises `Invalid`."""
    q, most = args["q"], args["first"]
    faults = []
    sized = None if 1 <= len(q) <= text.MAX_QUERY else f"must have 1 to {text.MAX_QUERY} characters"
    if problem := unstorable(q) or sized:
        faults.append(FieldError(("q",), f"`q` {problem}."))
    if not 1 <= most <= suggestions.MOST:
        faults.append(FieldError(("first",), f"`first` must be from 1 to {suggestions.MOST}."))
    if faults:
        raise Invalid(faults)
    return q, most


async def _read(unit: Unit, typed: tuple[str, int]) -> Sequence[Mapping[str, Any]]:
    return [one._asdict() for one in await suggestions.suggest(unit, *typed)]


def _global_id(kind: str, plain: int | None) -> str | None:
    return None if plain is None else nodes.encode(_TYPES[kind], plain)


SUGGESTIONS = RootList(
    ObjectType(
        "Suggestion",
        {
            "kind": Leaf(("kind",), str.upper),
            "text": Leaf(("text",), size=4 * suggestions.MAX_TEXT),
            "id": Leaf(("kind", "id"), _global_id),
            "plainId": Leaf(("id",)),
        },
    ),
    _typed,
    _read,
    size=lambda typed: typed[1],
    statements=12,
)
