"""Dependencies of handlers: the services of the application, the caller, preconditions, and idempotent writes."""

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Header, Path
from fastapi.security import HTTPBearer
from starlette.requests import Request

from app.domain import unit_of_work
from app.domain.addresses import Address
from app.domain.callers import Caller as _Caller
from app.domain.callers import Scope
from app.domain.changes.change_log import ChangeLog
from app.domain.idempotency import MAX_KEY, Command, IdempotentRunner, Outcome
from app.domain.models import MAX_ID
from app.http.headers import idempotency_key
from app.media.product_images import ProductImages
from app.media.resumable_uploads import ResumableUploads
from app.rate_limiting.budget import Budget as _Budget
from app.stores.snapshot_cache import SnapshotCache
from rest import negotiation, versions
from rest.models import AnInteger

OWN_KEYS = "x-own-keys"
"""Marks parts of the contract for versions with own keys; at an id its value describes the keys."""
_INT64 = {"format": "int64"}
_ETAG = '"3.12.9c1185a5c5e9fc54"'
_DIGEST = f'"{"9c1185a5" * 8}"'


def service(name: str) -> Any:
    """The dependency on a service, by its name in the application's state."""

    def get(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(get)


def _database(request: Request) -> unit_of_work.Database:
    runner: IdempotentRunner = request.app.state.runner
    return runner.database


def _readable(request: Request) -> unit_of_work.Readable:
    cache: SnapshotCache = request.app.state.cache
    return cache.database


def _caller(request: Request) -> _Caller:
    caller: _Caller = request.scope["state"]["caller"]
    return caller


def budget_of(request: Request) -> _Budget:
    """The budget of the request, for costs that a handler learns later."""
    budget: _Budget = request.scope["state"]["budget"]
    return budget


Version = Annotated[versions.Version, service("version")]
Changes = Annotated[ChangeLog, service("changes")]

Images = Annotated[ProductImages, service("images")]
Uploads = Annotated[ResumableUploads, service("uploads")]
WebhookHosts = Annotated[frozenset[str], service("webhook_hosts")]
MaxUpload = Annotated[int, service("max_upload_bytes")]
Database = Annotated[unit_of_work.Database, Depends(_database)]
Readable = Annotated[unit_of_work.Readable, Depends(_readable)]
"""The database or replicas for lists that belong to a caller."""
Caller = Annotated[_Caller, Depends(_caller)]
Budget = Annotated[_Budget, Depends(budget_of)]


class ApiKey(HTTPBearer):
    """The scope that a caller needs; the middleware has verified the key by then."""

    def __init__(self, scope: Scope) -> None:
        about = "An API key from `tandem keys create`. Reading the catalogue needs none."
        super().__init__(scheme_name="ApiKey", description=about)
        self.scope = scope

    def __call__(self, request: Request) -> None:  # type: ignore[override] # nothing in it suspends
        """Raise `unauthenticated` or `forbidden` unless the caller has the scope."""
        _caller(request).require(self.scope)


CATALOG_WRITE = Depends(ApiKey(Scope.CATALOG_WRITE))
ORDERS_READ = Depends(ApiKey(Scope.ORDERS_READ))
ORDERS_WRITE = Depends(ApiKey(Scope.ORDERS_WRITE))
FILES_WRITE = Depends(ApiKey(Scope.FILES_WRITE))
WEBHOOKS_WRITE = Depends(ApiKey(Scope.WEBHOOKS_WRITE))


def header(name: str, description: str, example: str, **extra: Any) -> Any:
    """A header field of a request; the title is the name of its component in the contract."""
    title = extra.pop("title", name.replace("-", ""))
    return Header(alias=name, title=title, description=description, examples=[example], **extra)


def id_parameter(noun: str, example: int, own_keys: str = "", *, name: str = "id") -> Any:
    """The id in a path, in whose place v2 takes own keys where that is described."""
    title, description = f"{noun.title()}Id", f"The {noun}'s id."
    extra = _INT64 | ({OWN_KEYS: own_keys} if own_keys else {})
    return Path(
        alias=name, title=title, description=description, examples=[example], ge=1, le=MAX_ID, json_schema_extra=extra
    )


_OWN_KEYS = "The id, or `sku:<sku>` (case-insensitive, percent-encoded, `/` as `%2F`); reads also accept `slug:<slug>`."

_OWN_KEYS_OF_VARIANT = "The id, or `sku:<sku>` (case-insensitive, percent-encoded, `/` as `%2F`) of any variant."
ProductAddress = Annotated[Address, AnInteger(), id_parameter("product", 7, _OWN_KEYS)]
VariantAddress = Annotated[Address, AnInteger(), id_parameter("variant", 7, _OWN_KEYS_OF_VARIANT)]
CategoryId = Annotated[int, id_parameter("category", 3)]
OrderId = Annotated[int, id_parameter("order", 11)]
ImageId = Annotated[int, id_parameter("image", 41, name="imageId")]

_IF_MATCH = "An ETag of the resource: the request takes effect only if nothing was edited since; otherwise it is 412."
_IF_BYTES = "The ETag of the bytes: the request takes effect only if they have not changed; otherwise it is 412."
_IF_NONE = "An ETag of your copy: the answer is 304, without a body, if it is still current."
_IF_ABSENT = "`*`: the request takes effect only if the resource does not exist; otherwise it is 412."
_IF_RANGE = "The ETag of your partial copy: if it is no longer current, `Range` is ignored and all bytes are sent."
_RANGE = "The bytes to send, one range or several (RFC 9110, section 14.2)."
_KEY = (
    "Makes a retry safe: the first request with a key takes effect, and later ones get its answer. Choose 1 to 255"
    " visible ASCII characters, such as a UUID. The service remembers a key for a day."
)
_KEY_FIELD: dict[str, Any] = {"min_length": 1, "max_length": MAX_KEY, "pattern": "^[!-~]+$"}

IfMatch = Annotated[str | None, header("If-Match", _IF_MATCH, _ETAG)]
IfBytesMatch = Annotated[str | None, header("If-Match", _IF_BYTES, _DIGEST, title="IfBytesMatch")]
IfNoneMatch = Annotated[str | None, header("If-None-Match", _IF_NONE, _ETAG)]
IfNoneMatchOfWrite = Annotated[
    str | None, header("If-None-Match", _IF_ABSENT, "*", title="IfNoneMatchOfWrite", json_schema_extra={OWN_KEYS: True})
]
Range = Annotated[str | None, header("Range", _RANGE, "bytes=0-1023")]
IfRange = Annotated[str | None, header("If-Range", _IF_RANGE, _DIGEST)]
_Key = Annotated[str | None, header("Idempotency-Key", _KEY, "", **_KEY_FIELD)]
_RequiredKey = Annotated[str, header("Idempotency-Key", _KEY, "", **_KEY_FIELD)]


class ReadConditions(NamedTuple):
    """The conditions of a read."""

    if_none_match: str | None
    if_match: str | None


def conditions(request: Request) -> ReadConditions:
    """The conditions in the header; `If-Match` is honoured on reads, too, though the contract does not offer it."""
    return ReadConditions(*(negotiation.header_text(name, request) for name in (b"if-none-match", b"if-match")))


def _conditions(request: Request, if_none_match: IfNoneMatch = None) -> ReadConditions:
    return ReadConditions(if_none_match, negotiation.header_text(b"if-match", request))


def _download_conditions(byte_range: Range = None, if_range: IfRange = None, if_none_match: IfNoneMatch = None) -> None:
    """The header fields of a download."""


class KeyedRunner(NamedTuple):
    """Runs commands once for the caller and the Idempotency-Key of the request."""

    runner: IdempotentRunner
    caller: _Caller
    key: str | None

    async def run(self, command: Command) -> Outcome:
        """Run a command, or replay the outcome of the first run with the key."""
        return await self.runner.run(self.caller, self.key, command)


def _keyed_runner(request: Request, key: _Key = None) -> KeyedRunner:
    return KeyedRunner(request.app.state.runner, _caller(request), idempotency_key.parse(key))


def _runner_for_required_key(request: Request, key: _RequiredKey) -> KeyedRunner:
    return KeyedRunner(request.app.state.runner, _caller(request), idempotency_key.parse(key, required=True))


DOWNLOAD = Depends(_download_conditions)
Conditions = Annotated[ReadConditions, Depends(_conditions)]
Idempotent = Annotated[KeyedRunner, Depends(_keyed_runner)]
KeyRequired = Annotated[KeyedRunner, Depends(_runner_for_required_key)]
