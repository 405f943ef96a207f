"""Lists: the parameters that all of them take, and the envelope and links of a page."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.domain import paging
from app.domain.errors import Fault, Invalid
from app.domain.paging import Page, Sort, Window
from rest import conditional, parameters, shapes
from rest.negotiation import Asked
from rest.parameters import Parameter, Query
from rest.rendering import View, encode

LIMIT = Parameter(
    "Limit",
    "limit",
    "How many things a page has at most.",
    shapes.integer(1, paging.MAX_SIZE) | {"default": paging.DEFAULT_SIZE},
    parameters.integer(1, paging.MAX_SIZE),
    example=paging.DEFAULT_SIZE,
)
CURSOR = Parameter(
    "Cursor",
    "cursor",
    "The `nextCursor` of a page: go on after it; repeat sort and filters.",
    shapes.CURSOR,
    example="MXxpZHw5YzExODVhNXw3fDc",
)
BEFORE = Parameter(
    "Before",
    "before",
    "The `prevCursor` of a page: go back from it. Not together with `cursor`.",
    shapes.CURSOR,
    example="MXxpZHw5YzExODVhNXw0MXw0MQ",
)
COUNT = Parameter(
    "Counting",
    "count",
    "`exact` adds `totalCount`, which costs a count of the whole list.",
    shapes.reference("Count") | {"default": "none"},
    parameters.choice({"none": False, "exact": True}),
    example="exact",
)


def sort(noun: str, keys: Iterable[str]) -> Parameter:
    """The parameter that sorts a list by one of some keys, descending after a `-`."""
    sorts = {str(s): s for key in keys for s in (Sort(key), Sort(key, descending=True))}
    said = "What the list is sorted by, descending after `-`, then by id. In names, case and accents do not matter."
    schema = shapes.reference(f"{noun}Sort") | {"default": "id"}
    return Parameter(f"{noun}Sorting", "sort", said, schema, parameters.choice(sorts), example="-id")


def fields(noun: str, members: tuple[str, ...]) -> Parameter:
    """The parameter that picks some of a thing's members."""
    schema = shapes.array(shapes.reference(f"{noun}Field"), parameters.MOST, 1)
    said = "Show these members only, separated by commas."
    return Parameter(f"{noun}Fields", "fields", said, schema, parameters.choices(members), example=list(members[:2]))


class Wanted(NamedTuple):
    """What a request wants of a list: `own` and `repeated` are its query string with and without the cursor."""

    narrowed: Any
    sort: Sort
    window: Window
    view: View
    total: bool
    own: str
    repeated: str


def wanted(query: Query, narrowed: Any, view: View) -> Wanted:
    """Read the parameters that all lists take."""
    values = query.values
    after, before = values.get("cursor"), values.get("before")
    if after is not None and before is not None:
        message = "`cursor` and `before` cannot be given together."
        raise Invalid([Fault(("cursor",), message), Fault(("before",), message)])
    window = Window(values.get("limit", paging.DEFAULT_SIZE), after, before, backward=before is not None)
    repeated = urlencode([pair for pair in query.pairs if pair[0] not in ("cursor", "before")])
    own = urlencode(query.pairs)
    return Wanted(narrowed, values.get("sort", Sort()), window, view, values.get("count", False), own, repeated)


def answer(request: Request, asked: Asked, page: Page, of: Wanted) -> Response:
    """The page as an answer, with its links in the body and in the `Link` header (RFC 8288)."""
    path: str = request.scope["path"]
    after = page.cursor(page.rows[-1]) if page.has_next and page.rows else None
    before = page.cursor(page.rows[0]) if page.has_previous and page.rows else None
    stem = f"{path}?{of.repeated}&" if of.repeated else f"{path}?"
    links = {
        "self": f"{path}?{of.own}" if of.own else path,
        "first": stem[:-1],
        "next": after and f"{stem}cursor={after}",
        "prev": before and f"{stem}before={before}",
    }
    envelope: dict[str, Any] = {
        "items": of.view.render(page.rows, 2),
        "nextCursor": after,
        "prevCursor": before,
        "links": links,
    }
    if page.total is not None:
        envelope["totalCount"] = page.total
    return conditional.many(asked, encode(envelope), _header(links))


def _header(links: Mapping[str, str | None]) -> str:
    return ", ".join(f'<{links[rel]}>; rel="{rel}"' for rel in ("first", "next", "prev") if links[rel])
