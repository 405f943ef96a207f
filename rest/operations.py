"""Operations: one method of one path each, with its endpoint and all that the contract says of it."""

from dataclasses import dataclass, field, replace
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app import idempotency_keys
from app.domain.callers import Scope
from app.domain.idempotency import MAX_KEY
from rest import answers
from rest.parameters import Parameter
from rest.route import JSON, PATCHES, Endpoint
from rest.shapes import string
from rest.versions import Version

_ANY_TEXT = {"type": "string"}

IF_MATCH = Parameter(
    "IfMatch",
    "If-Match",
    "An ETag that you were given for it: the request takes effect only if it was not edited since (else 412).",
    _ANY_TEXT,
    place="header",
    example='"3.12.9c1185a5c5e9fc54"',
)
IF_NONE_MATCH = Parameter(
    "IfNoneMatch",
    "If-None-Match",
    "An ETag that you were given: the answer is 304, without a body, if it still stands.",
    _ANY_TEXT,
    place="header",
    example='"3.12.9c1185a5c5e9fc54"',
)

IF_BYTES_MATCH = replace(
    IF_MATCH,
    key="IfBytesMatch",
    description="The ETag of its bytes that you were given: the request takes effect only if they are still those.",
    example=f'"{"9c1185a5" * 8}"',
)
RANGE = Parameter(
    "Range",
    "Range",
    "Which bytes, one range or several (RFC 9110, section 14.2).",
    _ANY_TEXT,
    place="header",
    example="bytes=0-1023",
)
IF_RANGE = Parameter(
    "IfRange",
    "If-Range",
    "The ETag of which you have a part: if it is another by now, `Range` does not count, and all bytes come.",
    _ANY_TEXT,
    place="header",
    example=f'"{"9c1185a5" * 8}"',
)
OF_DOWNLOADS = (RANGE, IF_RANGE, IF_NONE_MATCH, IF_BYTES_MATCH)

KEY = Parameter(
    "IdempotencyKey",
    "Idempotency-Key",
    "Makes a retry safe: the first request with a key takes effect, later ones are told what came of it. 1 to 255"
    " visible ASCII characters of your own making, such as a UUID. It is remembered for a day.",
    string(1, MAX_KEY, "^[!-~]+$"),
    place="header",
    example="6f1e0c4b-5d3a-49e7-a1c2-0b9d8f7e6c5a",
)
KEY_REQUIRED = replace(KEY, key="RequiredIdempotencyKey", required=True)

