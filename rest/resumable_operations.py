"""What can be done with resumable uploads, as the contract says it."""

from collections.abc import Sequence

from app.domain.callers import Scope
from rest.file_schemas import FILE_ID
from rest.operations import IF_NONE_MATCH, RANGE, READING, Operation
from rest.parameters import Parameter
from rest.resumable import PART, TUS, ResumableFiles, speaking

_TAG = "Files"
_UPLOADS, _UPLOAD = "/files/uploads", "/files/uploads/{id}"
_ID = Parameter(
    "UploadId",
    "id",
    "The upload's id; the file that it becomes has the same.",
    FILE_ID,
    place="path",
    example="5f0c9c1185a5c5e9fc540b6c3a1de287",
)


def _header(name: str, description: str, example: str) -> Parameter:
    return Parameter(name.replace("-", ""), name, description, RANGE.schema, place="header", example=example)


_VERSION = _header("Tus-Resumable", "The version of the protocol, 1.0.0; without it nothing is done (412).", TUS)
_LENGTH = _header("Upload-Length", "How many bytes the file has; always needed.", "734003200")
_OFFSET = _header(
    "Upload-Offset", "Where in the file these bytes belong, always needed: where the upload ends.", "16777216"
)
_METADATA = _header(
    "Upload-Metadata",
    "`filename` and `filetype`, each with its value in Base64 behind it; other keys are kept, and mean nothing.",
    "filename cHJpY2VzLmNzdg==,filetype dGV4dC9jc3Y=",
)
_REFUSALS = ("MalformedUploadHeader", "NotAcceptable", "InvalidParameters", "InternalError", "Unavailable")
_OF_UPLOADS = ("NotFound", "UnsupportedTusVersion")
_HEADERS = ("Upload-Expires",)


def operations(of: ResumableFiles) -> Sequence[Operation]:
    """What can be done with resumable uploads, in the order of the contract."""
    return (
        Operation(
            *("OPTIONS", _UPLOADS, speaking(of.options), "describeUploads", _TAG, "Tell how uploads are resumed here"),
            "The version of tus, its extensions that are spoken here, and how large a file may be.",
            "In the header.",
            status=204,
            headers=("Allow", "Tus-Version", "Tus-Extension", "Tus-Max-Size"),
            refusals=("InvalidParameters", "InternalError", "Unavailable"),
        ),
        Operation(
            *("POST", _UPLOADS, speaking(of.create), "createUpload", _TAG, "Begin a resumable upload"),
            "For large files, in the protocol tus 1.0.0, by any client that speaks it: an upload that was cut goes on"
            " where it ended. It waits a day for its next part.",
            "The upload.",
            status=201,
            answer="ResumableUpload",
            headers=("ETag", "Location", *_HEADERS),
            parameters=(_VERSION, _LENGTH, _METADATA),
            refusals=(*_REFUSALS, "InvalidUpload", "UnsupportedTusVersion", "FileTooLarge", "StorageFull"),
            scope=Scope.FILES_WRITE,
            leads_to=("getUpload", "appendToUpload", "deleteUpload"),
        ),
        Operation(
            *("GET", _UPLOAD, speaking(of.read), "getUpload", _TAG, "Get a resumable upload"),
            "How much of it is there; HEAD says so in `Upload-Offset`. Once whole, it is a file under the same id.",
            "The upload.",
            answer="ResumableUpload",
            headers=("ETag", "Cache-Control", "Upload-Offset", "Upload-Length", "Upload-Metadata", *_HEADERS),
            parameters=(_ID, IF_NONE_MATCH),
            refusals=(
                *READING,
                "NotFound",
                "PreconditionFailed",
                "UnsupportedTusVersion",
                "NotAsDeclared",
                "StorageFull",
            ),
            scope=Scope.FILES_WRITE,
        ),
        Operation(
            *("PATCH", _UPLOAD, speaking(of.append), "appendToUpload", _TAG, "Go on with a resumable upload"),
            "Adds bytes where the upload ends. What has come of a request that was cut is kept. With the last bytes the"
            " file is there.",
            "The bytes are kept; `Content-Location` is there once the file is.",
            status=204,
            headers=("Upload-Offset", "Content-Location", *_HEADERS),
            body="Bytes",
            takes=PART,
            parameters=(_ID, _VERSION, _OFFSET),
            refusals=(
                *_REFUSALS,
                "NotFound",
                "MovedOn",
                "UnsupportedTusVersion",
                "FileTooLarge",
                "UnsupportedPart",
                "NotAsDeclared",
                "StorageFull",
            ),
            scope=Scope.FILES_WRITE,
        ),
        Operation(
            *("DELETE", _UPLOAD, speaking(of.delete), "deleteUpload", _TAG, "Give up a resumable upload"),
            "Gives up an upload that is not a file yet.",
            "It is gone.",
            status=204,
            headers=(),
            parameters=(_ID, _VERSION),
            refusals=(*READING, *_OF_UPLOADS),
            scope=Scope.FILES_WRITE,
        ),
    )
