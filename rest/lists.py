"""Lists: their common parameters, their cost, and the envelope and links of a page."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property, partial
from operator import itemgetter
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import Code, FieldError, Invalid, TandemError
from app.domain.pagination import paging
from app.domain.pagination.paging import Filter, Listing, Page, Sort, Window
from app.domain.unit_of_work import Unit
from app.http.public_paths import quoted
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected
from app.stores import large_answers
from rest import conditional, parameters
from rest.dependencies import ReadConditions, budget_of
from rest.models import CURSOR_EXAMPLE, CursorParameter, Integer, Words
from rest.parameters import parameter
from rest.queries import Query
from rest.reads import Reads
from rest.rendering import Projection, encode

_PAGE_LEAVES = ("nextCursor", "prevCursor")
MANY_CHARACTERS = 100_000
"""Pages with more characters are rendered off the event loop, since that takes milliseconds."""
LARGE_CHARACTERS = 256 * 1024
"""Pages with more hold a place for large answers."""
SORTING = "The sort key, descending after `-`, then by id. In names, case and accents do not matter."
Limit = Annotated[int, Integer(1, paging.MAX_SIZE), parameters.integer(1, paging.MAX_SIZE)]
Count = Annotated[str, Words("Count", ("none", "exact"), "Whether to count the list.")]


class ListQuery(Query):
    """The parameters of every list."""

    limit: Limit = parameter("Limit", "The maximum number of items.", paging.DEFAULT_SIZE, paging.DEFAULT_SIZE)
    cursor: CursorParameter | None = parameter(
        "Cursor", "The `nextCursor` of a page, to get the next one. Repeat sort and filters.", CURSOR_EXAMPLE
    )
    before: CursorParameter | None = parameter(
        "Before",
        "The `prevCursor` of a page, to get the previous one. Not together with `cursor`.",
        "MXxpZHw5YzExODVhNXw0MXw0MQ",
    )
    sort: str
    fields: tuple[str, ...] | None = None
    count: Count = parameter(
        "Counting", "`exact` adds `totalCount`; counting the whole list costs a point.", "exact", "none"
    )

    listing: ClassVar[Listing]
    nested: ClassVar[bool] = False
    """Whether the list is below one object, which costs extra."""

    @property
    @abstractmethod
    def filter(self) -> Filter:
        """The domain's filter."""

    @property
    @abstractmethod
    def projection(self) -> Projection:
        """The members that the items show."""

    @property
    def total(self) -> bool:
        """Whether the whole list is counted."""
        return self.count == "exact"

    @cached_property
    def order(self) -> Sort:
        """The domain's sort."""
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
        selected = Selected(self.window.size, self.projection.leaves, leaves, self.scans, self.projection.below)
        parts = (selected, *self.also_selected)
        return costs.price(Selected(below=parts)) if self.nested else costs.price(*parts)

    @property
    def also_selected(self) -> Sequence[Selected]:
        """The selections besides the page, such as facets, for the cost."""
        return ()

    async def also_read(self, unit: Unit, page: Page) -> Mapping[str, Any]:  # noqa: ARG002 - most lists say no more
        """Further members of the answer besides the page, such as facets."""
        return {}

    @cached_property
    def own(self) -> str:
        """The query string of the link to this page."""
        return urlencode(self.pairs)

    @cached_property
    def repeated(self) -> str:
        """The query string of links to other pages: without a cursor."""
        return urlencode([pair for pair in self.pairs if pair[0] not in ("cursor", "before")])


async def respond(
    request: Request,
    query: ListQuery,
    conditions: ReadConditions,
    reads: Reads,
    find_filter: Callable[[Unit], Awaitable[Filter]] | None = None,
) -> Response:
    """The answer to a GET of a list, charged before it is read; raises `rate_limited` or `forbidden`.

    `find_filter` replaces the query's filter; it raises if the list does not exist.
    """
    if query.filter.scope:
        request.scope["state"]["caller"].require(query.filter.scope)
    await budget_of(request).charge_rest(query.points)

    async def work(unit: Unit) -> tuple[Page, Mapping[str, Any], bool]:
        filter_ = query.filter if find_filter is None else await find_filter(unit)
        columns, total = query.projection.columns, query.total
        page = await paging.page(unit, query.listing, filter_, query.order, query.window, columns, total=total)
        return page, await query.also_read(unit, page), filter_.scope is not None

    async def make() -> conditional.Representation:
        more = bool(query.also_selected)
        read = partial(reads.database.read, work, snapshot=more, long=more or query.scans > 0)
        page, also, private = await read()
        characters = _characters(page, query.projection)
        if characters > LARGE_CHARACTERS and not large_answers.try_hold():
            del page  # the rows of all that wait would take as much memory as their answers
            await large_answers.hold()
            page, also, private = await read()
        made = partial(_representation, quoted(request.scope["path"]), page, query, also, private=private)
        return await asyncio.to_thread(made) if characters > MANY_CHARACTERS else made()

    answer = conditional.answer(conditions, await reads.get(make))
    if len(answer.body) > LARGE_CHARACTERS and request.method != "HEAD":
        await large_answers.hold()
    return answer


def _characters(page: Page, projection: Projection) -> int:
    """The characters of a page's long columns; raises `query_too_complex` if an answer may not have as many."""
    columns = (map(itemgetter(place + 2), page.rows) for place in projection.long)
    found = sum(sum(map(len, filter(None, column))) for column in columns)  # a loop in Python takes two calls a row
    if found > costs.MAX_BYTES:
        raise _too_long()
    return found


def _too_long() -> TandemError:
    message = f"The answer has more than {costs.MAX_BYTES} bytes; ask for fewer items or members."
    return TandemError(Code.QUERY_TOO_COMPLEX, message)


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
        "items": query.projection.render(page.rows, 2),
        "nextCursor": after,
        "prevCursor": before,
        "links": links,
    }
    if page.total is not None:
        envelope["totalCount"] = page.total
    if page.corrected is not None:
        envelope["correctedQuery"] = page.corrected
    body = encode({**envelope, **also})
    if len(body) > costs.MAX_BYTES:
        raise _too_long()
    return conditional.unversioned(body, _header(links), private=private)


def _header(links: Mapping[str, str | None]) -> str:
    return ", ".join(f'<{links[rel]}>; rel="{rel}"' for rel in ("first", "next", "prev") if links[rel])
