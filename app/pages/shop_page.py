"""The shop's page, which shows search engines the product that its address names, in schema.org's vocabulary."""

import structlog
from starlette.requests import Request
from starlette.responses import Response

from app.bulk.feeds import json_ld
from app.bulk.feeds.addresses import Addresses
from app.domain import etags
from app.domain.bulk import listings
from app.domain.bulk.listings import Listing
from app.domain.errors import TandemError
from app.domain.unit_of_work import Database
from app.pages.static_files import File

_END = b"</head>"
_DIGITS = 16
_log = structlog.get_logger("tandem")


class ShopPage:
    """The endpoint of the page; without a product that is listed it is the file as it is."""

    def __init__(self, file: File, database: Database, addresses: Addresses) -> None:
        self._file, self._database, self._addresses = file, database, addresses

    async def __call__(self, request: Request) -> Response:
        """The page, with the product of its address in its head."""
        listing = await self._listing(request.query_params.get("product", ""))
        if listing is None or not listing.images:
            return await self._file(request)
        script = b'<script type="application/ld+json">%s</script>\n' % json_ld.page(listing, self._addresses)
        body = self._file.bodies[""].replace(_END, script + _END, 1)
        tag = etags.of_bytes(body)
        if etags.none_match(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers={"ETag": tag})
        return Response(body, headers=self._file.headers | {"ETag": tag})

    async def _listing(self, product: str) -> Listing | None:
        if not (product.isascii() and product.isdecimal() and len(product) <= _DIGITS):
            return None
        try:
            return await self._database.read(lambda unit: listings.get(unit, int(product)))
        except TandemError as error:  # the page says so itself
            _log.warning("not a product for search engines", reason=error.message)
            return None
