"""Imports in GraphQL: the type, its filter and sort, its edges, and the input that starts one."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import msgspec
import strawberry
from strawberry import UNSET

from app.bulk import import_requests
from app.bulk.formats.known import FORMATS
from app.domain.bulk import import_list
from app.domain.bulk.import_jobs import ImportSettings
from app.domain.callers import Caller, Scope
from app.domain.errors import FieldError, Invalid
from app.domain.import_models import STATUSES
from app.http.public_paths import public
from schema.execution.type_mapping import Arguments, EmbeddedList, Leaf, NodeType, ObjectType
from schema.types import nodes
from schema.types.connections import ConnectionOf, EdgeOf, SortBy
from schema.types.inputs import IdInput
from schema.types.scalars import Long, Time, rfc3339

Members = Mapping[str, Any]

_ABOUT_STATUSES = (
    "It waits for earlier imports.",
    "It is running.",
    "All lines were read.",
    "The file could not be read.",
    "It was cancelled.",
)
_OWN_FORMATS = {
    "auto": "Detected from the file.",
    "ndjson": "Lines of JSON, or a JSON array.",
    "csv": "A table whose columns have the names of members.",
}


def _enum(name: str, description: str, values: Mapping[str, str]) -> Any:
    members = {word.upper(): strawberry.enum_value(word, description=about) for word, about in values.items()}
    made: Any = Enum(name, members)  # type: ignore[misc] # the names are those of the domain
    return strawberry.enum(made, description=description)


ImportStatus = _enum("ImportStatus", "The state of an import.", dict(zip(STATUSES, _ABOUT_STATUSES, strict=True)))
ImportFormat = _enum(
    "ImportFormat",
    "The format of an imported file.",
    _OWN_FORMATS | {name: f"{one.title[:1].upper()}{one.title[1:]}." for name, one in FORMATS.items()},
)


@strawberry.type(description="Values of a file that products cannot store.")
class NotHeld:
    name: str = strawberry.field(description="The name of a column or member.")
    count: int = strawberry.field(description="The number of its values.")


@strawberry.type(description="An import of a product file.")
class Import(nodes.Node):
    import_id: Long = strawberry.field(description="Its id in REST, never reused.")
    status: ImportStatus = strawberry.field(description="Its state.")  # type: ignore[valid-type]
    format: ImportFormat = strawberry.field(description="The requested format.")  # type: ignore[valid-type]
    dry_run: bool = strawberry.field(description="Whether this is a dry run, which stores nothing.")
    lines: int = strawberry.field(description="The lines that were read.")
    created: int = strawberry.field(description="The lines that created a product.")
    updated: int = strawberry.field(description="The lines that changed a product.")
    unchanged: int = strawberry.field(description="Lines whose product already had these values.")
    bad: int = strawberry.field(description="Rejected lines.")
    problems_url: str = strawberry.field(description="The path on this host of the list of rejected lines, as NDJSON.")
    not_held: list[NotHeld] = strawberry.field(description="Values that products cannot store; known at the end.")
    ahead: int = strawberry.field(description="The number of imports ahead in the queue.")
    lines_per_second: int | None = strawberry.field(description="Lines per second so far; null before the first lines.")
    seconds_left: Long | None = strawberry.field(description="Estimated seconds left; null if unknown.")
    message: str | None = strawberry.field(description="Why it failed; null if it did not.")
    created_at: Time = strawberry.field(description="The time when it was requested.")
    started_at: Time | None = strawberry.field(description="The time when it began; null while it is queued.")
    finished_at: Time | None = strawberry.field(description="The time when it ended; null until then.")


@strawberry.type(description="An import in a list.")
class ImportEdge(EdgeOf[Import]): ...


@strawberry.type(description="A page of imports.")
class ImportConnection(ConnectionOf[ImportEdge]): ...


@strawberry.enum(description="The sort keys of imports.")
class ImportSortKey(Enum):
    ID = strawberry.enum_value("id", description="By id, the order of the queue.")


@strawberry.input(description="The sort of imports.")
class ImportSort(SortBy[ImportSortKey]): ...


@strawberry.input(description="A filter of imports: all its members must match.")
class ImportFilter:
    status: ImportStatus | None = strawberry.field(default=UNSET, description="Only imports in this state.")  # type: ignore[valid-type]


@strawberry.input(description="A column of the file and the member to read from it.")
class ImportColumnInput:
    column: str = strawberry.field(description="The name of the column.")
    member: str = strawberry.field(description="The name of the member, as in a line of NDJSON.")


@strawberry.input(description="A default value for a member.")
class ImportValueInput:
    member: str = strawberry.field(description="The name of the member, as in a line of NDJSON.")
    value: str = strawberry.field(description="The value, as the text of a table cell.")


@strawberry.input(description="A stored file to import, and how to read it.")
class StartImportInput:
    file_id: strawberry.ID = strawberry.field(
        description="The id of one of your files. Files are uploaded over REST, large ones as resumable uploads."
    )
    format: ImportFormat | None = strawberry.field(  # type: ignore[valid-type]
        default=UNSET, description="The format; detected from the file by default."
    )
    dry_run: bool | None = strawberry.field(default=UNSET, description="Report what would happen; store nothing.")
    remove_file: bool | None = strawberry.field(
        default=UNSET, description="Delete the file when the import ends, successful or not."
    )
    last_wins: bool | None = strawberry.field(
        default=UNSET,
        description="If several lines have the same sku, import the last; by default the later ones are bad lines.",
    )
    mapping: list[ImportColumnInput] | None = strawberry.field(
        default=UNSET, description="The members to read from columns; other columns are recognised by name."
    )
    set: list[ImportValueInput] | None = strawberry.field(default=UNSET, description="Default values for members.")
    currency: str | None = strawberry.field(default=UNSET, description="The currency of prices without one.")
    decimal: str | None = strawberry.field(
        default=UNSET, description="The decimal mark, `,` or `.`; detected per column by default."
    )
    encoding: str | None = strawberry.field(
        default=UNSET,
        description=f"The encoding: {', '.join(import_requests.ENCODINGS)}. By default UTF-8, or UTF-16 with a byte"
        " order mark.",
    )


@strawberry.input(description="An import to cancel.")
class CancelImportInput(IdInput): ...


def filter_of(args: Arguments, _caller: Caller) -> import_list.Filter:
    """The filter of a field's arguments."""
    status = (args.get("filter") or {}).get("status")
    return import_list.Filter(status and status.value)


