"""Files in the domain: whose they are, what they may be called, and what they may say that they are."""

from typing import Any

import pytest

from app.domain import blobs, commands
from app.domain.callers import EVERYONE
from app.domain.catalogue.images import Stored
from app.domain.errors import Invalid, NotFound, PreconditionFailed
from app.domain.files import files
from app.domain.files.files import File
from app.domain.unit_of_work import Database
from tests.conftest import Run

ANNE, BORIS = EVERYONE._replace(name="anne"), EVERYONE._replace(name="boris")
STORED = Stored("0" * 64, "text/plain", 3)


@pytest.fixture
def file(database: Database, run: Run[Any]) -> File:
    """A file of Anne's."""
    run(database.write(lambda unit: blobs.claim(unit, STORED.sha256)))
    return File(**run(database.write(commands.create_file(ANNE, "a.txt", STORED).effect)))


def test_whose(database: Database, run: Run[Any], file: File) -> None:
    """Everyone who knows the id finds a file; only its caller deletes it, and only as it is."""
    assert run(database.read(lambda unit: files.get(unit, file.id))) == file
    with pytest.raises(NotFound):
        run(database.write(commands.remove_file(BORIS, file.id, None).effect))
    with pytest.raises(PreconditionFailed):
        run(database.write(commands.remove_file(ANNE, file.id, '"other"').effect))
    run(database.write(commands.remove_file(ANNE, file.id, file.tag).effect))
    with pytest.raises(NotFound):
        run(database.read(lambda unit: files.get(unit, file.id)))


def test_ids(database: Database, run: Run[Any], file: File) -> None:
    """The same bytes under the same name are another file: no id tells of another."""
    other = File(**run(database.write(commands.create_file(ANNE, "a.txt", STORED).effect)))
    assert len({file.id, other.id}) == 2
    assert len(set(file.id) | set(other.id)) > 8


@pytest.mark.parametrize(
    ("given", "name"),
    [(None, "file"), (" a.txt ", "a.txt"), ("..a", "..a"), ("x" * 255, "x" * 255), ("名.png", "名.png")],
)
def test_names(given: str | None, name: str) -> None:
    """A name is trimmed, and else left as it is."""
    assert files.read_name(given) == name


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        ".",
        "..",
        "/a",
        "a\\",
        "a\0",
        "a\nb",
        "a\x85b",
        "\u2066a",
        "a\u200eb",
        "a\u061cb",
        "a\u2028b",
        "x" * 256,
    ],
)
def test_bad_names(given: str) -> None:
    """What is a path, or deceives who reads it, is no name."""
    with pytest.raises(Invalid):
        files.read_name(given)


@pytest.mark.parametrize(
    ("given", "content_type"),
    [(None, files.ANY), ("", files.ANY), ("Text/HTML; charset=utf-8", "text/html"), ("a/b+c.d-e", "a/b+c.d-e")],
)
def test_types(given: str | None, content_type: str) -> None:
    """A media type is kept in lower case, without its parameters."""
    assert files.read_content_type(given) == content_type
