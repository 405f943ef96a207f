"""The requests of webhooks, read and verified."""

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

from tests.web import Received


def verify(request: Received, secret: str) -> dict[str, Any]:
    """The body of a request that one of the signatures is right for, by the text of Standard Webhooks 1.0."""
    content = f"{request.fields['webhook-id']}.{request.fields['webhook-timestamp']}.".encode() + request.body
    digest = hmac.new(base64.b64decode(secret.split("_")[1]), content, sha256).digest()
    expected = f"v1,{base64.b64encode(digest).decode()}"
    assert expected in request.fields["webhook-signature"].split(" ")
    body: dict[str, Any] = json.loads(request.body)
    return body


def told(requests: list[Received]) -> list[tuple[str, int]]:
    """The types and subjects of requests."""
    bodies = [json.loads(request.body) for request in requests]
    return [(body["type"], body["data"]["subject"]["id"]) for body in bodies]
