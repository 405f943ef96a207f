"""The contract's schemas of files: what is uploaded, what is known of it, and its bytes."""

from app.domain import models
from rest.shapes import ADDRESS, MEDIA_TYPE, TIME, Schema, integer, nullable, said, string, structure
from rest.versions import Version

_MOST = 2**53 - 1
_BINARY: Schema = {"type": "string", "format": "binary", "maxLength": _MOST}
FILE_ID = string(32, 32, "^[0-9a-f]{32}$")


def components(version: Version) -> dict[str, Schema]:
    """The schemas that speak of files, by name."""
    return {
        "StoredFile": structure(
            {
                "id": said(FILE_ID, "128 random bits: who knows it may read the file."),
                "name": said(string(1, models.MAX_FILE_NAME), "What it was called."),
                "contentType": said(MEDIA_TYPE, "What it was declared as."),
                "bytes": said(integer(0, _MOST), "How many bytes it has."),
                "sha256": said(string(64, 64, "^[0-9a-f]{64}$"), "The SHA-256 of its bytes."),
                "url": said(ADDRESS, "Where its bytes are."),
                "createdAt": said(TIME, "When it was stored."),
            },
            ("id", "name", "contentType", "bytes", "sha256", "url", "createdAt"),
            description="What is known of a file.",
            examples=[
                {
                    "id": "5f0c9c1185a5c5e9fc540b6c3a1de287",
                    "name": "prices.csv",
                    "contentType": "text/csv",
                    "bytes": 48211,
                    "sha256": "9c1185a5" * 8,
                    "url": f"{version.prefix}/files/5f0c9c1185a5c5e9fc540b6c3a1de287",
                    "createdAt": "2026-03-01T09:30:00.125000Z",
                }
            ],
        ),
        "Upload": structure(
            {"file": said(_BINARY, "The file, as a part with a name and a media type; 20 MiB at most, by default.")},
            ("file",),
            additionalProperties=False,
            description="A form with one file.",
        ),
        "ResumableUpload": structure(
            {
                "id": said(FILE_ID, "Its id; the file that it becomes has the same."),
                "name": said(string(1, models.MAX_FILE_NAME), "What the file is called."),
                "contentType": said(MEDIA_TYPE, "What it was declared as."),
                "bytes": said(integer(0, _MOST), "How many bytes it is to have."),
                "received": said(integer(0, _MOST), "How many of them are there."),
                "expiresAt": said(nullable(TIME), "Until when the next part may come; null: it is a file."),
                "url": said(nullable(ADDRESS), "Where the file is; null: bytes are missing."),
            },
            ("id", "name", "contentType", "bytes", "received", "expiresAt", "url"),
            description="An upload that can be cut and gone on with.",
            examples=[
                {
                    "id": "5f0c9c1185a5c5e9fc540b6c3a1de287",
                    "name": "prices.csv",
                    "contentType": "text/csv",
                    "bytes": 734003200,
                    "received": 16777216,
                    "expiresAt": "2026-03-02T09:30:00.125000Z",
                    "url": None,
                }
            ],
        ),
        "Bytes": said(_BINARY, "Bytes as they are."),
    }
