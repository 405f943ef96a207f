"""REDbot finds no fault in the download answers: caching, validation, ranges, header fields (https://redbot.org)."""

import json
import subprocess
import urllib.request
from typing import Any

import pytest

from tests.contract.outside.conftest import ROOT
from tests.images import drawn, encoded
from tests.servers import Server

_REDBOT = ROOT / ".tools" / "python" / "bin" / "redbot"
_LEVELS = {"GOOD", "INFO"}
_FORM = "multipart/form-data; boundary=b"


@pytest.fixture(scope="module")
def addresses(server: Server) -> dict[str, str]:
    """A file, and an image as it is, as a product's `url` has it, and in a variant."""
    product = _send(server, "POST", "/v2/products", b'{"name": "Lamp", "price": 5}', "application/json")["id"]
    file = _send(
        server, "POST", "/v2/files", _form(b"a,b\r\n" * 2000, "odd \xe9 name.csv"), "multipart/form-data; boundary=b"
    )
    path = f"/v2/products/{product}/image"
    image = _send(
        server, "PUT", path, _form(encoded(drawn(800, 600), "JPEG"), "a.jpg"), "multipart/form-data; boundary=b"
    )
    return {"file": file["url"], "image": path, "url": image["url"], "rendition": f"{path}?width=320"}


def _form(content: bytes, name: str) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--b--\r\n"


def _send(server: Server, method: str, path: str, body: bytes, content_type: str) -> Any:
    address = f"http://127.0.0.1:{server.port}{path}"
    request = urllib.request.Request(address, body, {"Content-Type": content_type}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.parametrize("kind", ["file", "image", "url", "rendition"])
def test_no_fault(server: Server, addresses: dict[str, str], kind: str) -> None:
    """Each answer has the notes of a good one, ranges and validation among them, and no other."""
    command = [_REDBOT, "-o", "har", f"http://127.0.0.1:{server.port}{addresses[kind]}"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    notes = json.loads(told)["log"]["entries"][0]["_red_messages"]
    assert [note for note in notes if note["level"] not in _LEVELS] == []
    assert {"RANGE_CORRECT", "INM_304"} <= {note["note_id"] for note in notes}
