"""Changes in GraphQL: the type, its edges, its filter, and what it takes of the log."""

from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from app.domain.callers import Caller
from app.domain.changes.log import Type
from app.domain.changes.reading import Change as LoggedChange
from app.domain.changes.reading import ChangeAccess, Filter
from app.domain.errors import FieldError, Invalid
from app.http.change_json import shown
from schema.execution.type_mapping import AnyNode, Arguments, EmbeddedObject, Leaf, ObjectType, RootLog
from schema.types import nodes
from schema.types.connections import PageInfo
from schema.types.nodes import Node
from schema.types.scalars import Long, Time

MAX_TYPES = 20
"""The maximum number of types in a filter."""
LogAfterArgument = Annotated[
    str | None,
    strawberry.argument(
        description="Continue after this cursor. The default is the start of the log; `now` is its end."
    ),
]


@strawberry.type(description="The subject of a change.")
class ChangeSubject:
    type: str = strawberry.field(description="The type: `product`, `category`, `order` or `import`.")
    id: Long | None = strawberry.field(description="Its id in REST; null for an import by the command line.")


@strawberry.type(description="A change of one subject.")
class Change:
    id: strawberry.ID = strawberry.field(description="The id of the change, unique in the log.")
    cursor: str = strawberry.field(
        description="The cursor to continue after this change; REST accepts the same cursor."
    )
    type: str = strawberry.field(description="The type of the subject and the action, such as `product.updated`.")
    subject: ChangeSubject = strawberry.field(description="The product, category, order or import.")
    version: int | None = strawberry.field(
        description="The subject's version after the change; null for orders, imports and stock changes."
    )
    members: list[str] = strawberry.field(
        description="The members with new values; empty unless the subject was updated."
    )
    at: Time = strawberry.field(description="The time of the change.")
    caller: str | None = strawberry.field(
        description="The name of the API key that made the change; null without the scope `catalog:write`."
    )
    request_id: str | None = strawberry.field(
        description="The `X-Request-ID` of the request that made the change; null for commands."
    )
    node: Node | None = strawberry.field(description="The subject in its present state; null if it was deleted.")


@strawberry.type(description="A change in a list.")
class ChangeEdge:
    cursor: str = strawberry.field(
        description="The cursor to continue after this change; REST accepts the same cursor."
    )
    node: Change = strawberry.field(description="The change.")


@strawberry.type(description="A page of changes, the oldest first.")
class ChangeConnection:
    edges: list[ChangeEdge] = strawberry.field(description="The changes, each with its cursor.")
    page_info: PageInfo = strawberry.field(
        description="The first and last cursor of the page. Continue after `endCursor`; an empty page also has one."
    )


@strawberry.input(description="A filter of changes: all its members must match.")
class ChangeFilter:
    types: list[str] | None = strawberry.field(
        default=UNSET, description=f"One of these types, such as `product.updated`; {MAX_TYPES} at most."
    )
    subject: strawberry.ID | None = strawberry.field(default=UNSET, description="The global id of the subject.")


_SUBJECTS = {"product": "Product", "category": "Category", "order": "Order"}
_NAMES = {name: subject for subject, name in _SUBJECTS.items()}
_TYPES = frozenset(type_.value for type_ in Type)


def _filter(args: Arguments) -> Filter:
    filters = args.get("filter") or {}
    types, subject = filters.get("types"), filters.get("subject")
    if types is not None:
        field_errors = [
            FieldError(
                ("filter", "types", place), f"`types.{place}` must be a type of change, such as product.updated."
            )
            for place, name in enumerate(types[:MAX_TYPES])
            if name not in _TYPES
        ]
        if len(types) > MAX_TYPES:
            field_errors.append(FieldError(("filter", "types"), f"`types` must have at most {MAX_TYPES} values."))
        if field_errors:
            raise Invalid(field_errors)
    return Filter(None if types is None else frozenset(types), None if subject is None else _subject(subject))


def _subject(global_id: str) -> tuple[str, int]:
    """The subject of a global id; a malformed id gives a subject without changes."""
    identity = nodes.decode(global_id)
    return ("", 0) if identity is None else (_NAMES.get(identity.type_name, ""), identity.id)


def _values(change: LoggedChange, caller: Caller) -> dict[str, Any]:
    return shown(change, whole=ChangeAccess.of(caller).whole)


def _node(change: LoggedChange) -> tuple[str, int] | None:
    name = _SUBJECTS.get(change.subject)
    return None if name is None or change.subject_id is None else (name, change.subject_id)


_SUBJECT = ObjectType("ChangeSubject", {"type": Leaf(("type",)), "id": Leaf(("id",))})
_CHANGE = ObjectType(
    "Change",
    {
        **{name: Leaf((name,)) for name in ("id", "type", "version", "caller", "at")},
        "cursor": Leaf(("cursor",), size=256),
        "subject": EmbeddedObject(_SUBJECT, ("subject",), lambda subject: subject),
        "members": Leaf(("members",), size=1_000),
        "requestId": Leaf(("requestId",), size=128),
        "node": AnyNode(),
    },
)
LOG = RootLog(_CHANGE, _filter, _values, _node)
