"""The mapping of a schema's types to rows: the source of each field's value.

A plan is compiled from these mappings alone; nothing here knows which types there are.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from app.domain.addresses import Address
from app.domain.callers import Caller, Scope
from app.domain.changes import reading as changes
from app.domain.pagination.paging import Filter, Listing, Sort
from app.domain.unit_of_work import Unit
from app.rate_limiting.costs import Selected

Arguments = Mapping[str, Any]
"""The coerced arguments of a field by their GraphQL names; omitted arguments are absent."""


class Leaf(NamedTuple):
    """A scalar or enum: its columns, and the function that makes its JSON value from them.

    `size` is the approximate maximum of its bytes.
    """

    columns: tuple[str, ...]
    convert: Callable[..., Any] | None = None
    size: int = 64


class LeafWithArguments(NamedTuple):
    """A leaf whose conversion depends on the field's arguments; `bind` raises `Invalid` for invalid arguments.

    Only `Image.url` is one.
    """

    columns: tuple[str, ...]
    bind: Callable[[Arguments], Callable[..., Any]]
    size: int = 256


class LeafList(NamedTuple):
    """A list of scalars, stored as the text of a JSON array in a column."""

    column: str
    size: int


class EmbeddedObject(NamedTuple):
    """An object that is embedded in columns: `read` returns its values by column, or `None`."""

    type: "ObjectType"
    columns: tuple[str, ...]
    read: Callable[..., Mapping[str, Any] | None]


class EmbeddedList(NamedTuple):
    """A list of embedded objects with a maximum length: `read` returns the values of each by column."""

    type: "ObjectType"
    columns: tuple[str, ...]
    read: Callable[..., Sequence[Mapping[str, Any]]]
    most: int


class Reference(NamedTuple):
    """Another object, whose id is in a column."""

    type_name: str
    column: str


class ItemReference(NamedTuple):
    """Another object in an embedded list: its id is at an index in each item of a column's JSON list.

    Only `OrderLine.product` is one.
    """

    type_name: str
    column: str
    item: int


class Connection(NamedTuple):
    """A nested connection: the object's id is a condition of the listing.

    `filter` and `sort` read the field's arguments, `within` adds the object above to the filter.
    """

    type_name: str
    condition: str
    filter: Callable[[Arguments], Filter]
    sort: Callable[[Arguments], Sort]
    within: Callable[[Any, int], Filter]


class AnyNode(NamedTuple):
    """Any object with a global id; the request has its type and id (`any_rows`)."""


Source: TypeAlias = (
    Leaf
    | LeafWithArguments
    | LeafList
    | EmbeddedObject
    | EmbeddedList
    | Reference
    | ItemReference
    | Connection
    | AnyNode
)


@dataclass(frozen=True, eq=False)
class ObjectType:
    """An object type of the schema, and the sources of its fields by their GraphQL names."""

    name: str
    fields: Mapping[str, Source]


class Summary(NamedTuple):
    """A field of the connections of a type: objects that describe the whole list.

    `bind` reads the arguments, and raises `Invalid`. With its result, `read` makes the values by column for a list with
    some conditions, which may be nested below another object. `describe` gives the selection for the price, from the
    number of leaves on each object and on each one below it. Only `ProductConnection.facets` is one.
    """

    type: ObjectType
    bind: Callable[[Arguments], Any]
    read: Callable[[Unit, Mapping[str, Any], Any, bool], Awaitable[Sequence[Mapping[str, Any]]]]
    describe: Callable[[Any, int, int], Selected]


@dataclass(frozen=True, eq=False)
class NodeType(ObjectType):
    """An object type with a listing in the domain. `summaries` are further fields of its connections.

    `owner` names the column that holds the caller's name, where a caller sees only its own, under `scope`.
    """

    listing: Listing
    owner: str | None = field(default=None, kw_only=True)
    scope: Scope | None = field(default=None, kw_only=True)
    summaries: Mapping[str, Summary] = field(default_factory=dict, kw_only=True)

    def admit(self, caller: Caller) -> None:
        """Raise `unauthenticated` or `forbidden` if the caller may not see the type."""
        if self.scope:
            caller.require(self.scope)


class RootConnection(NamedTuple):
    """A root field that lists a type; `filter` reads the arguments for a caller."""

    type_name: str
    filter: Callable[[Arguments, Caller], Filter]
    sort: Callable[[Arguments], Sort]


class RootObject(NamedTuple):
    """A root field that gives one row of a type; `address` reads its address from the arguments."""

    type_name: str
    address: Callable[[Arguments], Address]


class RootNodes(NamedTuple):
    """A root field that gives rows of any type by global ids: a list, or the `single` one."""

    identify: Callable[[Arguments], Sequence[tuple[str, int] | None]]
    single: bool = False


class RootValue(NamedTuple):
    """A root field that reads no row: `read` makes the values of its type by column, from the request's context.

    Only `Query.rateLimit` is one.
    """

    type: ObjectType
    read: Callable[[Any], Mapping[str, Any]]


class RootList(NamedTuple):
    """A root field that lists objects without ids.

    `bind` reads the arguments, and raises `Invalid`. With its result, `read` makes the values by column, and `size`
    gives the maximum number of objects. `read` runs at most `statements`. Only `Query.suggestions` is one.
    """

    type: ObjectType
    bind: Callable[[Arguments], Any]
    read: Callable[[Unit, Any], Awaitable[Sequence[Mapping[str, Any]]]]
    size: Callable[[Any], int]
    statements: int


class RootLog(NamedTuple):
    """A root field that reads the change log: a connection of a query, or the events of a subscription.

    `filter` reads the arguments, `values` makes the values of a change by column, as a caller sees it, and `subject` is
    the type and the id of what changed.
    """

    type: ObjectType
    filter: Callable[[Arguments], changes.Filter]
    values: Callable[[changes.Change, Caller], Mapping[str, Any]]
    subject: Callable[[changes.Change], tuple[str, int] | None]


Root: TypeAlias = RootConnection | RootObject | RootNodes | RootValue | RootList | RootLog
