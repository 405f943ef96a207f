"""Entity tags (RFC 9110, section 8.8.3) that carry the edit version, so that a mere sale refuses nobody.

A tag is `"version.stock.digest"`: the version, the stock where the whole thing was shown (`-`: not counted, empty:
not shown), and a digest of the answer's bytes. GraphQL's `etag` has no bytes of its own, and ends after the stock.
"""

import re
from hashlib import blake2b
from typing import NamedTuple

from app.domain.errors import PreconditionFailed

_TAG = re.compile(r'(?:^|,)\s*(?:"([^"]*)"|([^",\s]+))\s*(?=,|$)')
_PARTS = re.compile(r"(\d{1,19})\.(-|\d{0,19})(?:\.[0-9a-f]{16})?")


class State(NamedTuple):
    """What a tag says of the thing: its edit version, and its stock as text."""

    version: int
    stock: str


def state(version: int, stock: int | None) -> State:
    """The state of a product."""
    return State(version, "-" if stock is None else str(stock))


def tag(of: State, body: bytes | None = None) -> str:
    """The strong entity tag of a thing in a state, shown as these bytes."""
    return f'"{of.version}.{of.stock}"' if body is None else f'"{of.version}.{of.stock}.{digest(body)}"'


def digest(body: bytes) -> str:
    """Sixteen hexadecimal digits that stand for the bytes."""
    return blake2b(body, digest_size=8).hexdigest()


def require(condition: str | None, now: State, *, stock: bool = False) -> None:
    """Raise `PreconditionFailed` unless an If-Match condition holds.

    It holds for the version alone; where the request sets the stock, the stock must be as it was shown too.
    """
    if condition is None or condition.strip() == "*":
        return
    for quoted, bare in _TAG.findall(condition):
        parts = _PARTS.fullmatch(quoted or bare)
        if parts and int(parts[1]) == now.version and (not stock or parts[2] == now.stock):
            return
    raise PreconditionFailed


def none_match(condition: str | None, tag: str) -> bool:
    """Whether an If-None-Match condition names the tag, by weak comparison: whether the client has the thing."""
    if condition is None:
        return False
    return condition.strip() == "*" or tag in (named.removeprefix("W/") for named in listed(condition))


def listed(condition: str) -> list[str]:
    """The entity tags of a list; ours hold no commas, so those that are cut at one are not ours."""
    return [named.strip() for named in condition.split(",")]
