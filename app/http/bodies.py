"""Reading bodies: JSON as a client may send it, within bounds, with exact numbers."""

import asyncio
import codecs
import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from app.domain.errors import Code, TandemError
from app.http.request_state import header

MAX_JSON_BYTES = 1_000_000
LONG = 64 * 1024
"""Longer bodies are parsed off the event loop, since their numbers may take milliseconds."""
_MAX_DIGITS = 400


async def read(request: Request, limit: int = MAX_JSON_BYTES) -> bytes:
    """The whole body; raises `payload_too_large`, before reading if its length is declared."""
    require_length(request, limit, limit)
    parts, size, more = [], 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        more, size = message.get("more_body", False), size + len(parts[-1])
        if size > limit:
            raise too_large(limit)
    return b"".join(parts)


def require_length(request: Request, most: int, limit: int) -> None:
    """Raise `payload_too_large`, which names the `limit`, if the declared length exceeds `most`."""
    if declared_length(request, 0) > most:
        raise too_large(limit)


def declared_length(request: Request, otherwise: int) -> int:
    """The length that a body declares, or another number."""
    declared = header(request.scope, b"content-length") or b""
    return int(declared[:20]) if declared.isdigit() else otherwise


async def parsed(body: bytes) -> Any:
    """The JSON value of a body, parsed off the event loop if it is long; raises as `parse`."""
    return await asyncio.to_thread(parse, body) if len(body) > LONG else parse(body)


def parse(body: bytes) -> Any:
    """The JSON value of a body (RFC 8259): UTF-8, finite numbers; fractions become decimals.

    A byte order mark is ignored, as section 8.1 allows: some editors and .NET clients write one.
    """
    try:
        return _DECODER.decode(body.removeprefix(codecs.BOM_UTF8).decode())
    except (ValueError, RecursionError):
        raise TandemError(Code.MALFORMED_REQUEST, "The body is not well-formed JSON.") from None


def media_type(request: Request) -> str:
    """The media type of the body in lower case, without parameters; empty for a charset other than UTF-8."""
    content_type = header(request.scope, b"content-type") or b""
    essence, _, parameters = content_type.decode("latin-1").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "").partition("charset=")[2]
    return "" if charset and charset.partition(";")[0] not in {"utf-8", "utf8"} else essence.strip()


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if len(text) > _MAX_DIGITS or abs(number.adjusted()) > _MAX_DIGITS:
        raise ValueError(text)
    return number


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(text)
    return int(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_int=_integer, parse_constant=_refuse)


def too_large(limit: int) -> TandemError:
    """The error of a body of more than `limit` bytes."""
    return TandemError(Code.PAYLOAD_TOO_LARGE, f"The body must not exceed {limit} bytes.")
