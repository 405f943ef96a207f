"""Running a mutation: one transaction that makes the effect and reads what the payload selects."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import strawberry
from graphql import get_argument_values
from strawberry import Info

from app.domain import cursors, paging
from app.domain.cursors import Place
from app.domain.errors import Code, TandemError
from app.domain.paging import Filter
from app.domain.unit import Unit
from schema import nodes
from schema.context import Context
from schema.errors import UserError, user_errors
from schema.loading import Loader
from schema.lookahead import Field, Lookahead
from schema.nouns import Noun

Members = dict[str, Any]
Effect = Callable[[Unit, Members], Awaitable[int]]
P = TypeVar("P", bound="Payload")
_OURS = frozenset({Code.UNAVAILABLE, Code.INTERNAL_ERROR, Code.UNAUTHENTICATED, Code.FORBIDDEN})
"""What the user cannot mend by another input: these are errors of the request, not user errors."""


@strawberry.type(description="What every mutation answers.")
class Payload:
    """What every mutation answers; `children` holds the things it made or changed, by response key."""

    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty where all is well.")
    children: strawberry.Private[dict[str, Any]]


class Result(NamedTuple):
    """How a payload shows the thing of a noun: the names of its fields, and the filter that its edge's cursor fits."""

    noun: Noun
    thing: str
    edge: str = ""
    everything: Filter | None = None


async def run(info: Info[Context, Any], payload: type[P], result: Result, nouns: dict[str, Noun], effect: Effect) -> P:
    """Run an effect on the field's `input`; refusals become user errors, and nothing is stored."""
    lookahead, field = _own_field(info)

    async def work(unit: Unit) -> P:
        identity = await effect(unit, field.args["input"])
        loader = Loader(unit, lookahead, nouns)
        selected = lookahead.fields(field.below, payload.__name__)
        children = {
            one.key: await _child(loader, result, one, identity) for one in selected if one.name != "userErrors"
        }
        return payload(user_errors=[], children=children)

    try:
        return await info.context.database.write(work)
    except TandemError as error:
        if error.code in _OURS:
            raise
        return payload(user_errors=user_errors(error), children=_Nothing())


class _Nothing(dict[str, Any]):
    """The children of a payload whose mutation did nothing: each is null."""

    def __missing__(self, key: str) -> None:
        return None


async def _child(loader: Loader, result: Result, field: Field, identity: int) -> Any:
    noun = result.noun
    if field.name == result.thing:
        return (await loader.things(noun, [identity], field)).get(identity)
    if field.name == result.edge and result.everything is not None:
        inside = [f for f in loader.lookahead.fields(field.below, noun.edge.__name__) if f.name == "node"]
        below = [selections for f in inside for selections in f.below]
        node = (await loader.things(noun, [identity], Field("node", "node", {}, below))).get(identity)
        cursor = cursors.encode("id", paging.mark(noun.listing, result.everything), Place(identity, identity))
        return noun.edge(cursor=cursor, node=node)
    return nodes.encode(noun.name, identity)


def _own_field(info: Info[Context, Any]) -> tuple[Lookahead, Field]:
    raw = info._raw_info  # noqa: SLF001 - strawberry's Info hides the coerced variables
    lookahead = Lookahead(raw.schema, raw.fragments, raw.variable_values)
    definition = raw.parent_type.fields[raw.field_name]
    args = get_argument_values(definition, raw.field_nodes[0], raw.variable_values)
    below = [node.selection_set for node in raw.field_nodes if node.selection_set]
    return lookahead, Field(raw.field_name, str(raw.path.key), args, below)
