"""What can be done with files, as the contract says it."""

from collections.abc import Sequence

from app.domain.callers import Scope
from app.uploads import MEDIA_TYPE
from rest.file_schemas import FILE_ID
from rest.files import Files
from rest.operations import DOWNLOADING, IF_BYTES_MATCH, OF_DOWNLOADS, READING, UPLOADING, Operation
from rest.parameters import Parameter

_TAG = "Files"
_ID = Parameter("FileId", "id", "The file's id.", FILE_ID, place="path", example="5f0c9c1185a5c5e9fc540b6c3a1de287")


def operations(of: Files) -> Sequence[Operation]:
    """What can be done with files, in the order of the contract."""
    return (
        Operation(
            *("POST", "/files", of.create, "createFile", _TAG, "Store a file"),
            "Stores a file under an id of 128 random bits: whoever knows it may read the file. A file that is declared"
            " as an image must begin like one.",
            "What is known of the file.",
            status=201,
            answer="StoredFile",
            headers=("ETag", "Location"),
            body="Upload",
            takes=MEDIA_TYPE,
            refusals=UPLOADING,
            scope=Scope.FILES_WRITE,
            leads_to=("getFile", "deleteFile"),
        ),
        Operation(
            *("GET", "/files/{id}", of.read, "getFile", _TAG, "Get a file"),
            "Its bytes, whole or in ranges, as an attachment.",
            "The bytes of the file.",
            headers=("ETag", "Caching", "Last-Modified", "Accept-Ranges", "Content-Disposition"),
            downloads=("*/*",),
            parameters=(_ID, *OF_DOWNLOADS),
            refusals=DOWNLOADING,
        ),
        Operation(
            *("DELETE", "/files/{id}", of.delete, "deleteFile", _TAG, "Delete a file"),
            "Deletes a file of the caller's own.",
            "It is gone.",
            status=204,
            headers=(),
            parameters=(_ID, IF_BYTES_MATCH),
            refusals=(*READING, "PreconditionFailed", "NotFound"),
            scope=Scope.FILES_WRITE,
        ),
    )
