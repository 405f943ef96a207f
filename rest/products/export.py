"""The export of the catalogue: one snapshot, streamed as lines of JSON or as CSV."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from app.bulk import export_files
from app.bulk.export_files import Format
from app.domain import visibility
from app.domain.bulk import exports
from app.domain.bulk.exports import Item, LeftOut
from app.domain.callers import ANONYMOUS, Caller
from app.domain.callers import Scope as Permission
from app.domain.changes import reading
from app.domain.changes.places import Place
from app.domain.unit_of_work import Database
from app.http.headers.accept import quality
from app.rate_limiting.stream_charge import StreamCharge
from rest.dependencies import budget_of, service
from rest.negotiation import header_text
from rest.openapi.headers import answers_with
from rest.route import Router
from rest.streamed import Fields, HeaderOnly, Streamed

NDJSON = "application/x-ndjson"
CSV = "text/csv"
_TYPES: dict[Format, str] = {"ndjson": NDJSON, "csv": CSV}


class Exports:
    """The exports of one application."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def export(self, request: Request) -> Response:
        """The catalogue; raises `unauthenticated` for callers without a key, if keys are required."""
        caller: Caller = request.scope.get("state", {}).get("caller", ANONYMOUS)
        caller.identify()
        caller.require(Permission.CATALOG_READ)
        format_ = _format(header_text(b"accept", request))
        if request.method == "HEAD":
            return HeaderOnly(_fields(format_, await self.database.read(reading.end)))
        async with AsyncExitStack() as stack:
            snapshot = await stack.enter_async_context(self.database.snapshot())
            everything = visibility.sees_everything(caller)
            products = exports.batches(snapshot, LeftOut(), everything=everything)
            batches = await stack.enter_async_context(aclosing(products))
            end = await snapshot.read(reading.end)
            begun: list[Item] = await anext(batches, [])  # an error here becomes a problem document
            held = stack.pop_all()
        charge = StreamCharge(budget_of(request), 1)
        return Streamed(_fields(format_, end), _chunks(format_, begun, batches, charge), held)


def _format(accept: str | None) -> Format:
    """CSV if `Accept` prefers it, else NDJSON, as in earlier releases."""
    wants_csv = accept is not None and quality(accept, "text/csv") > quality(accept, NDJSON)
    return "csv" if wants_csv else "ndjson"


def _fields(format_: Format, end: Place) -> Fields:
    return [
        (b"content-type", _TYPES[format_].encode()),
        (b"vary", b"Accept"),
        (b"changes-cursor", end.cursor.encode()),
    ]


async def _chunks(
    format_: Format, begun: list[Item], batches: AsyncGenerator[list[Item], None], charge: StreamCharge
) -> AsyncGenerator[bytes, None]:
    chunk = export_files.begin(format_) + await asyncio.to_thread(export_files.lines, format_, begun)
    await charge.pay_bytes(len(chunk))
    yield chunk
    async for items in batches:
        chunk = await asyncio.to_thread(export_files.lines, format_, items)
        await charge.pay_bytes(len(chunk))
        yield chunk


router = Router("Products")


@router.get(
    "/products/export",
    summary="Export the catalogue",
    response_class=Response,
    response_description="The products by id, one line each.",
    responses={
        200: answers_with(200, "Changes-Cursor")[200]
        | {
            "content": {
                NDJSON: {"schema": {"$ref": "#/components/schemas/ExportLines"}},
                CSV: {"schema": {"$ref": "#/components/schemas/ExportTable"}},
            }
        }
    },
)
async def export_products(request: Request, exports: Annotated[Exports, service("exports")]) -> Response:
    """Exports every product with a sku as a line for `tandem import`, from one consistent snapshot: JSON, or CSV if
    `Accept` prefers `text/csv`. An API key is required if the service uses keys; without `catalog:write` it exports
    only active products. Importing the lines into an empty catalogue creates the same products and categories;
    importing them into this one changes nothing. The header `Changes-Cursor` is the cursor of the snapshot for
    `/changes`. A client has 15 minutes to read the answer. An answer that ends before its last chunk is incomplete:
    repeat the request. This costs a point for each 512 KiB; it waits where the caller has no points left.
    """
    return await exports.export(request)
