"""Feeds of the catalogue for other programs to fetch, such as Google Merchant Center."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from app.bulk.feeds.addresses import Addresses
from app.bulk.feeds.google_feed import GoogleFeed
from app.domain.bulk import listings
from app.domain.bulk.listings import Listing
from app.domain.unit_of_work import Database
from app.media import image_urls
from app.rate_limiting import costs
from app.rate_limiting.stream_charge import StreamCharge
from rest.dependencies import budget_of, service
from rest.route import Router
from rest.streamed import Fields, HeaderOnly, Streamed

TSV = "text/tab-separated-values"
_FIELDS: Fields = [(b"content-type", TSV.encode())]


class Feeds:
    """The feeds of one application, whose addresses begin with `base_url`."""

    def __init__(self, database: Database, base_url: str) -> None:
        self._database, self._addresses = database, Addresses(base_url, image_urls.path)

    async def google(self, request: Request) -> Response:
        """The feed for Google; charged before it is read."""
        await budget_of(request).charge_at_most(costs.FEED - 1)
        if request.method == "HEAD":
            return HeaderOnly(_FIELDS)
        async with AsyncExitStack() as stack:
            snapshot = await stack.enter_async_context(self._database.snapshot())
            batches = await stack.enter_async_context(aclosing(listings.batches(snapshot)))
            begun: list[Listing] = await anext(batches, [])  # an error here becomes a problem document
            held = stack.pop_all()
        charge = StreamCharge(budget_of(request), costs.FEED)
        return Streamed(_FIELDS, self._lines(begun, batches, charge), held)

    async def _lines(
        self, begun: list[Listing], batches: AsyncGenerator[list[Listing], None], charge: StreamCharge
    ) -> AsyncGenerator[bytes, None]:
        feed = GoogleFeed(self._addresses)
        chunk = feed.begin() + await asyncio.to_thread(feed.lines, begun)
        await charge.pay_bytes(len(chunk))
        yield chunk
        async for some in batches:
            chunk = await asyncio.to_thread(feed.lines, some)
            await charge.pay_bytes(len(chunk))
            yield chunk


router = Router("Products")


@router.get(
    "/feeds/google.tsv",
    summary="Feed for Google Merchant Center",
    response_class=Response,
    response_description="A header, and a line for each variant.",
    responses={200: {"content": {TSV: {"schema": {"$ref": "#/components/schemas/GoogleFeed"}}}}},
)
async def get_google_feed(request: Request, feeds: Annotated[Feeds, service("feeds")]) -> Response:
    """Lists the products for sale as a file for Google Merchant Center: one line for each variant of an active product,
    as Google's product data specification says, from one consistent snapshot. Products that lack what Google requires
    (a description, an image) are left out. Addresses begin with `TANDEM_PUBLIC_URL`. This costs 20 points,
    and past 10 MiB a point for each 512 KiB.
    """
    return await feeds.google(request)
