"""Operations: one method of one path each, with its endpoint and all that the contract says of it."""

from dataclasses import dataclass, field
from typing import Any

from fastapi.routing import APIRoute
from starlette.responses import Response

from rest import answers
from rest.parameters import Parameter
from rest.route import JSON, PATCHES, Endpoint
from rest.versions import Version

IF_MATCH = Parameter(
    "IfMatch",
    "If-Match",
    "An ETag that you were given for it: the request takes effect only if it was not edited since (else 412).",
    {"type": "string"},
    place="header",
)
IF_NONE_MATCH = Parameter(
    "IfNoneMatch",
    "If-None-Match",
    "An ETag that you were given: the answer is 304, without a body, if it still stands.",
    {"type": "string"},
    place="header",
)

READING = ("MalformedRequest", "NotAcceptable", "InvalidParameters", "InternalError", "Unavailable")
LISTING = ("InvalidCursor", "PreconditionFailed", *READING[1:])
WRITING = (
    *("MalformedRequest", "NotAcceptable", "PayloadTooLarge", "UnsupportedMediaType"),
    *("InvalidBody", "InternalError", "Unavailable"),
)
PATCHING = tuple("UnsupportedPatchType" if name == "UnsupportedMediaType" else name for name in WRITING)
"""The refusals (`answers.REFUSALS`) that every operation of a kind may meet."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    `answer` names the component schema of its success (None: no content), `headers` the component headers of that;
    `body` names the schema of what it takes, `refusals` the component responses that it may give besides.
    """

    method: str
    path: str
    endpoint: Endpoint
    id: str
    tag: str
    summary: str
    description: str
    success: str
    status: int = 200
    answer: str | None = None
    headers: tuple[str, ...] = ("ETag",)
    body: str | None = None
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[str, ...] = field(default=READING)

    def route(self, version: Version) -> APIRoute:
        """The route that declares it to FastAPI."""
        return APIRoute(
            self.path,
            self.endpoint,
            methods=[self.method],
            operation_id=self.id,
            tags=[self.tag],
            summary=self.summary,
            description=self.description,
            status_code=self.status,
            response_class=Response,
            response_description=self.success,
            deprecated=version.deprecated or None,
            openapi_extra=self._extra(version),
        )

    def _extra(self, version: Version) -> dict[str, Any]:
        success: dict[str, Any] = {"headers": answers.headers(self.headers, version)}
        if self.answer:
            success["content"] = {JSON: {"schema": _schema(self.answer)}}
        responses = {str(self.status): success}
        if self.method == "GET":
            responses["304"] = {
                "description": "What `If-None-Match` names still stands.",
                "headers": answers.headers(("ETag",), version),
            }
        for name in sorted(self.refusals, key=answers.status):
            responses[str(answers.status(name))] = {"$ref": f"#/components/responses/{name}"}
        said: dict[str, Any] = {}
        if self.parameters:
            said["parameters"] = [{"$ref": f"#/components/parameters/{parameter.key}"} for parameter in self.parameters]
        if self.body:
            types = PATCHES if self.method == "PATCH" else (JSON,)
            said["requestBody"] = {"required": True, "content": {t: {"schema": _schema(self.body)} for t in types}}
        return said | {"responses": responses}


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
