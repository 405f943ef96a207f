"""The figures of docs/protection.md are those of the code."""

import re
from pathlib import Path

import pytest

from app import bodies, pictures
from app.commands import serve
from app.domain import blobs
from app.middleware.deadline import Deadline
from app.picture_pool import PicturePool
from app.server import Protocol
from app.settings import Settings
from app.stores import allowances, sqlite
from app.stores.postgres import SERVER_SETTINGS
from rest import exports
from schema import cost, documents

_TEXT = (Path(__file__).parents[2] / "docs" / "protection.md").read_text()
_SETTINGS = Settings.model_fields
FIGURES = {
    "a header, from the connection or its first byte": f"{Protocol.header_seconds:g} s",
    "a header": f"{Protocol.header_bytes:,} bytes",
    "each part of a body": f"{Deadline.body_seconds:g} s",
    "a JSON body as a whole": f"{_SETTINGS['request_timeout'].default:g} s",
    "a JSON body": f"{bodies.MAX_JSON_BYTES:,} bytes",
    "an uploaded file": f"{_SETTINGS['max_upload_bytes'].default:,} bytes",
    "an image, before it is decoded": f"{pictures.MAX_SIDE:,} pixels a side, {pictures.MAX_PIXELS:,} in all",
    "images that are worked on, or wait to be": f"{PicturePool.most}",
    "an upload, past 30 s": f"{Deadline.rate:,} bytes a second",
    "an answer that has not begun": f"{_SETTINGS['request_timeout'].default:g} s",
    "an answer that is not read": f"{Protocol.stalled_seconds:g} s",
    "the rest of a body that was refused": f"{Protocol.linger_seconds:g} s",
    "what is in flight when the server is told to stop": f"{serve._SECONDS_TO_FINISH} s",  # noqa: SLF001
    "an export over HTTP, taken in all": f"{exports._SECONDS:g} s",  # noqa: SLF001
    "a statement of PostgreSQL, a long read of SQLite": f"{allowances.SECONDS:g} s",
    "SQLite's write lock, while another process has it": f"{sqlite._SECONDS_BUSY:g} s",  # noqa: SLF001
    "a GraphQL document": f"{documents.MAX_LENGTH:,} characters, {documents.MAX_TOKENS:,} tokens",
    "its depth, its fields written out, repeats of one": (
        f"{cost.MAX_DEPTH} levels, {cost.MAX_FIELDS:,} fields, {cost.MAX_REPEATS} times"
    ),
    "its cost": f"{_SETTINGS['graphql_max_cost'].default} points",
}


def test_every_bound() -> None:
    """Each bound of the table is told here, and has the figure of the code."""
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", _TEXT.split("\n## ")[1], re.MULTILINE))
    assert rows == FIGURES


def test_the_grace_of_blobs() -> None:
    """What nothing refers to is kept for the hour that is told."""
    assert "removed after an hour" in _TEXT
    assert blobs.GRACE == 3_600_000_000


def test_both_databases() -> None:
    """A long read has on SQLite what a statement has on PostgreSQL, and steps are counted as it says."""
    assert SERVER_SETTINGS["statement_timeout"] == f"{allowances.SECONDS:g}s"
    assert f"{allowances._STEPS * allowances._TIMES:,} steps" in _TEXT  # noqa: SLF001


@pytest.mark.parametrize("name", sorted(set(re.findall(r"TANDEM_(\w+)", _TEXT))))
def test_every_setting(name: str) -> None:
    """What it names can be set."""
    assert name.lower() in _SETTINGS


def test_the_deadline_of_redis() -> None:
    """So does the one figure outside the table."""
    assert f"{_SETTINGS['redis_deadline_ms'].default} ms (`TANDEM_REDIS_DEADLINE_MS`)" in _TEXT
