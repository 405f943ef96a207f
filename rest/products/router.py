"""Products: the catalogue's list, one product, and its stock."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain import commands, etags
from app.domain.catalogue import categories, product_edits, products
from app.domain.idempotency import Outcome
from app.domain.unit_of_work import Unit
from rest import conditional, lists, versions
from rest.dependencies import (
    CATALOG_WRITE,
    OWN_KEYS,
    CategoryId,
    Conditions,
    Idempotent,
    IfMatch,
    IfNoneMatchOfWrite,
    ProductAddress,
    Version,
)
from rest.models import Members
from rest.openapi.problems import problems
from rest.products.models import Product, ProductInput, ProductList, ProductPatch, ProductView, StockAdjustment
from rest.products.queries import CategoryProductsQuery, ProductListQuery, ProductQuery, written
from rest.queries import Parameters
from rest.reads import CatalogueReads
from rest.route import Router

router = Router("Products")
_MADE: dict[int | str, dict[str, Any]] = {201: {"description": "No product had the sku before.", OWN_KEYS: True}}


@router.get(
    "/products", response_model=ProductList, response_description="A page of products.", responses=problems("Forbidden")
)
async def list_products(
    request: Request, query: Parameters[ProductListQuery], conditions: Conditions, reads: CatalogueReads
) -> Response:
    """Lists a page of the catalogue, filtered and sorted. A cursor is valid with the same sort and filters, in every
    version and over GraphQL.
    """
    return await lists.respond(request, query, conditions, reads)


@router.post(
    "/products",
    status_code=201,
    response_model=Product,
    response_description="The created product.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def create_product(
    request: Request, body: Members[ProductInput], runner: Idempotent, version: Version
) -> Response:
    """Creates a product. Its id is never reused."""
    outcome = await runner.run(commands.create_product(product_edits.parse(body, version.writable)))
    return _written(version, outcome, f"{request.scope['path']}/{outcome.snapshot['id']}")


@router.get("/products/{id}", response_model=ProductView, response_description="The product.")
async def get_product(
    address: ProductAddress, query: Parameters[ProductQuery], conditions: Conditions, reads: CatalogueReads
) -> Response:
    """Gets a product, or the members of it that `fields` names. An inactive product needs the scope `catalog:write`."""
    shown = query.projection
    return await reads.respond(
        lambda unit: products.get(unit, address, shown.selection, everything=reads.everything), shown, conditions
    )


@router.put(
    "/products/{id}",
    response_model=Product,
    response_description="The updated product.",
    responses=_MADE | problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def replace_product(
    request: Request,
    address: ProductAddress,
    body: Members[ProductInput],
    runner: Idempotent,
    version: Version,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatchOfWrite = None,
) -> Response:
    """Replaces every member of the body; omitted members get their defaults. At `sku:` this creates the product if no
    product has the sku; the body may omit the sku, and a different one is an error.
    """
    kept, sku = version.kept(body), None if isinstance(address, int) else address.value
    edit = product_edits.parse(body, version.writable, keeps="currency" in kept, sku=sku)
    outcome = await runner.run(commands.put_product(address, edit, etags.Conditions(if_match, if_none_match), kept))
    return _written(version, outcome, request.scope["path"] if outcome.snapshot.get("created") else None)


@router.patch(
    "/products/{id}",
    response_model=Product,
    response_description="The updated product.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def update_product(
    address: ProductAddress, body: Members[ProductPatch], runner: Idempotent, version: Version, if_match: IfMatch = None
) -> Response:
    """Changes the members that the body has (RFC 7396, JSON merge patch); null resets one to its default. The resulting
    product must be valid.
    """
    edit = product_edits.parse(body, version.writable, patch=True, merge=True)
    return _written(version, await runner.run(commands.change_product(address, edit, if_match)))


@router.delete(
    "/products/{id}", status_code=204, response_description="The product is deleted.", dependencies=[CATALOG_WRITE]
)
async def delete_product(address: ProductAddress, runner: Idempotent, if_match: IfMatch = None) -> Response:
    """Deletes a product; its id is never used again."""
    return conditional.deleted(await runner.run(commands.remove_product(address, if_match)))


@router.post(
    "/products/{id}/stock-adjustments",
    response_model=Product,
    response_description="The product with its new stock.",
    responses=problems("OutOfStock"),
    dependencies=[CATALOG_WRITE],
)
async def adjust_stock(
    address: ProductAddress, body: Members[StockAdjustment], runner: Idempotent, version: Version
) -> Response:
    """Adds to the stock or takes from it, also under concurrent requests; the stock never falls below 0. This is not an
    edit: `version` and `updatedAt` stay the same.
    """
    delta = product_edits.parse_delta(body, version.members("StockAdjustment", product_edits.ADJUSTMENT))
    command = commands.adjust_stock(address, *delta)
    return _written(version, await runner.run(command))


@router.get(
    "/categories/{id}/products",
    response_model=ProductList,
    response_description="A page of products.",
    responses=problems("Forbidden"),
)
async def list_category_products(
    request: Request,
    category_id: CategoryId,
    query: Parameters[CategoryProductsQuery],
    conditions: Conditions,
    reads: CatalogueReads,
) -> Response:
    """Lists the products directly in a category. This is the list of `category=`, with the same cursors."""

    async def of_category(unit: Unit) -> products.Filter:
        await categories.get(unit, category_id)
        return replace(query.filter, categories=(category_id,))

    return await lists.respond(request, query, conditions, reads, of_category)


def _written(version: versions.Version, outcome: Outcome, location: str | None = None) -> Response:
    """The answer with the product after the command; a replay has the members of the release that ran the command."""
    snapshot = outcome.snapshot
    whole = written(tuple(member for member in version.shown if member in snapshot), stocks="stocks" in snapshot)
    return conditional.written_as(whole, outcome, location)
