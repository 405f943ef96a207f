"""Header fields of tus 1.0.0 (https://tus.io/protocols/resumable-upload): parsed from requests, made for answers."""

import hashlib
import re
from base64 import b64decode
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.requests import Request

from app.domain.errors import Code, TandemError
from app.domain.files.resumable import DEFERRED, Upload
from app.media.resumable_uploads import Checksum

PART = "application/offset+octet-stream"
TUS = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination"
ALGORITHMS = ("sha1", "sha256", "md5")
_NUMBER = re.compile(r"[0-9]{1,16}")
_PAIR = re.compile(r"([!-+\--~]+)(?: ([A-Za-z0-9+/]*={0,2}))?")


def parse_number(request: Request, header: str) -> int:
    """A number of bytes in a required header field; raises `malformed_request`."""
    value = request.headers.get(header, "")
    if not _NUMBER.fullmatch(value) or int(value) >= DEFERRED:
        raise _malformed(f"`{header}` must be a number of bytes.")
    return int(value)


def parse_length(request: Request) -> int:
    """The length of a new upload, or `DEFERRED`; raises `malformed_request`, for a concatenation too."""
    if "upload-concat" in request.headers:
        raise _malformed("`Upload-Concat` is not supported; upload the file as one.")
    deferred = request.headers.get("upload-defer-length")
    if deferred is None:
        return parse_number(request, "Upload-Length")
    if deferred != "1" or "upload-length" in request.headers:
        raise _malformed("Send either `Upload-Length` or `Upload-Defer-Length: 1`.")
    return DEFERRED


def parse_metadata(value: str) -> dict[str, str]:
    """The pairs of an `Upload-Metadata`: keys, each with a value in UTF-8 and Base64; raises `malformed_request`."""
    pairs = [_PAIR.fullmatch(pair.strip()) for pair in value.split(",")] if value else []
    try:
        return {pair[1]: b64decode(pair[2] or "", validate=True).decode() for pair in pairs}  # type: ignore[index]
    except (ValueError, TypeError):
        raise _malformed("`Upload-Metadata` must be keys with values in Base64 of UTF-8.") from None


def parse_checksum(request: Request) -> Checksum | None:
    """The `Upload-Checksum` of a part, if it has one; raises `malformed_request`."""
    value = request.headers.get("upload-checksum")
    if value is None:
        return None
    name, _, digest = value.partition(" ")
    if name not in ALGORITHMS:
        raise _malformed(f"`Upload-Checksum` must begin with {', '.join(ALGORITHMS[:-1])} or {ALGORITHMS[-1]}.")
    checked = hashlib.new(name, usedforsecurity=False)
    try:
        expected = b64decode(digest, validate=True)
    except ValueError:
        expected = b""
    if len(expected) != checked.digest_size:
        raise _malformed(f"`Upload-Checksum` must have a {name} digest in Base64 after the name.")
    return Checksum(checked, expected)


def expires(upload: Upload) -> dict[str, str]:
    """The `Upload-Expires` of an upload that is not a file yet."""
    if upload.expires_at is None:
        return {}
    return {"Upload-Expires": format_datetime(datetime.fromtimestamp(upload.expires_at // 1_000_000, UTC), usegmt=True)}


def progress(upload: Upload) -> dict[str, str]:
    """The offset, length and metadata of an upload."""
    length = {"Upload-Defer-Length": "1"} if upload.deferred else {"Upload-Length": str(upload.bytes)}
    metadata = {"Upload-Metadata": upload.metadata} if upload.metadata else {}
    return {"Upload-Offset": str(upload.received), **length, **metadata, **expires(upload)}


def _malformed(message: str) -> TandemError:
    return TandemError(Code.MALFORMED_REQUEST, message)
