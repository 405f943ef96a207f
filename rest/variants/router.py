"""Variants: those of a product, and one by one; each change is an edit of the product."""

from starlette.requests import Request
from starlette.responses import Response

from app.domain import visibility
from app.domain.catalogue import products, variant_writing, variants
from app.domain.catalogue.variants import Filter
from app.domain.fields import variant_members
from app.domain.unit_of_work import Unit
from rest import conditional, lists
from rest.dependencies import CATALOG_WRITE, Conditions, Idempotent, IfMatch, ProductAddress, VariantAddress
from rest.models import Members
from rest.openapi.problems import problems
from rest.queries import Parameters
from rest.reads import CatalogueReads
from rest.route import Router
from rest.variants.models import NewVariant, VariantDetail, VariantDetailView, VariantInput, VariantList, VariantPatch
from rest.variants.queries import WRITTEN, VariantListQuery, VariantQuery
from rest.versions import V2

router = Router("Products")
_LIST, _ITEM = "/products/{id}/variants", "/variants/{id}"


@router.get(_LIST, response_model=VariantList, response_description="A page of variants.")
async def list_product_variants(
    request: Request,
    address: ProductAddress,
    query: Parameters[VariantListQuery],
    conditions: Conditions,
    reads: CatalogueReads,
) -> Response:
    """Lists a page of the product's variants, in order; GraphQL accepts the same cursors."""

    async def of_product(unit: Unit) -> Filter:
        product_id, status = await products.get(unit, address, ("status",), everything=reads.everything)
        return Filter(product_id, hidden=not visibility.is_public(status))

    return await lists.respond(request, query, conditions, reads, of_product)


@router.post(
    _LIST,
    status_code=201,
    response_model=VariantDetail,
    response_description="The added variant.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def add_product_variant(
    address: ProductAddress, body: Members[NewVariant], runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Adds a variant at the end of the product's list. It has the product's price unless it sets its own. It needs a
    value for each option of the product; a product without options has one variant.
    """
    outcome = await runner.run(variant_writing.add_variant(address, variant_members.read_variant(body), if_match))
    return conditional.written_as(WRITTEN, outcome, f"{V2.prefix}/variants/{outcome.snapshot['id']}")


@router.get(_ITEM, response_model=VariantDetailView, response_description="The variant.")
async def get_variant(
    address: VariantAddress, query: Parameters[VariantQuery], conditions: Conditions, reads: CatalogueReads
) -> Response:
    """Gets a variant, or the members of it that `fields` names. The entity tag depends on the version of the product
    and on the variant's stock.
    """
    shown = query.projection
    return await reads.respond(
        lambda unit: variants.get(unit, address, shown.selection, everything=reads.everything), shown, conditions
    )


@router.put(
    _ITEM,
    response_model=VariantDetail,
    response_description="The updated variant.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def replace_variant(
    address: VariantAddress, body: Members[VariantInput], runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Replaces every member of the variant; omitted members are reset. At `sku:` the body may omit the sku; a different
    one is an error.
    """
    sku = None if isinstance(address, int) else address.value
    command = variant_writing.replace_variant(address, variant_writing.parse_body(body, sku=sku), if_match)
    return conditional.written_as(WRITTEN, await runner.run(command))


@router.patch(
    _ITEM,
    response_model=VariantDetail,
    response_description="The updated variant.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def update_variant(
    address: VariantAddress, body: Members[VariantPatch], runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Changes the members that the body has (RFC 7396, JSON merge patch); null resets one. The product must be valid
    with the result.
    """
    command = variant_writing.change_variant(address, variant_members.read_variant(body, patch=True), if_match)
    return conditional.written_as(WRITTEN, await runner.run(command))


@router.delete(
    _ITEM,
    status_code=204,
    response_description="The variant is deleted.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def delete_variant(address: VariantAddress, runner: Idempotent, if_match: IfMatch = None) -> Response:
    """Deletes a variant; its id is never used again. If it was the first, the next one becomes the first. The only
    variant of a product cannot be deleted (409).
    """
    return conditional.deleted(await runner.run(variant_writing.remove_variant(address, if_match)))
