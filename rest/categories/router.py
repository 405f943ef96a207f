"""Categories: the tree, as a list and one by one."""

from starlette.requests import Request
from starlette.responses import Response

from app.domain import commands
from app.domain.catalogue import categories, product_places
from app.rate_limiting import costs
from rest import conditional, lists
from rest.categories.models import (
    Category,
    CategoryInput,
    CategoryList,
    CategoryListQuery,
    CategoryPatch,
    CategoryQuery,
    CategoryView,
    projection,
)
from rest.dependencies import CATALOG_WRITE, CategoryId, Conditions, Idempotent, IfMatch, budget_of
from rest.models import Members
from rest.openapi.problems import problems
from rest.queries import Parameters
from rest.reads import CatalogueReads
from rest.route import Router

router = Router("Categories")


@router.get("/categories", response_model=CategoryList, response_description="A page of categories.")
async def list_categories(
    request: Request, query: Parameters[CategoryListQuery], conditions: Conditions, reads: CatalogueReads
) -> Response:
    """Lists a page of categories; `parentId` walks the tree level by level."""
    return await lists.respond(request, query, conditions, reads)


@router.post(
    "/categories",
    status_code=201,
    response_model=Category,
    response_description="The created category.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def create_category(request: Request, body: Members[CategoryInput], runner: Idempotent) -> Response:
    """Creates a category, below a parent or at the root. Its slug is generated from its name."""
    outcome = await runner.run(commands.create_category(categories.parse(body)))
    return conditional.written_as(_WHOLE, outcome, f"{request.scope['path']}/{outcome.snapshot['id']}")


@router.get("/categories/{id}", response_model=CategoryView, response_description="The category.")
async def get_category(
    category_id: CategoryId, query: Parameters[CategoryQuery], conditions: Conditions, reads: CatalogueReads
) -> Response:
    """Gets a category, or the members of it that `fields` names."""

    async def make() -> conditional.Representation:
        row = await reads.database.read(lambda unit: categories.get(unit, category_id))
        values = dict(zip(_WHOLE.selection, row, strict=True))
        body = query.projection.body([values[member] for member in query.projection.columns])
        return conditional.versioned(_WHOLE.state(row), body)

    return conditional.answer(conditions, await reads.get(make))


@router.put(
    "/categories/{id}",
    response_model=Category,
    response_description="The updated category.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def replace_category(
    category_id: CategoryId, body: Members[CategoryInput], runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Replaces the name and the parent; without `parentId` the category moves to the root. A new name gets a new
    slug.
    """
    command = commands.change_category(category_id, categories.parse(body), if_match, replace=True)
    return conditional.written_as(_WHOLE, await runner.run(command))


@router.patch(
    "/categories/{id}",
    response_model=Category,
    response_description="The updated category.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def update_category(
    category_id: CategoryId, body: Members[CategoryPatch], runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Changes the members that the body has (RFC 7396, JSON merge patch); a null `parentId` moves the category to the
    root.
    """
    edit = categories.parse(body, patch=True)
    return conditional.written_as(_WHOLE, await runner.run(commands.change_category(category_id, edit, if_match)))


@router.delete(
    "/categories/{id}",
    status_code=204,
    response_description="The category is deleted.",
    responses=problems("Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def delete_category(
    request: Request, category_id: CategoryId, runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Deletes a category without children. Its products stay, and lose this category. This costs 1 point, and 1 more
    for every 6,000 products.
    """
    products = await runner.runner.database.read(lambda unit: product_places.products_of(unit, category_id))
    await budget_of(request).charge_at_most(costs.deletion_points(products))
    return conditional.deleted(await runner.run(commands.remove_category(category_id, if_match)))


_WHOLE = projection(None)
