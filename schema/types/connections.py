"""Relay's Cursor Connections: their edges, page info, arguments and sorts."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from app.domain.errors import FieldError, Invalid
from app.domain.pagination.paging import DEFAULT_SIZE, MAX_SIZE, Window

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"The number of items from the start: {DEFAULT_SIZE} by default, {MAX_SIZE} at most."
    ),
]
After = Annotated[str | None, strawberry.argument(description="Only items after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="The number of items from the end; excludes `first`.")]
Before = Annotated[str | None, strawberry.argument(description="Only items before this cursor.")]
FilterArgument = Annotated[T | None, strawberry.argument(description="The filter; the default is all.")]
SortArgument = Annotated[T | None, strawberry.argument(description="The sort; the default is by id.")]


@strawberry.type(
    description="The first and last cursor of a page, and whether more items precede or follow it"
    " (Relay's Cursor Connections)."
)
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items precede this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


@strawberry.type(description="An item in a list.")
class EdgeOf(Generic[T]):
    cursor: str = strawberry.field(description="The cursor of this item; lists in REST accept the same cursor.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class ConnectionOf(Generic[T]):
    edges: list[T] = strawberry.field(description="The items of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(
        description="The first and last cursor of the page, and whether more items precede or follow it."
    )
    total_count: int = strawberry.field(description="The size of the whole list, counted only if selected.")


@strawberry.enum(description="The direction of a sort.")
class SortDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="Ascending.")
    DESC = strawberry.enum_value("DESC", description="Descending.")


@strawberry.input(description="The sort of a list.")
class SortBy(Generic[T]):
    by: T = strawberry.field(description="The sort key.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Descending is the exact reverse."
    )


def require_valid(problems: Iterable[tuple[str, str | None]]) -> None:
    """Raise `Invalid` if a field of a filter has a problem."""
    found = [FieldError(("filter", name), f"`{name}` {problem}.") for name, problem in problems if problem]
    if found:
        raise Invalid(found)


def window(args: Mapping[str, Any]) -> Window:
    """The window of a connection's arguments; raises `Invalid`."""
    first, last = args.get("first"), args.get("last")
    field_errors = [
        FieldError((name,), f"`{name}` must be from 0 to {MAX_SIZE}.")
        for name, size in (("first", first), ("last", last))
        if size is not None and not 0 <= size <= MAX_SIZE
    ]
    if first is not None and last is not None:
        field_errors.append(FieldError(("last",), "`first` and `last` cannot be combined."))
    if field_errors:
        raise Invalid(field_errors)
    size = DEFAULT_SIZE if first is None and last is None else first if last is None else last
    return Window(size or 0, args.get("after"), args.get("before"), backward=last is not None)
