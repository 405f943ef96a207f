"""Forms with a file over REST: what they may have besides it, and which are refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients import Client
from tests.rest.forms import CONTENT, SHA256, form, left, send


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "`file` is required."),
        ([('form-data; name="other"; filename="a"', b"x")], "`file` is required."),
        ([('form-data; name="file"; filename="a"', b"x")] * 2, "`file` must not be repeated."),
    ],
)
def test_other_parts(client: Client, stored: Path, parts: list[tuple[str, bytes]], message: str) -> None:
    """A form without the file, or with two of them, is refused, and nothing is stored."""
    answer = send(client, form(*parts))
    assert (answer.status_code, answer.json()["message"]) == (422, message)
    assert left(stored) == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", ".", "", " ", "a/b", "a\\b", "a\tb", "x" * 256, "\u202egnp.exe"]
)
def test_bad_names(client: Client, stored: Path, name: str) -> None:
    """A name that is a path, too long or deceiving is refused."""
    answer = send(client, form((f'form-data; name="file"; filename="{name}"', b"x")))
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, "file")
    assert left(stored) == []


@pytest.mark.parametrize("name", ["naïve 名 €.txt", "a;b=c.txt", 'x"y.txt', "x" * 255, "%2e%2e%2f", "'; DROP TABLE"])
def test_odd_names(client: Client, name: str) -> None:
    """A name may be odd, and comes back as it was."""
    file = send(client, form((f'form-data; name="file"; filename="{name.replace(chr(34), chr(92) + chr(34))}"', b"x")))
    assert file.json()["name"] == name
    assert client.get(file.json()["url"]).headers["content-disposition"].startswith("attachment; ")


def test_without_a_name(client: Client) -> None:
    """A part without a name or a type is bytes, called `file`."""
    file = send(client, form(('form-data; name="file"', b"x"))).json()
    assert (file["name"], file["contentType"]) == ("file", "application/octet-stream")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"garbage",
        form(('form-data; name="file"', b"x"), end=""),
        form(('form-data; name="file"', CONTENT), end="--")[:-20],
        form(("attachment; x", b"x")),
        form(("form-data", b"x")),
        form((f'form-data; name="file"; filename="{"x" * 4096}{"y" * 4096}"', b"x")),
        b"--b\r\n" + b"X: y\r\n" * 100 + b"\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Disposition form-data\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; name=file\n\nx\r\n--b--\r\n",
    ],
)
def test_malformed(client: Client, stored: Path, body: bytes) -> None:
    """A body that is no form, or has no end, is 400, and nothing is stored."""
    answer = send(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert left(stored) == []


@pytest.mark.parametrize(
    ("content_type", "headers"),
    [
        ("application/json", {}),
        ("", {}),
        ("multipart/form-data", {}),
        ("multipart/mixed; boundary=b", {}),
        ("multipart/form-data; boundary=" + "b" * 71, {}),
        ("multipart/form-data; boundary=b", {"content_encoding": "gzip"}),
    ],
)
def test_other_types(client: Client, content_type: str, headers: dict[str, str]) -> None:
    """What is declared as anything else is 415."""
    answer = send(client, form(('form-data; name="file"', b"x")), content_type, **headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_other_form_fields(client: Client) -> None:
    """Form fields and files beside `file` are ignored, wherever they stand."""
    field, other = ('form-data; name="title"', b"Prices"), ('form-data; name="thumb"; filename="t"', bytes(20_000))
    file = ('form-data; name="file"; filename="a.csv"', CONTENT)
    for parts in ((field, file), (file, field), (field, other, file, field)):
        made = send(client, form(*parts))
        assert (made.status_code, made.json()["name"], made.json()["sha256"]) == (201, "a.csv", SHA256)
    assert send(client, form(('form-data; name="big"', bytes(70_000)), file)).status_code == 201
    many = [('form-data; name="big"', bytes(1_000_000))] * 25
    assert send(client, form(*many, file)).status_code == 413


@pytest.mark.parametrize("preamble", [b"\r\n", b"This is a message with multiple parts.\r\n", b"--bogus\r\n"])
def test_preamble(client: Client, preamble: bytes) -> None:
    """Bytes before the first boundary line are ignored (RFC 2046, section 5.1.1), however the body is cut."""
    body = preamble + form(('form-data; name="file"; filename="a"', b"--b is no boundary here"))

    async def bytewise() -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes((byte,))

    for content in (body, bytewise()):
        made = send(client, content)
        assert made.status_code == 201
        assert client.get(made.json()["url"]).content == b"--b is no boundary here"


def test_encoded_name(client: Client) -> None:
    """A name that only `filename*` has is taken (RFC 8187); beside `filename` it does not count."""
    for disposition, name in (
        ("filename*=UTF-8''na%C3%AFve%20plan.txt", "naïve plan.txt"),
        ("filename*=iso-8859-1'en'na%EFve.txt", "naïve.txt"),
        ("filename=\"a.txt\"; filename*=UTF-8''b.txt", "a.txt"),
    ):
        made = send(client, form((f'form-data; name="file"; {disposition}', b"x")))
        assert (made.status_code, made.json()["name"]) == (201, name)
    bad = send(client, form(("form-data; name=\"file\"; filename*=UTF-8''%FF", b"x")))
    assert (bad.status_code, bad.json()["code"]) == (422, "validation_failed")


@pytest.mark.parametrize("kind", ["nonsense", "a/b/c", "/", "text/" + "x" * 100, "te xt/plain"])
def test_bad_types(client: Client, kind: str) -> None:
    """A media type that is none is refused."""
    assert client.upload("/v2/files", b"x", "a", kind).status_code == 422
