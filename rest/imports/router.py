"""Imports: files of products that the service upserts by sku in the background, one file after the other."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.bulk import import_requests
from app.domain import commands, unit_of_work
from app.domain.bulk import import_list
from app.domain.catalogue.images import Stored
from app.domain.errors import FieldError, Invalid
from app.domain.files import files
from app.domain.idempotency import Outcome
from app.domain.unit_of_work import Row
from app.http import bodies, multipart
from app.rate_limiting import costs
from app.rate_limiting.stream_charge import StreamCharge
from rest import conditional, lists
from rest.conditional import Tagged
from rest.dependencies import CATALOG_WRITE, Caller, Conditions, Database, Idempotent, Images, MaxUpload, budget_of
from rest.imports import models
from rest.imports.models import Import, ImportId, ImportList, ImportListQuery, ImportQuery, ImportView, projection
from rest.openapi.headers import answers_with
from rest.openapi.problems import problems
from rest.products.export import NDJSON
from rest.queries import Parameters
from rest.reads import Reads
from rest.rendering import encode
from rest.route import Router
from rest.streamed import Streamed

router = Router("Imports")
_LINES = 500
_PROBLEMS = {NDJSON: {"schema": {"$ref": "#/components/schemas/ImportProblemLines"}}}


@router.get(
    "/imports", response_model=ImportList, response_description="A page of imports.", dependencies=[CATALOG_WRITE]
)
async def list_imports(
    request: Request, query: Parameters[ImportListQuery], conditions: Conditions, database: Database
) -> Response:
    """Lists a page of imports."""
    return await lists.respond(request, query, conditions, Reads(database))


@router.post(
    "/imports",
    status_code=202,
    response_model=Import,
    response_description="The import, which begins after the imports ahead of it.",
    responses=answers_with(202, "ETag", "Location"),
    openapi_extra=models.FORM_BODY,
    dependencies=[CATALOG_WRITE],
)
async def start_import(
    request: Request, images: Images, limit: MaxUpload, caller: Caller, runner: Idempotent, database: Database
) -> Response:
    """Imports products from a file, by sku, as `tandem import` does, but without images. It resumes after a restart of
    the service. This costs one point for each 32 KiB of the file, at most 20.
    """
    async with images.storage.blobs.writing() as writer:
        form = await multipart.receive(request, writer, limit, None, required=False)
        settings, file_id = import_requests.parse_request(models.members(form.texts)), form.texts.get("fileId")
        if (file_id is None) is not form.sent:
            message = "One of `file` and `fileId` is required."
            raise Invalid([FieldError((name,), message) for name in ("file", "fileId")])
        budget = budget_of(request)
        if file_id is not None:
            size = await database.read(lambda unit: files.size(unit, caller.name, file_id))
            await budget.charge_at_most(costs.import_points(size))
            outcome = await runner.run(commands.start_import(caller, settings, file_id))
        else:
            name, content_type = files.read_name(form.name), files.read_content_type(form.content_type)
            await budget.charge_at_most(costs.import_points(form.size))
            stored = Stored(await images.storage.keep(writer), content_type, form.size)
            outcome = await runner.run(commands.start_import(caller, settings, stored, name))
    return _written(202, outcome, f"{request.scope['path']}/{outcome.snapshot['id']}")


@router.get(
    "/imports/{id}", response_model=ImportView, response_description="The import.", dependencies=[CATALOG_WRITE]
)
async def get_import(
    import_id: ImportId, query: Parameters[ImportQuery], conditions: Conditions, database: Database
) -> Response:
    """Gets the progress and the result of an import, or the members of it that `fields` names."""
    values = await database.read(lambda unit: import_list.snapshot(unit, import_id))
    body = query.projection.body([values[column] for column in query.projection.columns])
    return conditional.answer(conditions, conditional.unversioned(body, private=True))


@router.get(
    "/imports/{id}/problems",
    response_class=Response,
    summary="Get the problems of an import",
    response_description="The errors of the rejected lines, one line each.",
    responses={200: answers_with(200)[200] | {"content": _PROBLEMS}},
    dependencies=[CATALOG_WRITE],
)
async def get_import_problems(request: Request, import_id: ImportId, database: Database) -> Response:
    """Gets the lines rejected so far, in the file's order, as lines of JSON: `line`, `field`, `code`, `message`. Only
    the first 10,000 rejected lines are kept. This costs a point for each 512 KiB; it waits where the caller has no
    points left.
    """
    await database.read(lambda unit: import_list.get(unit, import_id))
    charge = StreamCharge(budget_of(request), 1)
    return Streamed([(b"content-type", NDJSON.encode())], _lines(database, import_id, charge), AsyncExitStack())


@router.post(
    "/imports/{id}/cancellation",
    response_model=Import,
    summary="Cancel an import",
    response_description="The cancelled import.",
    responses=problems("PayloadTooLarge", "Conflict"),
    dependencies=[CATALOG_WRITE],
)
async def cancel_import(request: Request, import_id: ImportId, runner: Idempotent) -> Response:
    """Cancels a queued or running import. Stored lines stay; no line is stored after the answer."""
    await bodies.read(request)  # a body is optional and ignored
    return _written(200, await runner.run(commands.cancel_import(import_id)))


_WHOLE = projection(None)


def _written(status: int, outcome: Outcome, location: str | None = None) -> Response:
    body = _WHOLE.body([outcome.snapshot[column] for column in _WHOLE.columns])
    tag = conditional.unversioned(body).tag
    return conditional.marked(Tagged(status, tag, body, location=location), outcome)


async def _lines(database: unit_of_work.Database, job_id: int, charge: StreamCharge) -> AsyncGenerator[bytes, None]:
    after, full = -1, True
    while full:
        rows = await database.read(lambda unit: import_list.problems(unit, job_id, after, _LINES))  # noqa: B023 - awaited here
        chunk = await asyncio.to_thread(_written_lines, rows)
        await charge.pay_bytes(len(chunk))
        yield chunk
        after, full = (rows[-1][0] if rows else after), len(rows) == _LINES


def _written_lines(rows: Sequence[Row]) -> bytes:
    return b"".join(encode(one) + b"\n" for line, faults in rows for one in _records(line, faults))


def _records(line: int, faults: str) -> list[Mapping[str, Any]]:
    return [
        {"line": line, **fault, "message": import_requests.with_members(fault["message"])}
        for fault in msgspec.json.decode(faults)
    ]
