"""The export of the catalogue: one snapshot, streamed as lines of JSON or as CSV."""

from contextlib import AsyncExitStack

from starlette.requests import Request
from starlette.responses import Response

from app.bulk.export_files import ExportFile, Format
from app.domain import visibility
from app.domain.bulk import exports
from app.domain.bulk.exports import LeftOut
from app.domain.callers import Scope
from app.domain.changes import reading
from app.domain.changes.places import Place
from app.http.headers.accept import quality
from app.rate_limiting.stream_charge import StreamCharge
from rest.dependencies import Caller, Database, budget_of
from rest.negotiation import header_text
from rest.openapi.headers import answers_with
from rest.route import Router
from rest.streamed import Fields, HeaderOnly, stream_file

NDJSON = "application/x-ndjson"
CSV = "text/csv"
_TYPES: dict[Format, str] = {"ndjson": NDJSON, "csv": CSV}


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
async def export_products(request: Request, caller: Caller, database: Database) -> Response:
    """Exports every product with a sku as a line for `tandem import`, from one consistent snapshot: JSON, or CSV if
    `Accept` prefers `text/csv`. An API key is required if the service uses keys; without `catalog:write` it exports
    only active products. Importing the lines into an empty catalogue creates the same products and categories;
    importing them into this one changes nothing. The header `Changes-Cursor` is the cursor of the snapshot for
    `/changes`. A client has 15 minutes to read the answer. An answer that ends before its last chunk is incomplete:
    repeat the request. This costs a point for each 512 KiB; it waits where the caller has no points left.
    """
    caller.identify()
    caller.require(Scope.CATALOG_READ)
    format_ = _format(header_text(b"accept", request))
    if request.method == "HEAD":
        return HeaderOnly(_fields(format_, await database.read(reading.end)))
    async with AsyncExitStack() as stack:
        snapshot = await stack.enter_async_context(database.snapshot())
        batches = exports.batches(snapshot, LeftOut(), everything=visibility.sees_everything(caller))
        fields = _fields(format_, await snapshot.read(reading.end))
        charge = StreamCharge(budget_of(request), 1)
        return await stream_file(fields, ExportFile(format_), batches, charge, stack)


def _format(accept: str | None) -> Format:
    """CSV if `Accept` prefers it, else NDJSON, as in earlier releases."""
    wants_csv = accept is not None and quality(accept, "text/csv") > quality(accept, NDJSON)
    return "csv" if wants_csv else "ndjson"


def _fields(format_: Format, end: Place) -> Fields:
    return [(b"content-type", _TYPES[format_].encode()), (b"vary", b"Accept"), (b"changes-cursor", end.cursor.encode())]
