"""Categories over REST: the tree, as a list and one by one."""

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from app.domain import categories, commands, etags, models, text
from app.domain.idempotency import Command, Once
from app.domain.paging import Page
from app.domain.unit import Row, Unit
from rest import conditional, lists, negotiation, parameters, shapes, writes
from rest.lists import Wanted
from rest.parameters import Parameter, Query
from rest.rendering import View
from rest.route import path_id

Q = Parameter(
    "CategorySearch",
    "q",
    "Every word of it begins a word of the name; case and accents do not matter.",
    shapes.SEARCH,
    parameters.text(0, text.MAX_QUERY),
    example="phon",
)
SORT = lists.sort("Category", categories.LISTING.keys)
FIELDS = lists.fields("Category", categories.MEMBERS)
_ROOT = "root"


def _parent(given: str) -> int:
    return 0 if given == _ROOT else parameters.integer(1, models.MAX_ID)(given)


PARENT = Parameter(
    "ParentId",
    "parentId",
    f"Stands directly under this category; `{_ROOT}`: under none.",
    {"oneOf": [shapes.ID, {"type": "string", "const": _ROOT, "title": "Root"}]},
    _parent,
    example=_ROOT,
)
PARAMETERS = (lists.LIMIT, lists.CURSOR, lists.BEFORE, SORT, FIELDS, lists.COUNT, Q, PARENT)
_ALL, _ONE = parameters.table(*PARAMETERS), parameters.table(FIELDS)


class Categories:
    """The endpoints of categories, the same in every version of the API."""

    def __init__(self, once: Once) -> None:
        self.once, self.database = once, once.database

    async def list(self, request: Request) -> Response:
        """GET /categories."""
        asked = negotiation.asked(request)
        wanted = _wanted(request.scope["query_string"])
        narrowed, sort, window, view, total = wanted[:5]

        async def work(unit: Unit) -> Page:
            return await categories.page(unit, narrowed, sort, window, view.columns, total=total)

        page = await self.database.read(work, long=total or bool(narrowed.words))
        return lists.answer(request, asked, page, wanted)

    async def read(self, request: Request) -> Response:
        """GET /categories/{id}."""
        asked = negotiation.asked(request)
        identity = path_id(request, "category")
        view = _shown(request.scope["query_string"])
        row = await self.database.read(lambda unit: categories.get(unit, identity))
        return conditional.one(asked, _WHOLE.state(row), view.body(_picked(row, view)))

    async def create(self, request: Request) -> Response:
        """POST /categories."""
        negotiation.unquestioned(request)
        edit = categories.read(await negotiation.members(request))
        return await self._write(request, commands.create_category(edit), created=True)

    async def replace(self, request: Request) -> Response:
        """PUT /categories/{id}."""
        return await self._change(request, patch=False)

    async def update(self, request: Request) -> Response:
        """PATCH /categories/{id}."""
        return await self._change(request, patch=True)

    async def delete(self, request: Request) -> Response:
        """DELETE /categories/{id}."""
        asked = negotiation.unquestioned(request)
        command = commands.remove_category(path_id(request, "category"), asked.if_match)
        return writes.gone(await writes.run(self.once, request, command))

    async def _change(self, request: Request, *, patch: bool) -> Response:
        asked = negotiation.unquestioned(request)
        identity = path_id(request, "category")
        edit = categories.read(await negotiation.members(request, patch=patch), patch=patch)
        return await self._write(request, commands.change_category(identity, edit, asked.if_match, replace=not patch))

    async def _write(self, request: Request, command: Command, *, created: bool = False) -> Response:
        """Run a command; the category as it left it."""
        outcome = await writes.run(self.once, request, command)
        values = [outcome.snapshot[column] for column in _WHOLE.selection]
        body = _WHOLE.body(values)
        return writes.done(request, outcome, etags.tag(_WHOLE.state(values), body), body, created=created)


@lru_cache(maxsize=64)
def _view(members: tuple[str, ...]) -> View:
    return View(members, {}, whole=False)


_WHOLE = _view(categories.MEMBERS)


def _view_of(query: Query) -> View:
    return _view(query.values.get("fields", categories.MEMBERS))


@parameters.remembered
def _shown(query: bytes) -> View:
    return _view_of(parameters.read(query, _ONE))


@parameters.remembered
def _wanted(query: bytes) -> Wanted:
    asked = parameters.read(query, _ALL)
    q = asked.values.get("q")
    narrowed = categories.Filter(words=None if q is None else text.words(q), parent=asked.values.get("parentId"))
    return lists.wanted(asked, narrowed, _view_of(asked))


def _picked(row: Row, view: View) -> Row:
    """The columns of a view, from a whole category."""
    return row if view is _WHOLE else [row[_WHOLE.columns.index(column)] for column in view.columns]
