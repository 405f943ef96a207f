"""Request ids: accepted from the client if valid, else generated; returned on every response, errors included."""

import random
import re

from app.domain import request_context
from app.http.request_state import RequestState

_VALID_ID = re.compile(rb"(?!.*tdm_)[A-Za-z0-9._:/+=@-]{1,128}")
"""A valid id; an API key is not one, since ids are logged and sent to the database."""
_VALID_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, section 3.2."""
_ACCEPTED = {
    b"x-request-id": ("request_id", _VALID_ID),
    b"x-correlation-id": ("correlation_id", _VALID_ID),
    b"traceparent": ("traceparent", _VALID_TRACEPARENT),
}


def identify(request: RequestState) -> None:
    """Put `request_id`, and `correlation_id` and `traceparent` if the client sent them, into the scope's state.

    The response repeats them as `X-Request-ID`, `X-Correlation-ID` and `traceparent`. Of repeated fields the first
    valid one counts.
    """
    state = request.scope["state"]
    for field in request.scope["headers"]:
        if field[0] in _ACCEPTED:
            name, valid = _ACCEPTED[field[0]]
            if name not in state and valid.fullmatch(field[1]):
                state[name] = field[1].decode()
                request.fields.append(field)
    if "request_id" not in state:
        state["request_id"] = random.randbytes(16).hex()  # noqa: S311 - it is no secret
        request.fields.append((b"x-request-id", state["request_id"].encode()))
    state["notes"] = request_context.begin({"request_id": state["request_id"]})
