"""Upload clients that are in use: tus-js-client in Node, and Uppy in Chromium, with the rate limit on."""

import hashlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.chromium import chromium
from tests.contract.outside.conftest import NODE, Tool
from tests.databases import Databases
from tests.servers import Server

SHA256 = hashlib.sha256(b"Tandem uploads, " * 187_500).hexdigest()
_BUNDLE = NODE / "node_modules" / "uppy" / "dist" / "uppy.min.js"
_UPPY = """async ([plugin, options]) => {
  const uppy = new Uppy.Uppy();
  uppy.use(Uppy[plugin], options);
  const data = new Blob(['Tandem uploads, '.repeat(187_500)]);
  uppy.addFile({ name: 'large.bin', type: 'application/x-large', data });
  const { successful, failed } = await uppy.upload();
  if (failed.length) throw failed[0].error;
  return successful[0].uploadURL ?? successful[0].response.body.url;
}"""


@pytest.fixture
def limited(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`tandem serve` with a rate limit below the number of parts that a client sends."""
    folder = tmp_path_factory.mktemp("limited")
    settings = {"TANDEM_RATE_LIMIT": "44/minute", "TANDEM_FILES_URL": (folder / "files").as_uri()}
    with Server(databases.create("sqlite"), folder / "log", **settings) as made:
        yield made


def sha256_of(server: Server, url: str) -> str:
    """The hash of the file that an upload became. A deferred length costs all points: it waits for the next one."""
    address = f"http://127.0.0.1:{server.port}/v2/files/{url.rpartition('/')[2]}"
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return hashlib.sha256(answer.read()).hexdigest()
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(int(error.headers["Retry-After"]))


@pytest.mark.parametrize("mode", ["parts", "once", "creation", "deferred", "override", "paused"])
def test_tus_js_client(node: Tool, limited: Server, mode: str) -> None:
    """tus-js-client 4 uploads a file in each of its modes, with one Idempotency-Key on every request."""
    done = node("uploads.mjs", mode, f"http://127.0.0.1:{limited.port}", cwd=NODE)
    assert done.returncode == 0, done.stderr
    assert sha256_of(limited, json.loads(done.stdout)["url"]) == SHA256


def test_tus_js_client_terminates(node: Tool, limited: Server) -> None:
    """An upload that tus-js-client aborts for good is gone."""
    done = node("uploads.mjs", "terminated", f"http://127.0.0.1:{limited.port}", cwd=NODE)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("plugin", "path", "options"),
    [
        ("Tus", "/v2/files/uploads", {"chunkSize": 65_536, "headers": {"Idempotency-Key": "k"}, "retryDelays": None}),
        ("XHRUpload", "/v2/files", {"fieldName": "file", "formData": True}),
    ],
)
def test_uppy(limited: Server, plugin: str, path: str, options: dict[str, Any]) -> None:
    """Uppy uploads a file in parts, and as a form with fields of its own beside the file."""
    base = f"http://127.0.0.1:{limited.port}"
    with chromium() as browser:
        page = browser.new_context(bypass_csp=True).new_page()
        page.goto(f"{base}/livez")
        page.add_script_tag(path=_BUNDLE)
        url = page.evaluate(_UPPY, [plugin, {"endpoint": base + path, **options}])
    assert sha256_of(limited, url) == SHA256
