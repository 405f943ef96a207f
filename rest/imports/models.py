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
from rest.queries import FieldsOf, Query, fields_parameter, parameter
from rest.rendering import View, instant

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
TEXTS = ("fileId", *sorted(import_requests.MEMBERS))
_JSON_TEXTS = ("cut", "dryRun", "lastWins", "mapping", "set")


class NotHeld(Model):
    """Values of a file that products cannot hold."""

    name: Annotated[str, string(0, 10_000)] = Field(description="The name of a column or member.")
    count: Size = Field(description="The number of its values.")


class Import(Model):
    """An import of a file."""

    model_config = example(_EXAMPLE)
    id: Id = Field(description="The id.")
    status: Status = Field(description="The state: `queued` until the imports before it have ended.")
    format: Format = Field(description="The format that was asked for.")
    dry_run: bool = Field(description="Whether this is a dry run, which stores nothing.")
    lines: Size = Field(description="The lines that were read.")
    created: Size = Field(description="The lines that created a product.")
    updated: Size = Field(description="The lines that changed one.")
    unchanged: Size = Field(description="The lines whose product already has their values.")
    bad: Size = Field(description="The lines that did not land; `/imports/{id}/problems` says why.")
    not_held: Annotated[list[NotHeld], Field(max_length=100)] = Field(
        description="The values that products cannot hold; known at the end."
    )
    ahead: Size = Field(description="The imports that come before it.")
    lines_per_second: Size | None = Field(description="The lines of a second so far; null before the first ones.")
    seconds_left: Size | None = Field(description="The seconds that it may still take; null if unknown.")
    message: Sentence | None = Field(description="The reason of a failure; null without one.")
    created_at: Time = Field(description="The time when it was asked for.")
    started_at: Time | None = Field(description="The time when it began; null while it waits.")
    finished_at: Time | None = Field(description="The time when it ended; null until then.")


class ImportView(Partial, Import):
    """An import, or the members of it that `fields` names."""


class ImportProblem(Model):
    """A fault of a line that did not land."""

    model_config = example(
        {"line": 7, "field": "price", "code": "validation_failed", "message": "`price` is required."}
    )
    line: Size = Field(description="The number of the line in the file.")
    field: Annotated[str, string(0, 10_000)] = Field(description="The member, as a dotted path.")
    code: Code = Field(description="The code of the fault.")
    message: Sentence = Field(description="The fault in words.")


class ImportReading(Model):
    """How a file of products is to be read."""

    format: Format = optional("The format; by default the file tells.")
    last_wins: bool = optional("Import the last of several lines with one sku; by default repeats are bad lines.")
    mapping: _Json = optional('Members by the columns that hold them, as a JSON object: `{"Preis": "price"}`.')
    set: _Json = optional('Values of members that a line leaves out, as a JSON object: `{"currency": "EUR"}`.')
    currency: Annotated[str, string(3, 3)] = optional("The currency of prices that name none.")
    decimal: _Decimal = optional("The decimal mark; by default each column tells.")
    encoding: _Encoding = optional("The encoding; by default UTF-8, or UTF-16 with a byte order mark.")


class ImportUpload(ImportReading):
    """A form with a file of products, or with the id of a stored one, and how to read it."""

    file: Annotated[str, WithJsonSchema({"type": "string", "format": "binary"})] = optional(
        "The file; at most 20 MiB, unless set otherwise. Larger ones arrive as resumable uploads."
    )
    file_id: Identity = optional("The id of a file of yours, in place of `file`.")
    dry_run: bool = optional("Only tell what it would do.")


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
    """The members of a request, from the fields of its form; raises `Invalid` later for what is no JSON."""
    return {name: _value(name, text) for name, text in texts.items() if name != "fileId"}


def _value(name: str, text: str) -> Any:
    if name not in _JSON_TEXTS:
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return text


@lru_cache(maxsize=64)
def view(shown: tuple[str, ...] | None) -> View:
    """The members to show; None for all."""
    times = ("createdAt", "startedAt", "finishedAt")
    converts: dict[str, Any] = {name: lambda at: None if at is None else instant(at) for name in times}
    converts |= {"dryRun": bool, "notHeld": lambda text: msgspec.Raw(text.encode())}
    return View(shown or import_list.EVERYTHING, converts, whole=False, needs=())


class ImportQuery(Query):
    """The parameters of one import."""

    fields: Annotated[tuple[str, ...], FieldsOf(Import)] | None = fields_parameter("Import", ["id", "status"])

    @property
    def view(self) -> View:
        """The members to show."""
        return view(self.fields)


class ImportListQuery(ImportQuery, ListQuery):
    """The parameters of the list of imports."""

    sort: Annotated[str, sort_of("Import", import_list.LISTING.keys)] = parameter("ImportSorting", SORTING, "-id", "id")
    status: Status | None = parameter("ImportState", "Only imports in this state.", DONE)

    listing = import_list.LISTING

    @cached_property
    def filter(self) -> import_list.Filter:
        """The filter as the domain has it."""
        return import_list.Filter(self.status)


class ImportList(Page[ImportView]):
    """A page of imports."""

    model_config = page_example("imports", _EXAMPLE)
