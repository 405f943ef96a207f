"""Previews of imports: what the service understands of a file, before the file is imported or sent as a whole."""

from io import BytesIO
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.bulk import import_preview, import_requests
from app.bulk.import_options import Notes, NotUnderstood
from app.bulk.import_preview import PreviewedLine
from app.domain.errors import FieldError, Invalid
from app.domain.validation import Reader
from app.http import multipart, problem_details
from app.rate_limiting import costs
from rest.dependencies import CATALOG_WRITE, Database, MaxUpload
from rest.imports import models, preview_models
from rest.imports.preview_models import ImportPreview, PreviewedProduct
from rest.negotiation import JSON
from rest.openapi.headers import answers_with
from rest.rendering import PRODUCT, View, encode
from rest.route import FastRoute, operation_id

router = APIRouter(tags=["Imports"], route_class=FastRoute, generate_unique_id_function=operation_id)
_TEXTS = ("cut", *sorted(import_requests.MEMBERS - {"dryRun"}))
_SHOWN = View([field.alias or name for name, field in PreviewedProduct.model_fields.items()],
              {"price": PRODUCT["price"]}, whole=False, needs=())  # fmt: skip


class _Memory(BytesIO):
    async def write(self, chunk: bytes) -> None:  # type: ignore[override] # as a form has it
        super().write(chunk)


@router.post(
    "/imports/preview",
    response_model=ImportPreview,
    summary="Preview an import",
    response_description="The columns that are understood, and the first lines.",
    responses=answers_with(200),
    openapi_extra=preview_models.FORM_BODY,
    dependencies=[CATALOG_WRITE],
)
async def preview_import(request: Request, database: Database, limit: MaxUpload) -> Response:
    """Tells which columns of a file an import understands, and what would become of its first ten lines; stores
    nothing. The first bytes of a text file will do (`cut`). A point for each MiB is charged.
    """
    form = await multipart.receive(request, file := _Memory(), limit, _TEXTS)
    members = models.members(form.texts)
    reader = Reader({"cut": members.pop("cut", False)})
    if not isinstance(cut := reader.members["cut"], bool):
        reader.fault("cut", "must be true or false")
    reader.done()
    wanted = import_requests.read(members)
    await request.scope["state"]["budget"].charge_at_most(costs.import_points(form.size))
    file.seek(0)
    name = form.name or ""
    suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
    try:
        notes, lines = await import_preview.preview(database, file, suffix, wanted, cut=bool(cut))
    except NotUnderstood as problem:
        raise Invalid([FieldError(("file",), str(problem).replace("FILE", "The file"))]) from None
    return Response(encode(_body(notes, lines)), media_type=JSON)


def _body(notes: Notes, lines: list[PreviewedLine]) -> dict[str, Any]:
    held = notes.unused.most_common(preview_models.MOST_NAMES)
    return {
        "columns": [{"name": name, "member": member} for name, member in notes.columns.items()],
        "notHeld": [{"name": name, "count": count} for name, count in held if count],
        "lines": [_line(line) for line in lines],
    }


def _line(line: PreviewedLine) -> dict[str, Any]:
    product = line.product and _SHOWN.render([[line.product[name] for name in _SHOWN.columns]])[0]
    problems = [
        {"line": line.number, "field": problem_details.path_of(fault), "code": fault.code, "message": fault.message}
        for fault in line.field_errors[: preview_models.MOST_NAMES]
    ]
    return {"line": line.number, "outcome": line.outcome, "product": product, "problems": problems}
