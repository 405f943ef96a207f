"""The figures of docs/protection.md are those of the code."""

import re
from pathlib import Path

import pytest

from app.bulk import import_preview
from app.commands import serve
from app.domain import blobs, file_models
from app.domain.changes import reading
from app.domain.errors import MAX_FAULTS
from app.domain.pagination import paging
from app.http import bodies
from app.media import image_parts, image_pool, image_processing
from app.middleware.deadline import Deadline
from app.server import webhook_sender
from app.server.protocol import Protocol
from app.settings import Settings
from app.stores import large_answers
from app.stores.postgres import database as postgres
from app.stores.postgres import session as postgres_session
from app.stores.postgres.session import SETTINGS
from app.stores.sqlite import limits as sqlite_limits
from app.stores.sqlite import snapshot as sqlite_snapshot
from app.stores.sqlite import writer as sqlite_writer
from app.stores.sqlite.database import SNAPSHOTS
from app.stores.sqlite.reader import LONG
from rest import lists, streamed
from schema.execution import builder, cost, documents, plan

_TEXT = (Path(__file__).parents[2] / "docs" / "protection.md").read_text()
_SETTINGS = Settings.model_fields
FIGURES = {
    "a header, from the connection or its first byte": f"{Protocol.header_seconds:g} s",
    "a header": f"{Protocol.header_bytes:,} bytes, {Protocol.header_fields} fields",
    "each part of a body": f"{Deadline.body_seconds:g} s",
    "a JSON body as a whole": f"{_SETTINGS['request_timeout'].default:g} s",
    "a JSON body": f"{bodies.MAX_JSON_BYTES:,} bytes",
    "an uploaded file": f"{_SETTINGS['max_upload_bytes'].default:,} bytes",
    "an image, before it is decoded": (
        f"{image_processing.MAX_SIDE:,} pixels a side, {image_processing.MAX_PIXELS:,} in all"
    ),
    "segments and scans of a JPEG, chunks of a PNG, blocks of a GIF before its first image": (
        f"{image_parts.MAX_SEGMENTS:,} and {image_parts.MAX_SCANS}" + f", {image_parts.MAX_PARTS:,}" * 2
    ),
    "images of a product, characters of an alternative text": f"{file_models.MAX_IMAGES}, {file_models.MAX_ALT}",
    "images in progress or waiting": f"{image_pool.BOUNDS.waiting + 1}",
    "an upload, after 30 s": f"{Deadline.rate:,} bytes per second",
    "an answer that has not begun": f"{_SETTINGS['request_timeout'].default:g} s",
    "an answer that the client does not read": f"{Protocol.stalled_seconds:g} s",
    "the rest of a refused body": f"{Protocol.linger_seconds:g} s",
    "requests in flight when the server stops": f"{serve._SECONDS_TO_FINISH} s",  # noqa: SLF001
    "an export over HTTP, in total": f"{streamed._SECONDS:g} s",  # noqa: SLF001
    "a statement of PostgreSQL, a long read of SQLite": f"{sqlite_limits.SECONDS:g} s",
    "SQLite's write lock, held by another process": f"{sqlite_writer.SECONDS_BUSY:g} s",
    "a wait for a row or table of PostgreSQL that another transaction locks": f"{postgres_session.SECONDS_BLOCKED:g} s",
    "connections of one process to PostgreSQL": str(sum(lane.places for lane in postgres.LANES)),
    "concurrent long reads, per caller and in total": "{1}, {0}".format(*LONG),
    "concurrent large answers, until they are read, per caller and in total": "{1}, {0}".format(*large_answers.BOUNDS),
    "a large answer, while somebody waits for its place": f"{Protocol.wanted_rate // 1024} KiB a second are read",
    "concurrent exports, per caller and in total": "{1}, {0}".format(*SNAPSHOTS),
    "SQLite's write-ahead log, while an export reads": f"{sqlite_snapshot.MAX_WAL_BYTES // 2**20} MiB",
    "a GraphQL document": f"{documents.MAX_LENGTH:,} characters, {documents.MAX_TOKENS:,} tokens",
    "its depth, its fields with fragments expanded, repeats of one field": (
        f"{cost.MAX_DEPTH} levels, {cost.MAX_FIELDS:,} fields, {cost.MAX_REPEATS} times"
    ),
    "its cost": f"{_SETTINGS['graphql_max_cost'].default} points",
    "an answer of GraphQL, a page of a REST list": f"{paging.MAX_BYTES // 2**20} MiB, before compression",
    "rows of a file that a preview of its import reads": f"{import_preview.MOST_ROWS:,}",
    "faults of one body": f"{MAX_FAULTS:,}",
    "its lists and references that differ, and all of them": (
        f"{plan.PARTS_OF_POINT} for each point, {builder.MAX_STATEMENT_PARTS}"
    ),
    "its root fields whose arguments are refused": f"{plan.MAX_REFUSED}",
    "messages to all webhooks of one caller": f"{webhook_sender._PACE} a second, {webhook_sender._BURST} at once",  # noqa: SLF001
    "changes that one page of the log looks at": f"{reading.MAX_SCANNED:,}",
}


def test_every_bound() -> None:
    """Each bound of the table is listed here, with the figure of the code."""
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", _TEXT.split("\n## ")[1], re.MULTILINE))
    assert rows == FIGURES


def test_large_answers() -> None:
    """The document states which answers are large."""
    assert f"over {lists.LARGE_CHARACTERS // 1024} Ki characters" in _TEXT
    assert f"over {plan.MANY_BYTES / 2**20:g} MiB" in _TEXT


def test_the_grace_of_blobs() -> None:
    """The document states how long the store keeps bytes without a reference."""
    assert "removes bytes without a reference after an hour" in _TEXT
    assert blobs.GRACE == 3_600_000_000


def test_both_databases() -> None:
    """A long read has on SQLite what a statement has on PostgreSQL, and steps are counted as it says."""
    assert SETTINGS["statement_timeout"] == f"{sqlite_limits.SECONDS:g}s"
    assert (postgres.LONG, postgres.SNAPSHOTS) == (LONG, SNAPSHOTS)
    assert f"{sqlite_limits._STEPS * sqlite_limits._TIMES:,} steps" in _TEXT  # noqa: SLF001


@pytest.mark.parametrize("name", sorted(set(re.findall(r"TANDEM_(\w+)", _TEXT))))
def test_every_setting(name: str) -> None:
    """What it names can be set."""
    assert name.lower() in _SETTINGS


def test_the_deadline_of_redis() -> None:
    """So does the one figure outside the table."""
    assert f"{_SETTINGS['redis_deadline_ms'].default} ms (`TANDEM_REDIS_DEADLINE_MS`)" in _TEXT
