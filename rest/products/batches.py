"""Batches of operations on products: one request, one transaction, and a result for each operation."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain import commands
from app.domain.bulk import batch_size, batches
from app.domain.idempotency import Outcome, load_error
from app.http import problem_details
from app.rate_limiting import costs
from rest import conditional
from rest.dependencies import CATALOG_WRITE, Database, Idempotent, budget_of
from rest.models import Members
from rest.negotiation import JSON
from rest.openapi.headers import answers_with
from rest.openapi.problems import problems
from rest.products.batch_models import BatchInput, BatchResults
from rest.products.queries import ProductQuery
from rest.queries import Parameters
from rest.rendering import Projection, encode
from rest.route import Router

router = Router("Products")


@router.post(
    "/products/batch",
    response_model=BatchResults,
    summary="Run a batch of operations on products",
    response_description="The results of the operations.",
    responses=answers_with(200) | problems("Conflict", "OutOfStock", "PreconditionFailed"),
    dependencies=[CATALOG_WRITE],
)
async def batch_products(
    request: Request, query: Parameters[ProductQuery], body: Members[BatchInput], runner: Idempotent, database: Database
) -> Response:
    """Runs up to 500 operations on products in one transaction. This costs a point for every 10 operations, every 500
    variants of their products, or every 16 KiB, whichever is most, charged before they run. A batch whose products have
    over 8 MiB together is `query_too_complex`. In the mode `all` the answer is the first error, with its fields below
    `operations`; an unknown product is 422 there. A retry with the same key gets the same answer, even if operations
    failed.
    """
    batch = await asyncio.to_thread(batches.parse, body, merge=True)
    count = await database.read(lambda unit: batch_size.variants(unit, batch))
    await budget_of(request).charge_rest(costs.batch_points(len(batch.operations), count, batch.size))
    outcome = await runner.run(commands.run_batch(batch))
    answer = Response(await asyncio.to_thread(_body, query.projection, outcome), media_type=JSON)
    return conditional.marked(answer, outcome)


def _body(shown: Projection, outcome: Outcome) -> bytes:
    snapshot = dict(outcome.snapshot)
    results = snapshot.pop("results")
    products = [one["product"] for one in results if one["product"]]
    rendered = iter(shown.render([list(map(product.get, shown.selection)) for product in products]))
    rendered_result = [
        _result(index, one, next(rendered) if one["product"] else None) for index, one in enumerate(results)
    ]
    return encode({"results": rendered_result, **snapshot})


def _result(index: int, result: Mapping[str, Any], product: Any) -> dict[str, Any]:
    rendered_result = {"index": index, "status": result["status"]}
    if product is not None:
        rendered_result["product"] = product
    if result["problem"]:
        rendered_result["problem"] = problem_details.of_operation(load_error(result["problem"]))
    return rendered_result
