"""Reading the Idempotency-Key header, bare or quoted (draft-ietf-httpapi-idempotency-key-header, section 2.1)."""

import re

from starlette.requests import Request

from app.domain.errors import Code, KeyRequired, TandemError
from app.domain.idempotency import MAX_KEY

_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def read(request: Request) -> str | None:
    """The key of a request, or `None`; raises if it is malformed."""
    lines = [value.decode("latin-1") for name, value in request.scope["headers"] if name == b"idempotency-key"]
    return parse(", ".join(lines) if lines else None)


def parse(value: str | None, *, required: bool = False) -> str | None:
    """The key of a header field, repeated fields joined by commas; raises if it is malformed or missing."""
    if value is None:
        if required:
            raise KeyRequired
        return None
    key = value.strip()
    if key.startswith('"'):
        quoted = _QUOTED.fullmatch(key)
        key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else ""
    if not 1 <= len(key) <= MAX_KEY or not _VISIBLE.fullmatch(key):
        message = f"An Idempotency-Key must have 1 to {MAX_KEY} visible ASCII characters."
        raise TandemError(Code.IDEMPOTENCY_KEY_INVALID, message)
    return key