READING = ("MalformedRequest", "NotAcceptable", "InvalidParameters", "InternalError", "Unavailable")
LISTING = ("InvalidCursor", "PreconditionFailed", *READING[1:])
WRITING = (
    *("MalformedRequest", "NotAcceptable", "PayloadTooLarge", "UnsupportedMediaType"),
    *("InvalidBody", "InternalError", "Unavailable"),
)
DOWNLOADING = (
    *("MalformedRequest", "InvalidParameters", "NotFound", "PreconditionFailed", "RangeNotSatisfiable"),
    *("InternalError", "Unavailable"),
)
UPLOADING = (
    *("MalformedUpload", "NotAcceptable", "UploadTooLarge", "UnsupportedUpload", "InvalidUpload"),
    *("StorageFull", "InternalError", "Unavailable"),
)
PATCHING = tuple("UnsupportedPatchType" if name == "UnsupportedMediaType" else name for name in WRITING)
"""The refusals (`refusals.REFUSALS`) that every operation of a kind may meet."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    `answer` names the component schema of its success (None: no content) or of each line of it, `headers` the component
    headers of that; a GET whose answer has an entity tag may say 304. One that `downloads` answers bytes of these media
    types instead, whole or in ranges (206); one that `creates` says 201 where what it shows is new, else 200. `body`
    names the schema of what it `takes`, `refusals` the component responses that it may give besides. `scope` is what
    the caller must be allowed. What writes takes an Idempotency-Key; `key_required` tells where there must be
    one. `leads_to` are the operations that its answer links to: they take the id of what it made or showed.
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
    media_type: str = JSON
    headers: tuple[str, ...] = ("ETag",)
    downloads: tuple[str, ...] = ()
    creates: bool = False
    body: str | None = None
    takes: str = JSON
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[str, ...] = field(default=READING)
    scope: Scope = Scope.CATALOG_READ
    key_required: bool = False
    leads_to: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether it may change anything, and so takes an Idempotency-Key."""
        return self.method not in ("GET", "OPTIONS")

    @property
    def types(self) -> tuple[str, ...]:
        """The media types of the bodies that it takes, if it takes any."""
        return PATCHES if self.method == "PATCH" and self.takes == JSON else (self.takes,)

    @property
    def guarded(self) -> bool:
        """Whether not everyone may do it."""
        return self.scope is not Scope.CATALOG_READ

    @property
    def every_parameter(self) -> tuple[Parameter, ...]:
        """Its own parameters, and those that all of its kind take."""
        key = (KEY_REQUIRED if self.key_required else KEY,) if self.writes else ()
        return (*self.parameters, *key)

    @property
    def every_refusal(self) -> tuple[str, ...]:
        """Its own refusals, and those that all of its kind may give."""
        keyed = (*(("KeyRequired",) if self.key_required else ()), "KeyInvalid", "KeyInUse", "KeyReused")
        return (
            *self.refusals,
            "Unauthenticated",
            "RateLimited",
            *(("Forbidden",) if self.guarded else ()),
            *(keyed if self.writes else ()),
        )

    @property
    def served(self) -> Endpoint:
        """The endpoint behind what it asks of every request: a scope, and a well-formed Idempotency-Key."""
        if not self.writes and not self.guarded:
            return self.endpoint

        async def guarded(request: Request) -> Response:
            state = request.scope["state"]
            state["caller"].require(self.scope)
            if self.writes:
                state["key"] = idempotency_keys.read(request, required=self.key_required)
            return await self.endpoint(request)

        return guarded

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
        responses = self._successes(version)
        for status, names in answers.by_status(self.every_refusal).items():
            responses[str(status)] = {"$ref": f"#/components/responses/{answers.joined(names)}"}
        said: dict[str, Any] = {"security": [{"ApiKey": []}] if self.guarded else [{}, {"ApiKey": []}]}
        if self.every_parameter:
            refs = [{"$ref": f"#/components/parameters/{parameter.key}"} for parameter in self.every_parameter]
            said["parameters"] = refs
        if self.body:
            content = {media_type: {"schema": _schema(self.body)} for media_type in self.types}
            said["requestBody"] = {"required": True, "content": content}
        return said | {"responses": responses}

    def _successes(self, version: Version) -> dict[str, Any]:
        replays = ("Idempotent-Replayed",) if self.writes else ()
        success: dict[str, Any] = {"headers": answers.headers((*self.headers, *replays), version)}
        if self.answer:
            success["content"] = {self.media_type: {"schema": _schema(self.answer)}}
        if self.leads_to:
            success["links"] = {name: self._link(name) for name in self.leads_to}
        responses = {str(self.status): success}
        if self.creates:
            located = {"headers": answers.headers((*self.headers, "Location", *replays), version)}
            responses["201"] = success | located | {"description": "It is new."}
        if self.downloads:
            success["content"] = {media_type: {"schema": _schema("Bytes")} for media_type in self.downloads}
            responses["206"] = self._part(version)
        if self.method == "GET" and "ETag" in self.headers:
            kept = tuple(name for name in self.headers if name in answers.KEPT)
            responses["304"] = {
                "description": "What `If-None-Match` names still stands.",
                "headers": answers.headers(kept, version),
            }
        return responses

    def _part(self, version: Version) -> dict[str, Any]:
        return {
            "description": "The ranges that were asked for; several of them come as `multipart/byteranges`.",
            "headers": answers.headers((*self.headers, "Maybe-Content-Range"), version),
            "content": {name: {"schema": _schema("Bytes")} for name in (*self.downloads, "multipart/byteranges")},
        }

    def _link(self, operation: str) -> dict[str, Any]:
        whose = "$response.body#/id" if self.status == 201 else "$request.path.id"
        what = "what was made" if self.status == 201 else "the same thing"
        return {"operationId": operation, "parameters": {"id": whose}, "description": f"`{operation}` of {what}."}


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
