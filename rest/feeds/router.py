"""Feeds of the catalogue for other programs to fetch, such as Google Merchant Center."""

from contextlib import AsyncExitStack
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from app.bulk.feeds.addresses import Addresses
from app.bulk.feeds.google_feed import GoogleFeed
from app.domain.bulk import listings
from app.rate_limiting import costs
from app.rate_limiting.stream_charge import StreamCharge
from rest.dependencies import Database, budget_of, service
from rest.route import Router
from rest.streamed import Fields, HeaderOnly, stream_file

TSV = "text/tab-separated-values"
_FIELDS: Fields = [(b"content-type", TSV.encode())]


router = Router("Products")


@router.get(
    "/feeds/google.tsv",
    summary="Feed for Google Merchant Center",
    response_class=Response,
    response_description="A header, and a line for each variant.",
    responses={200: {"content": {TSV: {"schema": {"$ref": "#/components/schemas/GoogleFeed"}}}}},
)
async def get_google_feed(
    request: Request, database: Database, addresses: Annotated[Addresses, service("addresses")]
) -> Response:
    """Lists the products for sale as a file for Google Merchant Center: one line for each variant of an active product,
    as Google's product data specification says, from one consistent snapshot. Products that lack what Google requires
    (a description, an image) are left out. Addresses begin with `TANDEM_PUBLIC_URL`. This costs 20 points,
    and past 10 MiB a point for each 512 KiB.
    """
    budget = budget_of(request)
    await budget.charge_at_most(costs.FEED - 1)
    if request.method == "HEAD":
        return HeaderOnly(_FIELDS)
    async with AsyncExitStack() as stack:
        batches = listings.batches(await stack.enter_async_context(database.snapshot()))
        return await stream_file(_FIELDS, GoogleFeed(addresses), batches, StreamCharge(budget, costs.FEED), stack)
