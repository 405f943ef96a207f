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
from app.domain.bulk.import_jobs import Wanted
from app.domain.callers import Caller, Scope
from app.domain.errors import FieldError, Invalid
from app.domain.import_models import STATUSES
from app.http.public_paths import public
from schema.execution.type_mapping import Arguments, EmbeddedList, Leaf, NodeType, ObjectType
from schema.types import nodes
from schema.types.connections import PageInfo
from schema.types.products import SortDirection
from schema.types.scalars import Long, Time, rfc3339

Members = Mapping[str, Any]

_ABOUT_STATUSES = (
    "It waits for the imports before it.",
    "Its lines are being read.",
    "All its lines were read.",
    "Its file could not be read.",
    "It was cancelled.",
)
_OWN_FORMATS = {
    "auto": "The file tells.",
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


@strawberry.type(description="Values of a file that products cannot hold.")
class NotHeld:
    name: str = strawberry.field(description="The name of a column or member.")
    count: int = strawberry.field(description="The number of its values.")


@strawberry.type(description="An import of a file of products.")
class Import(nodes.Node):
    import_id: Long = strawberry.field(description="Its id in REST, never reused.")
    status: ImportStatus = strawberry.field(description="Its state.")  # type: ignore[valid-type]
    format: ImportFormat = strawberry.field(description="The format that it was started with.")  # type: ignore[valid-type]
    dry_run: bool = strawberry.field(description="Whether it only tells what it would do.")
    lines: int = strawberry.field(description="The lines that were read.")
    created: int = strawberry.field(description="The lines that created a product.")
    updated: int = strawberry.field(description="The lines that changed one.")
    unchanged: int = strawberry.field(description="The lines that found it as they say.")
    bad: int = strawberry.field(description="The lines that did not land.")
    problems_url: str = strawberry.field(description="The path on this host of what was wrong with them, as NDJSON.")
    not_held: list[NotHeld] = strawberry.field(description="What products cannot hold; known at the end.")
    ahead: int = strawberry.field(description="The imports that come before it.")
    lines_per_second: int | None = strawberry.field(
        description="The lines of a second so far; null before the first ones."
    )
    seconds_left: Long | None = strawberry.field(description="The seconds that it may still take; null if unknown.")
    message: str | None = strawberry.field(description="Why it failed; null if it did not.")
    created_at: Time = strawberry.field(description="When it was started.")
    started_at: Time | None = strawberry.field(description="When it began to run; null while it waits.")
    finished_at: Time | None = strawberry.field(description="When it ended; null until then.")


@strawberry.type(description="An import in a list.")
class ImportEdge:
    cursor: str = strawberry.field(description="Its place in the list; REST takes the same cursor.")
    node: Import = strawberry.field(description="The import.")


@strawberry.type(description="A page of imports.")
class ImportConnection:
    edges: list[ImportEdge] = strawberry.field(description="The imports of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="The ends of the page, and whether more items surround it.")
    total_count: int = strawberry.field(description="The size of the whole list, counted only if selected.")


@strawberry.enum(description="The sort keys of imports.")
class ImportSortKey(Enum):
    ID = strawberry.enum_value("id", description="By id, the order in which they wait.")


@strawberry.input(description="The sort of imports.")
class ImportSort:
    by: ImportSortKey = strawberry.field(description="The sort key.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Descending is the exact reverse."
    )


@strawberry.input(description="A filter of imports: all its members must match.")
class ImportFilter:
    status: ImportStatus | None = strawberry.field(default=UNSET, description="Has this state.")  # type: ignore[valid-type]


@strawberry.input(description="A column of the file, and the member that it holds.")
class ImportColumnInput:
    column: str = strawberry.field(description="The name of the column.")
    member: str = strawberry.field(description="The name of the member, as in a line of NDJSON.")


@strawberry.input(description="A member that lines may leave out, and the value that it gets then.")
class ImportValueInput:
    member: str = strawberry.field(description="The name of the member, as in a line of NDJSON.")
    value: str = strawberry.field(description="The text of a cell, as a table has it.")


@strawberry.input(description="A file to import, which is stored already, and how to read it.")
class StartImportInput:
    file_id: strawberry.ID = strawberry.field(
        description="The id of a file of yours. Files go over REST, large ones as resumable uploads."
    )
    format: ImportFormat | None = strawberry.field(default=UNSET, description="The format; by default the file tells.")  # type: ignore[valid-type]
    dry_run: bool | None = strawberry.field(default=UNSET, description="Only tell what it would do.")
    last_wins: bool | None = strawberry.field(
        default=UNSET, description="Import the last of several lines with one sku; by default repeats are bad lines."
    )
    mapping: list[ImportColumnInput] | None = strawberry.field(
        default=UNSET, description="Members by the columns that hold them; others are guessed by their names."
    )
    set: list[ImportValueInput] | None = strawberry.field(
        default=UNSET, description="Values of members that a line leaves out."
    )
    currency: str | None = strawberry.field(default=UNSET, description="The currency of prices that name none.")
    decimal: str | None = strawberry.field(
        default=UNSET, description="The decimal mark, `,` or `.`; by default each column tells."
    )
    encoding: str | None = strawberry.field(
        default=UNSET,
        description=f"The encoding: {', '.join(import_requests.ENCODINGS)}. By default UTF-8, or UTF-16 with a byte"
        " order mark.",
    )


@strawberry.input(description="An import to cancel.")
class CancelImportInput:
    id: strawberry.ID = strawberry.field(description="A global id or a plain integer.")


def filter_of(args: Arguments, _caller: Caller) -> import_list.Filter:
    """The filter that a field's arguments ask for."""
    status = (args.get("filter") or {}).get("status")
    return import_list.Filter(getattr(status, "value", status))


def read(members: Members) -> Wanted:
    """How an input wants its file to be read; raises `Invalid`."""
    given = {name: value for name, value in members.items() if name != "fileId" and value is not None}
    if "format" in given:
        given["format"] = getattr(given["format"], "value", given["format"])
    for name, key, value in (("mapping", "column", "member"), ("set", "member", "value")):
        if name in given:
            given[name] = _pairs(name, given[name], key, value)
    return import_requests.read(given)


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
        ),
        "message": Leaf(("message",), size=1_000),
        **{name: Leaf((name,), _time) for name in ("createdAt", "startedAt", "finishedAt")},
    },
    import_list.LISTING,
    scope=Scope.CATALOG_WRITE,
)
