"""Lists: the parameters that all of them take, what they cost, and the envelope and links of a page."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import FieldError, Invalid
from app.domain.pagination import paging
from app.domain.pagination.paging import Filter, Listing, Page, Sort, Window
from app.domain.unit_of_work import Unit
from app.http.public_paths import quoted
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected
from rest import conditional, queries
from rest.dependencies import ReadConditions
from rest.models import CURSOR_EXAMPLE, CursorParameter, Integer, Words
from rest.queries import Query, parameter
from rest.reads import Reads
from rest.rendering import View, encode

_PAGE_LEAVES = ("nextCursor", "prevCursor")
SORTING = "The sort key, descending after `-`, then by id. In names, case and accents do not matter."
Limit = Annotated[int, Integer(1, paging.MAX_SIZE), queries.integer(1, paging.MAX_SIZE)]
Count = Annotated[str, Words("Count", ("none", "exact"), "Whether a list is counted.")]


class ListQuery(Query):
    """The parameters of every list."""

    limit: Limit = parameter("Limit", "The maximum number of items.", paging.DEFAULT_SIZE, paging.DEFAULT_SIZE)
    cursor: CursorParameter | None = parameter(
        "Cursor", "The `nextCursor` of a page: continue after it. Repeat sort and filters.", CURSOR_EXAMPLE
    )
    before: CursorParameter | None = parameter(
        "Before",
        "The `prevCursor` of a page: go back from it. Not together with `cursor`.",
        "MXxpZHw5YzExODVhNXw0MXw0MQ",
    )
    sort: str
    fields: tuple[str, ...] | None = None
    count: Count = parameter(
        "Counting", "`exact` adds `totalCount`, which costs a count of the whole list.", "exact", "none"
    )

    listing: ClassVar[Listing]
    nested: ClassVar[bool] = False
    """Whether the list stands below one object, which the price counts."""

    @property
    @abstractmethod
    def filter(self) -> Filter:
        """The filter as the domain has it."""

    @property
    @abstractmethod
    def view(self) -> View:
        """The members that the items show."""

    @property
    def total(self) -> bool:
        """Whether the whole list is counted."""
        return self.count == "exact"

    @cached_property
    def order(self) -> Sort:
        """The sort as the domain has it."""
        return Sort(self.sort.removeprefix("-"), descending=self.sort.startswith("-"))

    @cached_property
    def window(self) -> Window:
        """The part of the list that the page shows; raises `Invalid`."""
        if self.cursor is not None and self.before is not None:
            message = "`cursor` and `before` cannot be given together."
            raise Invalid([FieldError(("cursor",), message), FieldError(("before",), message)])
        return Window(self.limit, self.cursor, self.before, backward=self.before is not None)

    @cached_property
    def scans(self) -> int:
        """The number of conditions that scan every row."""
        return costs.scans(self.listing, self.filter, counted=self.total)

    @cached_property
    def points(self) -> int:
        """The price of the page."""
        leaves = len(_PAGE_LEAVES) + self.total
        selected = Selected(self.window.size, self.view.leaves, leaves, self.scans, self.view.below)
        parts = (selected, *self.also_selected)
        return costs.price(Selected(below=parts)) if self.nested else costs.price(*parts)

    @property
    def also_selected(self) -> Sequence[Selected]:
        """What the answer says of the list besides its page, as prices describe it."""
        return ()

    async def also_read(self, unit: Unit, page: Page) -> Mapping[str, Any]:  # noqa: ARG002 - most lists say no more
        """What the answer says of the list besides its page, by the names of its members."""
        return {}

    @cached_property
    def own(self) -> str:
        """The query as a link to this page has it."""
        return urlencode(self.pairs)

    @cached_property
    def repeated(self) -> str:
        """The query as links to other pages have it: without a cursor."""
        return urlencode([pair for pair in self.pairs if pair[0] not in ("cursor", "before")])


async def respond(
    request: Request,
    query: ListQuery,
    conditions: ReadConditions,
    reads: Reads,
    instead: Filter | None = None,
    require: Callable[[Unit], Awaitable[object]] | None = None,
    narrow: Callable[[Unit], Awaitable[Filter]] | None = None,
) -> Response:
    """The answer to a GET of a list, charged before it is read; raises `rate_limited`, and `forbidden`.

    The filter is `instead` of the query's own, and one that `narrow` reads is in place of both; it and `require` raise
    if the list does not exist.
    """
    selected, view = instead or query.filter, query.view
    if selected.scope:
        request.scope["state"]["caller"].require(selected.scope)
    await request.scope["state"]["budget"].charge_rest(query.points)

    async def work(unit: Unit) -> tuple[Page, Mapping[str, Any], bool]:
        if require is not None:
            await require(unit)
        chosen = selected if narrow is None else await narrow(unit)
        columns, total = view.columns, query.total
        page = await paging.page(unit, query.listing, chosen, query.order, query.window, columns, total=total)
        return page, await query.also_read(unit, page), chosen.scope is not None

    async def make() -> conditional.Representation:
        more = bool(query.also_selected)
        page, also, private = await reads.database.read(work, snapshot=more, long=more or query.scans > 0)
        return _representation(quoted(request.scope["path"]), page, query, also, private=private)

    return conditional.answer(conditions, await reads.get(make))


def _representation(
    path: str, page: Page, query: ListQuery, also: Mapping[str, Any], *, private: bool
) -> conditional.Representation:
    """The page with its links in the body and in the `Link` header (RFC 8288)."""
    after = page.cursor(page.rows[-1]) if page.has_next and page.rows else None
    before = page.cursor(page.rows[0]) if page.has_previous and page.rows else None
    stem = f"{path}?{query.repeated}&" if query.repeated else f"{path}?"
    links = {
        "self": f"{path}?{query.own}" if query.own else path,
        "first": stem[:-1],
        "next": after and f"{stem}cursor={after}",
        "prev": before and f"{stem}before={before}",
    }
    envelope: dict[str, Any] = {
        "items": query.view.render(page.rows, 2),
        "nextCursor": after,
        "prevCursor": before,
        "links": links,
    }
    if page.total is not None:
        envelope["totalCount"] = page.total
    if page.corrected is not None:
        envelope["correctedQuery"] = page.corrected
    return conditional.unversioned(encode({**envelope, **also}), _header(links), private=private)


def _header(links: Mapping[str, str | None]) -> str:
    return ", ".join(f'<{links[rel]}>; rel="{rel}"' for rel in ("first", "next", "prev") if links[rel])
