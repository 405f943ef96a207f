"""Suggestions while typing, in GraphQL."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry

from app.domain.finding import suggestions
from app.domain.unicode import text
from app.domain.unit_of_work import Unit
from app.domain.validation import Reader, text_problem
from schema.execution.type_mapping import Arguments, Leaf, ObjectType, RootList
from schema.types import nodes
from schema.types.scalars import Long

QueryArgument = Annotated[
    str, strawberry.argument(description="The text typed so far; the last word may be incomplete.")
]
SuggestionsFirst = Annotated[
    int,
    strawberry.argument(
        description=f"The number of suggestions: {suggestions.DEFAULT} by default,"
        f" {suggestions.MAX_SUGGESTIONS} at most."
    ),
]
_TYPES = {suggestions.PRODUCT: "Product", suggestions.CATEGORY: "Category"}


@strawberry.enum(description="A kind of suggestion.")
class SuggestionKind(Enum):
    QUERY = strawberry.enum_value(suggestions.QUERY, description="A completion of the search.")
    CATEGORY = strawberry.enum_value(suggestions.CATEGORY, description="A category.")
    BRAND = strawberry.enum_value(suggestions.BRAND, description="A brand.")
    PRODUCT = strawberry.enum_value(suggestions.PRODUCT, description="A product.")


@strawberry.type(description="A suggestion for a search.")
class Suggestion:
    kind: SuggestionKind = strawberry.field(description="The kind of suggestion.")
    text: str = strawberry.field(description="The completed search, or the name.")
    id: strawberry.ID | None = strawberry.field(
        description="The global id of the product or category; null for the other kinds."
    )
    plain_id: Long | None = strawberry.field(
        description="The REST id of the product or category; null for the other kinds."
    )


def _typed(args: Arguments) -> tuple[str, int]:
    """The text and the number of suggestions; raises `Invalid`."""
    q, most = args["q"], args["first"]
    reader = Reader(args)
    if problem := text_problem(q, 1, text.MAX_QUERY):
        reader.fault("q", problem)
    reader.integer("first", 1, suggestions.MAX_SUGGESTIONS)
    reader.done()
    return q, most


async def _read(unit: Unit, typed: tuple[str, int]) -> Sequence[Mapping[str, Any]]:
    return [one._asdict() for one in await suggestions.suggest(unit, *typed)]


SUGGESTIONS = RootList(
    ObjectType(
        "Suggestion",
        {
            "kind": Leaf(("kind",), str.upper),
            "text": Leaf(("text",), size=4 * suggestions.MAX_TEXT),
            "id": Leaf(("kind", "id"), lambda kind, plain: plain and nodes.encode(_TYPES[kind], plain)),
            "plainId": Leaf(("id",)),
        },
    ),
    _typed,
    _read,
    size=lambda typed: typed[1],
    statements=12,
)