def parse_settings(members: Members) -> ImportSettings:
    """The reading options of an input; raises `Invalid`."""
    present = {name: value for name, value in members.items() if name != "fileId" and value is not None}
    if "format" in present:
        present["format"] = present["format"].value
    for name, key, value in (("mapping", "column", "member"), ("set", "member", "value")):
        if name in present:
            present[name] = _pairs(name, present[name], key, value)
    return import_requests.parse_request(present)


def _pairs(name: str, inputs: Sequence[Members], key: str, value: str) -> dict[str, str]:
    pairs = {one[key]: one[value] for one in inputs}
    if len(pairs) < len(inputs):
        raise Invalid([FieldError((name,), f"`{name}` names one {key} twice.")])
    return pairs


def _problems(identity: int) -> str:
    return public(f"/v2/imports/{identity}/problems")


def _time(microseconds: int | None) -> Time | None:
    return None if microseconds is None else rfc3339(microseconds)


_COUNTS = ("lines", "created", "updated", "unchanged", "bad", "ahead", "linesPerSecond", "secondsLeft")
IMPORT = NodeType(
    "Import",
    {
        "id": Leaf(("id",), nodes.encoder("Import")),
        "importId": Leaf(("id",)),
        "status": Leaf(("status",), str.upper),
        "format": Leaf(("format",), str.upper),
        "dryRun": Leaf(("dryRun",), bool),
        **{name: Leaf((name,)) for name in _COUNTS},
        "problemsUrl": Leaf(("id",), _problems, size=256),
        "notHeld": EmbeddedList(
            ObjectType("NotHeld", {"name": Leaf(("name",), size=1_000), "count": Leaf(("count",))}),
            ("notHeld",),
            msgspec.json.decode,
            100,
        ),
        "message": Leaf(("message",), size=1_000),
        **{name: Leaf((name,), _time) for name in ("createdAt", "startedAt", "finishedAt")},
    },
    import_list.LISTING,
    scope=Scope.CATALOG_WRITE,
)
