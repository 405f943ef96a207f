"""Previews of imports: the columns and first lines of a file, before the file is imported or fully uploaded."""

from tempfile import TemporaryFile
from typing import Any, BinaryIO

from starlette.requests import Request
from starlette.responses import Response

from app.bulk import import_preview, import_requests
from app.bulk.import_options import Notes, UnreadableFile
from app.bulk.import_preview import PreviewedLine
from app.domain import unit_of_work
from app.domain.errors import FieldError, Invalid
from app.domain.validation import Reader
from app.http import multipart, problem_details
from app.http.multipart import Upload
from app.rate_limiting import costs
from app.stores.local_blobs import in_thread
from rest.dependencies import CATALOG_WRITE, Database, MaxUpload, budget_of
from rest.imports import models, preview_models
from rest.imports.preview_models import ImportPreview, PreviewedProduct
from rest.negotiation import JSON
from rest.openapi.headers import answers_with
from rest.rendering import PRODUCT, Projection, encode
from rest.route import Router

router = Router("Imports")
_SHOWN = Projection([field.alias or name for name, field in PreviewedProduct.model_fields.items()],
              {"price": PRODUCT["price"]}, whole=False, needs=())  # fmt: skip


class _OnDisk:
    """Writes the file of a form to disk: several files of 20 MiB would take too much memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    async def write(self, chunk: bytes) -> None:
        """Add some bytes. Raises `StorageFull`."""
        await in_thread(lambda: self._file.write(chunk))


@router.post(
    "/imports/preview",
    response_model=ImportPreview,
    summary="Preview an import",
    response_description="The columns that the import reads, and the first lines.",
    responses=answers_with(200),
    openapi_extra=preview_models.FORM_BODY,
    dependencies=[CATALOG_WRITE],
)
async def preview_import(request: Request, database: Database, limit: MaxUpload) -> Response:
    """Shows which columns of a file an import would read, and what it would do with the first ten lines. Nothing is
    stored. For a text file the first bytes are enough (`cut`). This costs one point for each 128 KiB.
    """
    with TemporaryFile() as file:
        form = await multipart.receive(request, _OnDisk(file), limit, None)
        return await _preview(request, database, form, file)


async def _preview(request: Request, database: unit_of_work.Database, form: Upload, file: BinaryIO) -> Response:
    members = models.members(form.texts)
    reader = Reader({"cut": members.pop("cut", False)})
    if not isinstance(cut := reader.members["cut"], bool):
        reader.fault("cut", "must be true or false")
    reader.done()
    settings = import_requests.parse_request(members)
    await budget_of(request).charge_at_most(costs.preview_points(form.size))
    file.seek(0)
    name = form.name or ""
    suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
    try:
        notes, lines = await import_preview.preview(database, file, suffix, settings, cut=bool(cut))
    except UnreadableFile as problem:
        raise Invalid([FieldError(("file",), import_requests.about_file(problem))]) from None
    return Response(encode(_body(notes, lines)), media_type=JSON)


def _body(notes: Notes, lines: list[PreviewedLine]) -> dict[str, Any]:
    held = notes.unused.most_common(preview_models.MAX_NAMES)
    return {
        "columns": [{"name": name, "member": member} for name, member in notes.columns.items()],
        "notHeld": [{"name": name, "count": count} for name, count in held if count],
        "lines": [_line(line) for line in lines],
    }


def _line(line: PreviewedLine) -> dict[str, Any]:
    product = line.product and _SHOWN.render([[line.product[name] for name in _SHOWN.columns]])[0]
    problems = [
        {
            "line": line.number,
            "field": problem_details.path_of(fault),
            "code": fault.code,
            "message": import_requests.with_members(fault.message),
        }
        for fault in line.field_errors[: preview_models.MAX_NAMES]
    ]
    return {"line": line.number, "outcome": line.outcome, "product": product, "problems": problems}
