"""The models of imports: the form that starts one, its state and its problems."""

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any

import msgspec
from fastapi import Path
from pydantic import Field, WithJsonSchema

from app.bulk import import_requests
from app.domain.bulk import import_list
from app.domain.import_models import DONE, STATUSES
from app.domain.models import MAX_ID
from app.http.multipart import MEDIA_TYPE as FORM
from rest.files.models import Identity
from rest.lists import SORTING, ListQuery
from rest.models import (
    Code,
    Id,
    Input,
    Model,
    Page,
    Partial,
    Sentence,
    Size,
    Time,
    Words,
    example,
    optional,
    page_example,
    sort_of,
    string,
)
from rest.parameters import FieldsOf, fields_parameter, parameter
from rest.queries import Query
from rest.rendering import Projection, format_time

_EXAMPLE: dict[str, Any] = {
    "id": 12,
    "status": "running",
    "format": "auto",
    "dryRun": False,
    "lines": 3000,
    "created": 2990,
    "updated": 0,
    "unchanged": 8,
    "bad": 2,
    "notHeld": [{"name": "colour", "count": 17}],
    "ahead": 0,
    "linesPerSecond": 4200,
    "secondsLeft": 7,
    "message": None,
    "createdAt": "2026-03-01T09:30:00.125000Z",
    "startedAt": "2026-03-01T09:30:00.250000Z",
    "finishedAt": None,
}
Status = Annotated[str, Words("ImportStatus", STATUSES, "The state of an import.")]
Format = Annotated[str, Words("ImportFormat", import_requests.KNOWN_FORMATS, "The format of an imported file.")]
_Encoding = Annotated[str, Words("ImportEncoding", import_requests.ENCODINGS, "The encoding of an imported file.")]
_Decimal = Annotated[str, string(1, 1, "^[,.]$")]
_Json = Annotated[str, string(2, 1_000_000)]
ImportId = Annotated[
    int,
    Path(
        alias="id",
        title="ImportId",
        description="The import's id.",
        examples=[12],
        ge=1,
        le=MAX_ID,
        json_schema_extra={"format": "int64"},
    ),
]
_JSON_TEXTS = ("cut", "dryRun", "lastWins", "mapping", "removeFile", "set")


class NotHeld(Model):
    """Values of a file that products cannot store."""

    name: Annotated[str, string(0, 10_000)] = Field(description="The name of a column or member.")
    count: Size = Field(description="The number of its values.")


class Import(Model):
    """An import of a product file."""

    model_config = example(_EXAMPLE)
    id: Id = Field(description="The id.")
    status: Status = Field(description="The state; `queued` while earlier imports run.")
    format: Format = Field(description="The requested format.")
    dry_run: bool = Field(description="Whether this is a dry run, which stores nothing.")
    lines: Size = Field(description="The lines that were read.")
    created: Size = Field(description="The lines that created a product.")
    updated: Size = Field(description="The lines that changed a product.")
    unchanged: Size = Field(description="Lines whose product already had these values.")
    bad: Size = Field(description="Rejected lines; `/imports/{id}/problems` says why.")
    not_held: Annotated[list[NotHeld], Field(max_length=100)] = Field(
        description="Values that products cannot store; known at the end."
    )
    ahead: Size = Field(description="The number of imports ahead in the queue.")
    lines_per_second: Size | None = Field(description="Lines per second so far; null before the first lines.")
    seconds_left: Size | None = Field(description="Estimated seconds left; null if unknown.")
    message: Sentence | None = Field(description="Why it failed; null if it did not.")
    created_at: Time = Field(description="The time when it was requested.")
    started_at: Time | None = Field(description="The time when it began; null while it is queued.")
    finished_at: Time | None = Field(description="The time when it ended; null until then.")


class ImportView(Partial, Import):
    """An import, or the members of it that `fields` names."""


class ImportProblem(Model):
    """An error in a rejected line."""

    model_config = example(
        {"line": 7, "field": "price", "code": "validation_failed", "message": "`price` is required."}
    )
    line: Size = Field(description="The number of the line in the file.")
    field: Annotated[str, string(0, 10_000)] = Field(description="The member, as a dotted path.")
    code: Code = Field(description="The error code.")
    message: Sentence = Field(description="The error message.")


class ImportReading(Model):
    """How a file of products is to be read."""

    format: Format = optional("The format; detected from the file by default.")
    last_wins: bool = optional(
        "If several lines have the same sku, import the last; by default the later ones are bad lines."
    )
    mapping: _Json = optional('A JSON object that maps columns to members: `{"Preis": "price"}`.')
    set: _Json = optional('A JSON object of default values for members: `{"currency": "EUR"}`.')
    currency: Annotated[str, string(3, 3)] = optional("The currency of prices without one.")
    decimal: _Decimal = optional("The decimal mark; detected per column by default.")
    encoding: _Encoding = optional("The encoding; by default UTF-8, or UTF-16 with a byte order mark.")


class ImportUpload(Input, ImportReading):
    """A form with a file of products, or with the id of a stored one, and how to read it."""

    file: Annotated[str, WithJsonSchema({"type": "string", "format": "binary"})] = optional(
        "The file; at most 20 MiB, unless set otherwise. Send larger ones as resumable uploads."
    )
    file_id: Identity = optional("The id of one of your stored files, instead of `file`.")
    dry_run: bool = optional("Report what would happen; store nothing.")
    remove_file: bool = optional("Delete the file of `fileId` when the import ends, successful or not.")


_FORM = {FORM: {"schema": {"$ref": "#/components/schemas/ImportUpload"}}}
FORM_BODY = {"requestBody": {"required": True, "content": _FORM}}
"""The body of the operation that streams the form."""
PROBLEM_LINES = {
    "type": "string",
    "description": "Lines of JSON: each is an `ImportProblem`, and ends with a line feed.",
    "contentMediaType": "application/x-ndjson",
    "contentSchema": {"$ref": "#/components/schemas/ImportProblem"},
}


def members(texts: Mapping[str, str]) -> dict[str, Any]:
    """The members of a request, from its form; a field that is not JSON fails later, with `Invalid`."""
    return {name: _value(name, text) for name, text in texts.items() if name != "fileId"}


def _value(name: str, text: str) -> Any:
    if name not in _JSON_TEXTS:
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return text


@lru_cache(maxsize=64)
def projection(shown: tuple[str, ...] | None) -> Projection:
    """The members to show; `None` shows all."""
    times = ("createdAt", "startedAt", "finishedAt")
    converts: dict[str, Any] = {name: lambda at: None if at is None else format_time(at) for name in times}
    converts |= {"dryRun": bool, "notHeld": lambda text: msgspec.Raw(text.encode())}
    return Projection(shown or import_list.EVERYTHING, converts, whole=False, needs=())


class ImportQuery(Query):
    """The parameters of one import."""

    fields: Annotated[tuple[str, ...], FieldsOf(Import)] | None = fields_parameter("Import", ["id", "status"])

    @property
    def projection(self) -> Projection:
        """The members to show."""
        return projection(self.fields)


class ImportListQuery(ImportQuery, ListQuery):
    """The parameters of the list of imports."""

    sort: Annotated[str, sort_of("Import", import_list.LISTING.keys)] = parameter("ImportSorting", SORTING, "-id", "id")
    status: Status | None = parameter("ImportState", "Only imports in this state.", DONE)

    listing = import_list.LISTING

    @cached_property
    def filter(self) -> import_list.Filter:
        """The domain's filter."""
        return import_list.Filter(self.status)


class ImportList(Page[ImportView]):
    """A page of imports."""

    model_config = page_example("imports", _EXAMPLE)
