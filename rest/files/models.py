"""The models of files: stored files, upload forms and downloads."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from app.domain import file_models
from app.http.multipart import MEDIA_TYPE as FORM
from rest.models import Address, MediaType, Model, Size, Time, example, string

FILE_ID = "5f0c9c1185a5c5e9fc540b6c3a1de287"
Identity = Annotated[str, string(32, 32, "^[0-9a-f]{32}$")]
FileName = Annotated[str, string(1, file_models.MAX_FILE_NAME)]
BYTES = {"type": "string", "format": "binary", "description": "Raw bytes."}


def file_id(title: str, description: str) -> Any:
    """The id of a file or an upload in a path."""
    return Path(
        alias="id",
        title=title,
        description=description,
        examples=[FILE_ID],
        min_length=32,
        max_length=32,
        pattern="^[0-9a-f]{32}$",
    )


class StoredFile(Model):
    """A stored file."""

    model_config = example(
        {
            "id": FILE_ID,
            "name": "prices.csv",
            "contentType": "text/csv",
            "bytes": 48211,
            "sha256": "9c1185a5" * 8,
            "url": f"/v2/files/{FILE_ID}",
            "createdAt": "2026-03-01T09:30:00.125000Z",
        }
    )
    id: Identity = Field(description="128 random bits; anyone who knows the id may read the file.")
    name: FileName = Field(description="The file's name.")
    content_type: MediaType = Field(description="The media type: as declared, unless the first bytes show another one.")
    bytes: Size = Field(description="The size in bytes.")
    sha256: Annotated[str, string(64, 64, "^[0-9a-f]{64}$")] = Field(description="The SHA-256 of the bytes.")
    url: Address = Field(description="The address of the bytes.")
    created_at: Time = Field(description="The time when the file was stored.")


class Upload(Model):
    """A form with one file."""

    file: Annotated[str, Field(json_schema_extra={"format": "binary"})] = Field(
        description="The file, as a part with a name and a media type; at most 20 MiB, unless set otherwise."
    )


UPLOAD = {"requestBody": {"required": True, "content": {FORM: {"schema": {"$ref": "#/components/schemas/Upload"}}}}}
"""The body of an operation that streams a form."""


def downloads(*media_types: str, headers: tuple[str, ...]) -> dict[int | str, dict[str, Any]]:
    """The responses of a download: all bytes, or ranges of them."""
    content = {media_type: {"schema": {"$ref": "#/components/schemas/Bytes"}} for media_type in media_types}
    parts = content | {"multipart/byteranges": {"schema": {"$ref": "#/components/schemas/Bytes"}}}
    about = "The requested ranges; several of them are sent as `multipart/byteranges`."
    return {200: {"content": content, "x-headers": headers}, 206: {"content": parts, "description": about}}
