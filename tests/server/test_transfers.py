"""A large file goes up and down in flat memory, and readers who stall hold little: the short form of `make prove`."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import transfers
from tests.databases import Databases
from tests.images import EXE, GIF_JS, GIF_TAIL, SVG, png_bomb
from tests.s3_server import BUCKET, S3Server
from tests.servers import PATIENCE, Server
from tests.transfers import MIB, Memory, Stalled

_SIZE = 256
_FORM = "multipart/form-data; boundary=b"

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured by /proc")


@pytest.fixture
def server(databases: Databases, tmp_path: Path) -> Iterator[Server]:
    """A server that keeps files in a folder, warm from a first one."""
    made = _server(databases, tmp_path, 16, TANDEM_FILES_URL=(tmp_path / "files").as_uri())
    yield made
    made.stop()


@pytest.fixture
def s3_server(databases: Databases, tmp_path: Path) -> Iterator[Server]:
    """A server that keeps files in a bucket, warm from a first one."""
    with S3Server() as s3:
        made = _server(databases, tmp_path, 64, TANDEM_FILES_URL=f"s3://{BUCKET}/files", **s3.environment)
        yield made
        made.stop()


def _server(databases: Databases, folder: Path, warm: int, **files: str) -> Server:
    most = str(_SIZE * MIB)
    made = Server(
        databases.create("sqlite"), folder / "log", code=transfers.PATIENT, TANDEM_MAX_UPLOAD_BYTES=most, **files
    )
    transfers.download(made, transfers.upload(made, warm))
    return made


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


def test_through_s3(s3_server: Server) -> None:
    """256 MiB up and down a bucket grow memory by 48 MiB at most."""
    memory = Memory(s3_server)
    transfers.download(s3_server, transfers.upload(s3_server, _SIZE))
    assert memory.grown() <= 48 * MIB


def test_hostile_images(server: Server) -> None:
    """Bombs, scripts, programs and long names are each a clear 4xx, however often they come, and memory stays flat."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)

    def send(method: str, path: str, body: bytes, content_type: str) -> tuple[int, str]:
        connection.request(method, path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    told = send("POST", "/v2/products", b'{"name": "Lamp", "price": 5}', "application/json")[1]
    path = f"/v2/products/{json.loads(told)['id']}/image"
    bodies = [_form(data, "lamp.png") for data in (SVG, EXE, GIF_JS, GIF_TAIL, png_bomb(12_000, 12_000))]
    bodies += [_form(b"x", "../" * 1400), _form(b"x", "x" * 4096), _form(SVG, "endless")[:-8]]
    statuses = [send("PUT", path, body, _FORM)[0] for body in bodies]
    assert statuses == [415, 415, 422, 201, 422, 400, 415, 400]  # a GIF with a tail is encoded anew, without it
    memory = Memory(server)
    for _ in range(20):
        for body in bodies:
            send("PUT", path, body, _FORM)
    assert memory.grown() <= 8 * MIB
    connection.close()


def _form(content: bytes, name: str) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--b--\r\n"
