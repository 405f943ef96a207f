"""Suggestions while typing."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Query as QueryParameters
from pydantic import Field
from starlette.responses import Response

from app.domain.finding import suggestions
from app.domain.finding.suggestions import Suggestion as Suggested
from app.domain.unicode import text
from rest import conditional, queries
from rest.dependencies import Conditions
from rest.models import Id, Integer, Model, Words, example, optional, string
from rest.queries import Query, parameter
from rest.reads import CatalogueReads
from rest.rendering import encode
from rest.route import FastRoute, operation_id

router = APIRouter(tags=["Products"], route_class=FastRoute, generate_unique_id_function=operation_id)
_EXAMPLE: list[dict[str, Any]] = [
    {"kind": suggestions.QUERY, "text": "wireless headphones"},
    {"kind": suggestions.PRODUCT, "text": "Wireless headphones", "id": 7},
]
_Kind = Annotated[str, Words("SuggestionKind", suggestions.KINDS, "What a suggestion is.")]
_Limit = Annotated[int, Integer(1, suggestions.MOST), queries.integer(1, suggestions.MOST)]


class Suggestion(Model):
    """What a search may mean."""

    model_config = example(_EXAMPLE[1])
    kind: _Kind = Field(description="`query`: how the search may go on; else what it may mean.")
    text: Annotated[str, string(1, suggestions.MAX_TEXT)] = Field(description="The search, or the name.")
    id: Id = optional("The id of a product or category; else absent.")


class SuggestionList(Model):
    """What a search may mean."""

    model_config = example({"items": _EXAMPLE})
    items: Annotated[list[Suggestion], Field(max_length=suggestions.MOST)] = Field(
        description="Searches, then categories, brands and products."
    )


class SuggestionQuery(Query):
    """The parameters of suggestions."""

    q: Annotated[str, string(1, text.MAX_QUERY), queries.text(1, text.MAX_QUERY)] = parameter(
        "Typed", "What was typed so far; the last word may be the beginning of one.", "wireless headph", ...
    )
    limit: _Limit = parameter(
        "SuggestionLimit", "The maximum number of suggestions.", suggestions.DEFAULT, suggestions.DEFAULT
    )


@router.get("/products/suggestions", response_model=SuggestionList, response_description="The suggestions.")
async def suggest_products(
    query: Annotated[SuggestionQuery, QueryParameters()], conditions: Conditions, reads: CatalogueReads
) -> Response:
    """Suggests how a search that is being typed may go on, and the categories, brands and products that it may mean.
    It shows active products, corrects no words, and costs 1 point.
    """

    async def make() -> conditional.Representation:
        found = await reads.database.read(lambda unit: suggestions.suggest(unit, query.q, query.limit))
        return conditional.unversioned(encode({"items": [_shown(one) for one in found]}))

    return conditional.answer(conditions, await reads.get(make))


def _shown(one: Suggested) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": one.kind, "text": one.text}
    return shown if one.id is None else {**shown, "id": one.id}
