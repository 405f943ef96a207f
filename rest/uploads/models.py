"""The models and header fields of resumable uploads (tus 1.0.0)."""

from typing import Annotated, Any

from fastapi import Depends
from pydantic import Field

from rest.dependencies import header
from rest.files.models import FILE_ID, FileName, Identity, file_id
from rest.models import Address, MediaType, Model, Size, Time, example
from rest.uploads.headers import PART, TUS

_NUMBER = "^[0-9]{1,16}$"
_PAIR = "[!-~]+( [A-Za-z0-9+/]*={0,2})?"
_LENGTH = "The size of the file in bytes; a creation needs this or `Upload-Defer-Length`."
_OFFSET = "The position of these bytes in the file; required, and equal to the number of bytes received so far."
_DEFER = "`1`: a later part declares the length, in `Upload-Length`."
_METADATA = "`filename` and `filetype`, each followed by its value in Base64; other keys are kept and have no effect."
_CHECKSUM = "`sha1`, `sha256` or `md5`, and the digest of this request's bytes; bytes that do not match are discarded."

UploadId = Annotated[str, file_id("UploadId", "The upload's id, which is also the id of the file.")]
_Version = Annotated[str | None, header("Tus-Resumable", f"The version of tus, {TUS}; others are 412.", TUS)]
_Length = Annotated[str | None, header("Upload-Length", _LENGTH, "734003200", pattern=_NUMBER)]
_Offset = Annotated[str | None, header("Upload-Offset", _OFFSET, "16777216", pattern=_NUMBER)]
_Defer = Annotated[str | None, header("Upload-Defer-Length", _DEFER, "1", pattern="^1$")]
_Metadata = Annotated[
    str | None,
    header(
        *("Upload-Metadata", _METADATA, "filename cHJpY2VzLmNzdg==,filetype dGV4dC9jc3Y="),
        pattern=rf"^{_PAIR}(,\s*{_PAIR})*$",
    ),
]
_Checksum = Annotated[
    str | None,
    header(
        *("Upload-Checksum", _CHECKSUM, "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="),
        pattern="^(sha1|sha256|md5) [A-Za-z0-9+/]+={0,2}$",
    ),
]


# These declare fields for the contract: `rest.uploads.headers` parses them from the request.
def _tus(tus_resumable: _Version = None) -> None:
    """The field of every write."""


def _creation(
    upload_length: _Length = None,
    upload_defer_length: _Defer = None,
    upload_metadata: _Metadata = None,
    upload_checksum: _Checksum = None,
) -> None:
    """The fields of a creation."""


def _part(upload_offset: _Offset = None, upload_length: _Length = None, upload_checksum: _Checksum = None) -> None:
    """The fields of a part."""


TUS_FIELDS, CREATION_FIELDS, PART_FIELDS = Depends(_tus), Depends(_creation), Depends(_part)


class ResumableUpload(Model):
    """An upload that can resume after an interruption."""

    model_config = example(
        {
            "id": FILE_ID,
            "name": "prices.csv",
            "contentType": "text/csv",
            "bytes": 734003200,
            "lengthDeferred": False,
            "received": 16777216,
            "expiresAt": "2026-03-02T09:30:00.125000Z",
            "url": None,
        }
    )
    id: Identity = Field(description="The id of the upload and of the file.")
    name: FileName = Field(description="The file's name.")
    content_type: MediaType = Field(description="The declared media type.")
    bytes: Size = Field(description="The size of the file in bytes.")
    length_deferred: bool = Field(description="Whether the length is not declared yet; then `bytes` equals `received`.")
    received: Size = Field(description="The bytes received so far.")
    expires_at: Time | None = Field(description="The time when the upload expires; null once it is a file.")
    url: Address | None = Field(description="The address of the file; null while bytes are missing.")


def part_body(*, required: bool) -> dict[str, Any]:
    """The body of an operation that appends bytes."""
    content = {PART: {"schema": {"$ref": "#/components/schemas/Bytes"}}}
    return {"requestBody": {"required": required, "content": content}}
