"""A large file goes up and down in flat memory, and readers who stall hold little: the short form of `make prove`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import transfers
from tests.databases import Databases
from tests.servers import Server
from tests.transfers import MIB, Memory, Stalled

_SIZE = 256

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured by /proc")


@pytest.fixture
def server(databases: Databases, tmp_path: Path) -> Iterator[Server]:
    """A server that keeps files in a folder, warm from a first one."""
    files = {"TANDEM_FILES_URL": (tmp_path / "files").as_uri(), "TANDEM_MAX_UPLOAD_BYTES": str(_SIZE * MIB)}
    made = Server(databases.create("sqlite"), tmp_path / "log", code=transfers.PATIENT, **files)
    transfers.download(made, transfers.upload(made, 16))
    yield made
    made.stop()


def test_on_disk(server: Server) -> None:
    """256 MiB up and down grow memory by 8 MiB at most; 50 stalled readers hold 32 at most, and end on close."""
    memory = Memory(server)
    sent = transfers.upload(server, _SIZE)
    transfers.download(server, sent)
    assert memory.grown() <= 8 * MIB
    memory = Memory(server)
    stalled = Stalled(server, sent.url, 50)
    assert memory.grown() <= 32 * MIB
    stalled.close()
