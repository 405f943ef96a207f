"""Products over REST: the catalogue's list, one product, and its stock."""

from dataclasses import replace
from functools import lru_cache, partial

from starlette.requests import Request
from starlette.responses import Response

from app.domain import categories, commands, etags, paging, products
from app.domain.idempotency import Command, Once
from app.domain.unit import Unit
from rest import conditional, lists, negotiation, parameters, writes
from rest.lists import Wanted
from rest.negotiation import Asked
from rest.parameters import Query
from rest.product_parameters import CATEGORY, PLAIN, SORT, narrowed
from rest.rendering import PRODUCT, View
from rest.route import path_id
from rest.versions import Version


class Products:
    """The endpoints of products, in one version of the API."""

    def __init__(self, version: Version, once: Once) -> None:
        self.version, self.once, self.database = version, once, once.database
        self.fields = lists.fields("Product", version.shown)
        self.parameters = (lists.LIMIT, lists.CURSOR, lists.BEFORE, SORT, self.fields, lists.COUNT, *PLAIN)
        in_category, everywhere = parameters.table(*self.parameters), parameters.table(*self.parameters, CATEGORY)
        one = parameters.table(self.fields)
        self._view = lru_cache(maxsize=256)(partial(_view, version))
        self._whole = self._view(version.shown)
        self._shown = parameters.remembered(lambda query: self._view_of(parameters.read(query, one)))
        self._wanted = parameters.remembered(lambda query: self._wanted_by(parameters.read(query, everywhere)))
        self._wanted_in = parameters.remembered(lambda query: self._wanted_by(parameters.read(query, in_category)))

    async def list(self, request: Request) -> Response:
        """GET /products."""
        asked = negotiation.asked(request)
        return await self._page(request, asked, self._wanted(request.scope["query_string"]))

    async def list_in_category(self, request: Request) -> Response:
        """GET /categories/{id}/products."""
        asked = negotiation.asked(request)
        identity = path_id(request, "category")
        wanted = self._wanted_in(request.scope["query_string"])
        narrowed = replace(wanted.narrowed, categories=(identity,))
        return await self._page(request, asked, wanted._replace(narrowed=narrowed), identity)

    async def read(self, request: Request) -> Response:
        """GET /products/{id}."""
        asked = negotiation.asked(request)
        identity = path_id(request, "product")
        view = self._shown(request.scope["query_string"])
        _, *values = await self.database.read(lambda unit: products.get(unit, identity, view.selection))
        return conditional.one(asked, view.state(values), view.body(values))

    async def create(self, request: Request) -> Response:
        """POST /products."""
        negotiation.unquestioned(request)
        edit = products.read(await negotiation.members(request), self.version.writable)
        return await self._write(request, commands.create_product(edit), created=True)

    async def replace(self, request: Request) -> Response:
        """PUT /products/{id}."""
        asked = negotiation.unquestioned(request)
        identity = path_id(request, "product")
        members = await negotiation.members(request)
        kept = self.version.kept(members)
        edit = products.read(members, self.version.writable, keeps="currency" in kept)
        return await self._write(request, commands.change_product(identity, edit, asked.if_match, kept))

    async def update(self, request: Request) -> Response:
        """PATCH /products/{id}."""
        asked = negotiation.unquestioned(request)
        identity = path_id(request, "product")
        edit = products.read(await negotiation.members(request, patch=True), self.version.writable, patch=True)
        return await self._write(request, commands.change_product(identity, edit, asked.if_match))

    async def delete(self, request: Request) -> Response:
        """DELETE /products/{id}."""
        asked = negotiation.unquestioned(request)
        command = commands.remove_product(path_id(request, "product"), asked.if_match)
        return writes.gone(await writes.run(self.once, request, command))

    async def adjust_stock(self, request: Request) -> Response:
        """POST /products/{id}/stock-adjustments."""
        negotiation.unquestioned(request)
        identity = path_id(request, "product")
        delta = products.read_delta(await negotiation.members(request))
        return await self._write(request, commands.adjust_stock(identity, delta))

    async def _page(self, request: Request, asked: Asked, wanted: Wanted, category: int | None = None) -> Response:
        narrowed, sort, window, view, total = wanted[:5]

        async def work(unit: Unit) -> paging.Page:
            if category is not None:
                await categories.get(unit, category)
            return await products.page(unit, narrowed, sort, window, view.columns, total=total)

        page = await self.database.read(work, long=total or bool(narrowed.words))
        return lists.answer(request, asked, page, wanted)

    async def _write(self, request: Request, command: Command, *, created: bool = False) -> Response:
        """Run a command; the product as it left it."""
        outcome = await writes.run(self.once, request, command)
        # An outcome that was stored by a release without images has none.
        values = [outcome.snapshot.get(column) for column in self._whole.selection]
        body = self._whole.body(values)
        return writes.done(request, outcome, etags.tag(self._whole.state(values), body), body, created=created)

    def _view_of(self, query: Query) -> View:
        fields: tuple[str, ...] | None = query.values.get("fields")
        return self._whole if fields is None else self._view(fields)

    def _wanted_by(self, query: Query) -> Wanted:
        return lists.wanted(query, narrowed(query.values), self._view_of(query))


def _view(version: Version, members: tuple[str, ...]) -> View:
    return View(members, PRODUCT, whole=members == version.shown)
