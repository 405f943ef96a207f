"""Running a mutation: the command goes through `Once`, and its outcome is rendered under the field's own selection."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import strawberry
from graphql import get_argument_values
from strawberry import Info

from app.domain import cursors, paging
from app.domain.callers import Scope
from app.domain.cursors import Place
from app.domain.errors import Code, TandemError
from app.domain.idempotency import Command, Snapshot
from app.domain.paging import Filter
from app.domain.unit import Unit
from schema import nodes
from schema.context import Context
from schema.errors import UserError, user_errors
from schema.loading import Loader
from schema.lookahead import Field, Lookahead
from schema.nouns import Noun

Members = dict[str, Any]
P = TypeVar("P", bound="Payload")
_NOT_THE_USERS = frozenset({Code.UNAVAILABLE, Code.INTERNAL_ERROR, Code.UNAUTHENTICATED, Code.FORBIDDEN})
"""What another input would not mend: these are errors of the request, not user errors."""


@strawberry.type(description="What every mutation answers.")
class Payload:
    """What every mutation answers; `children` holds the things it made or changed, by response key."""

    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty where all is well.")
    children: strawberry.Private[Mapping[str, Any]]


class Result(NamedTuple):
    """How a payload shows the thing of a noun: the names of its fields, and the filter that its edge's cursor fits."""

    nouns: Mapping[str, Noun]
    noun: Noun
    thing: str
    edge: str = ""
    everything: Filter | None = None


async def run(
    info: Info[Context, Any],
    payload: type[P],
    result: Result,
    scope: Scope,
    command: Callable[[Members], Command],
    *,
    key_required: bool = False,
) -> P:
    """Run the command that the field's `input` stands for; refusals become user errors, and nothing is stored."""
    context = info.context
    context.caller.require(scope)
    lookahead, field = _own_field(info)
    try:
        asked = command(field.args["input"])
        outcome = await context.once.run(context.caller, context.key_of(field.key, required=key_required), asked)
    except TandemError as error:
        context.retry_after = error.retry_after or context.retry_after
        if error.code in _NOT_THE_USERS:
            raise
        context.replays.append(error.replayed)
        return payload(user_errors=user_errors(error), children=_Nothing())
    context.replays.append(outcome.replayed)
    selected = [f for f in lookahead.fields(field.below, payload.__name__) if f.name != "userErrors"]

    async def show(unit: Unit) -> dict[str, Any]:
        loader = Loader(unit, lookahead, result.nouns, context.caller)
        return {one.key: await _child(loader, result, one, outcome.snapshot) for one in selected}

    return payload(user_errors=[], children=await context.database.read(show, snapshot=True))


class _Nothing(dict[str, Any]):
    """The children of a payload whose mutation did nothing: each is null."""

    def __missing__(self, key: str) -> None:
        return None


async def _child(loader: Loader, result: Result, field: Field, snapshot: Snapshot) -> Any:
    noun = result.noun
    if field.name == result.thing:
        return await loader.thing_of(noun, snapshot, field)
    if field.name == result.edge and result.everything is not None:
        inside = [f for f in loader.lookahead.fields(field.below, noun.edge.__name__) if f.name == "node"]
        node = {f.key: await loader.thing_of(noun, snapshot, f) for f in inside}
        place = Place(snapshot["id"], snapshot["id"])
        return noun.edge(cursor=cursors.encode("id", paging.mark(noun.listing, result.everything), place), node=node)
    return nodes.encode(noun.name, snapshot["id"])


def _own_field(info: Info[Context, Any]) -> tuple[Lookahead, Field]:
    raw = info._raw_info  # noqa: SLF001 - strawberry's Info hides the coerced variables
    lookahead = Lookahead(raw.schema, raw.fragments, raw.variable_values)
    definition = raw.parent_type.fields[raw.field_name]
    args = get_argument_values(definition, raw.field_nodes[0], raw.variable_values)
    below = [node.selection_set for node in raw.field_nodes if node.selection_set]
    return lookahead, Field(raw.field_name, str(raw.path.key), args, below)
