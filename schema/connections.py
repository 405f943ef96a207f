"""Relay's Cursor Connections: page info, and the arguments that every connection takes."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import strawberry

from app.domain.errors import Fault, Invalid
from app.domain.paging import DEFAULT_SIZE, MAX_SIZE, Page, Window

T = TypeVar("T")

First = Annotated[int | None, strawberry.argument(description="How many from the start: 20 by default, 100 at most.")]
After = Annotated[str | None, strawberry.argument(description="Only what stands after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end; not together with `first`.")]
Before = Annotated[str | None, strawberry.argument(description="Only what stands before this cursor.")]
Narrowed = Annotated[T | None, strawberry.argument(description="Which of them; left out: all.")]
Sorted = Annotated[T | None, strawberry.argument(description="In which order; left out: by id.")]


@strawberry.type(description="Where a page stands in its list (Relay's Cursor Connections).")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="Whether more stands after this page.")
    has_previous_page: bool = strawberry.field(description="Whether more stands before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


def window(args: Mapping[str, Any]) -> Window:
    """The page that a connection's arguments ask for; raises `Invalid`."""
    first, last = args.get("first"), args.get("last")
    faults = [
        Fault((name,), f"`{name}` must be from 0 to {MAX_SIZE}.")
        for name, size in (("first", first), ("last", last))
        if size is not None and not 0 <= size <= MAX_SIZE
    ]
    if first is not None and last is not None:
        faults.append(Fault(("last",), "`first` and `last` cannot go together."))
    if faults:
        raise Invalid(faults)
    size = DEFAULT_SIZE if first is None and last is None else first if last is None else last
    return Window(size or 0, args.get("after"), args.get("before"), backward=last is not None)


def page_info(page: Page) -> PageInfo:
    """Where a page stands."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursor(page.rows[0]) if page.rows else None,
        end_cursor=page.cursor(page.rows[-1]) if page.rows else None,
    )
