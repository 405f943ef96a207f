"""The messages of webhooks (Standard Webhooks 1.0): their bodies and signatures."""

import base64
import hmac
from hashlib import sha256

import msgspec

from app.domain.callers import Scope
from app.domain.changes.reading import Change, ChangeAccess
from app.domain.webhooks.queue import Message
from app.domain.webhooks.webhooks import SECRET_PREFIX
from app.http.change_json import shown
from app.http.timestamps import rfc3339


def signed(message_id: str, seconds: int, body: bytes, keys: tuple[str, ...]) -> dict[str, str]:
    """The header fields of a message (Standard Webhooks 1.0): signed by each key, the newest first."""
    content = f"{message_id}.{seconds}.".encode() + body
    digests = [hmac.digest(base64.b64decode(key.removeprefix(SECRET_PREFIX)), content, sha256) for key in keys]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }


def body_of(message: Message) -> bytes:
    """The body of a message; every attempt sends the same bytes."""
    body = {"type": message.type, "timestamp": rfc3339(message.at), "data": msgspec.Raw(message.data.encode())}
    return msgspec.json.encode(body)


def message_of(change: Change) -> Message:
    """A change as a message. It does not name the caller, whom only some may see."""
    scope = None
    if change.subject == "order":
        scope = Scope.ORDERS_READ
    elif ChangeAccess("", whole=False, orders=False).type_of(change) != change.type:
        scope = Scope.CATALOG_WRITE
    data = msgspec.json.encode(shown(change, whole=False)).decode()
    return Message(f"change-{change.record.id}-{change.number}", change.type, data, scope, change.record.at)
