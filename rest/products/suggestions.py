"""Suggestions while typing."""

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from app.domain.finding import suggestions
from app.domain.finding.suggestions import Suggestion as Suggested
from app.domain.unicode import text
from rest import conditional, parameters
from rest.dependencies import Conditions
from rest.models import Id, Integer, Model, Words, example, optional, string
from rest.parameters import parameter
from rest.queries import Parameters, Query
from rest.reads import CatalogueReads
from rest.rendering import encode
from rest.route import Router

router = Router("Products")
_EXAMPLE: list[dict[str, Any]] = [
    {"kind": suggestions.QUERY, "text": "wireless headphones"},
    {"kind": suggestions.PRODUCT, "text": "Wireless headphones", "id": 7},
]
_Kind = Annotated[str, Words("SuggestionKind", suggestions.KINDS, "A kind of suggestion.")]
_Limit = Annotated[int, Integer(1, suggestions.MAX_SUGGESTIONS), parameters.integer(1, suggestions.MAX_SUGGESTIONS)]


class Suggestion(Model):
    """A suggestion for a search."""

    model_config = example(_EXAMPLE[1])
    kind: _Kind = Field(description="`query` completes the search; the other kinds are matches.")
    text: Annotated[str, string(1, suggestions.MAX_TEXT)] = Field(description="The completed search, or the name.")
    id: Id = optional("The id of the product or category; absent for the other kinds.")


class SuggestionList(Model):
    """The suggestions for a search."""

    model_config = example({"items": _EXAMPLE})
    items: Annotated[list[Suggestion], Field(max_length=suggestions.MAX_SUGGESTIONS)] = Field(
        description="Searches, then categories, brands and products."
    )


class SuggestionQuery(Query):
    """The parameters of suggestions."""

    q: Annotated[str, string(1, text.MAX_QUERY), parameters.text(1, text.MAX_QUERY)] = parameter(
        "Typed", "The text typed so far; the last word may be incomplete.", "wireless headph", ...
    )
    limit: _Limit = parameter(
        "SuggestionLimit", "The maximum number of suggestions.", suggestions.DEFAULT, suggestions.DEFAULT
    )


@router.get("/products/suggestions", response_model=SuggestionList, response_description="The suggestions.")
async def suggest_products(
    query: Parameters[SuggestionQuery], conditions: Conditions, reads: CatalogueReads
) -> Response:
    """Suggests completions of a search while it is typed, and matching categories, brands and products. Only active
    products count, and spelling is not corrected. It costs 1 point.
    """

    async def make() -> conditional.Representation:
        found = await reads.database.read(lambda unit: suggestions.suggest(unit, query.q, query.limit))
        return conditional.unversioned(encode({"items": [_shown(one) for one in found]}))

    return conditional.answer(conditions, await reads.get(make))


def _shown(one: Suggested) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": one.kind, "text": one.text}
    return shown if one.id is None else {**shown, "id": one.id}
