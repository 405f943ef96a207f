"""Feeds of the catalogue for other programs to fetch, such as Google Merchant Center."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.bulk.feeds.addresses import Addresses
from app.bulk.feeds.google_feed import GoogleFeed
from app.domain.bulk import listings
from app.domain.bulk.listings import Listing
from app.domain.unit_of_work import Database
from app.media import image_urls
from app.rate_limiting import costs
from rest.route import FastRoute, operation_id
from rest.streamed import Begun, Fields, Streamed

TSV = "text/tab-separated-values"
_FIELDS: Fields = [(b"content-type", TSV.encode())]


class Feeds:
    """The feeds of one application, whose addresses begin with `base_url`."""

    def __init__(self, database: Database, base_url: str) -> None:
        self._database, self._addresses = database, Addresses(base_url, image_urls.path)

    async def google(self, request: Request) -> Response:
        """The feed for Google; charged before it is read."""
        await request.scope["state"]["budget"].charge_at_most(costs.FEED - 1)
        if request.method == "HEAD":
            return Begun(_FIELDS)
        async with AsyncExitStack() as stack:
            snapshot = await stack.enter_async_context(self._database.snapshot())
            batches = await stack.enter_async_context(aclosing(listings.batches(snapshot)))
            begun: list[Listing] = await anext(batches, [])  # what fails at once is still answered as a problem
            held = stack.pop_all()
        return Streamed(_FIELDS, self._lines(begun, batches), held)

    async def _lines(
        self, begun: list[Listing], batches: AsyncGenerator[list[Listing], None]
    ) -> AsyncGenerator[bytes, None]:
        feed = GoogleFeed(self._addresses)
        yield feed.begin() + feed.lines(begun)
        async for some in batches:
            yield feed.lines(some)


def _feeds(request: Request) -> Feeds:
    feeds: Feeds = request.app.state.feeds
    return feeds


router = APIRouter(tags=["Products"], route_class=FastRoute, generate_unique_id_function=operation_id)


@router.get(
    "/feeds/google.tsv",
    summary="Feed for Google Merchant Center",
    response_class=Response,
    response_description="A header, and a line for each variant.",
    responses={200: {"content": {TSV: {"schema": {"$ref": "#/components/schemas/GoogleFeed"}}}}},
)
async def get_google_feed(request: Request, feeds: Annotated[Feeds, Depends(_feeds)]) -> Response:
    """Lists the products for sale, as a file that Google Merchant Center fetches: a line for each variant of an active
    product, by Google's product data specification, all from one moment. Products that lack what Google requires (a
    description, an image) are left out. Addresses begin with `TANDEM_PUBLIC_URL`. It costs 20 points of the rate limit.
    """
    return await feeds.google(request)
