"""Entity tags (RFC 9110, section 8.8.3) with the edit version, so that a sale does not invalidate them.

A tag is `"version.stock.digest"`: the version, the stock where the whole thing was shown (`-`: not counted, empty:
not shown, a digest of the stocks of several variants), and a digest of the answer's bytes. GraphQL's `etag` has no
bytes of its own, and ends after the stock.
"""

import re
from hashlib import blake2b
from typing import NamedTuple

from app.domain.errors import PreconditionFailed

_TAG = re.compile(r'(?:^|,)\s*(?:W/)?(?:"([^"]*)"|([^",\s]+))\s*(?=,|$)')
_MOST = 8_192
"""Characters of a condition that are read: tags beyond them match nothing."""
_SUFFIXES = ("-gzip", "--gzip", ";gzip", "-br", "-zstd", "-deflate")
_PARTS = re.compile(r"(\d{1,19})\.(-|\d{0,19}|[0-9a-f]{16})(?:\.[0-9a-f]{16})?")


class State(NamedTuple):
    """The state in a tag: the edit version, and the stock as text."""

    version: int
    stock: str


def state(version: int, *stocks: int | None) -> State:
    """The state of a variant, or of a product with these variants."""
    texts = ["-" if stock is None else str(stock) for stock in stocks]
    return State(version, texts[0] if len(texts) == 1 else digest(",".join(texts).encode()))


def tag(of: State, body: bytes | None = None) -> str:
    """The strong entity tag of a resource in a state, with these bytes."""
    return f'"{of.version}.{of.stock}"' if body is None else f'"{of.version}.{of.stock}.{digest(body)}"'


def of_bytes(body: bytes) -> str:
    """The strong entity tag of a resource without versions: a hash of its bytes."""
    return f'"{digest(body)}"'


def digest(body: bytes) -> str:
    """A hash of the bytes: sixteen hexadecimal digits."""
    return blake2b(body, digest_size=8).hexdigest()


def require(condition: str | None, now: State, *, stock: bool = False) -> None:
    """Raise `PreconditionFailed` unless an If-Match condition holds.

    The version must match; if the request sets the stock, the stock must match too.
    """
    if condition is not None and not _names(condition, now, stock=stock):
        raise PreconditionFailed


def _names(condition: str, now: State, *, stock: bool = False) -> bool:
    """Whether a condition is `*`, or has a tag of the state."""
    parts = map(_PARTS.fullmatch, opaque_tags(condition))
    return condition.strip() == "*" or any(
        found and int(found[1]) == now.version and (not stock or found[2] == now.stock) for found in parts
    )


class Conditions(NamedTuple):
    """The conditions of a write that creates or replaces a resource (RFC 9110, section 13.1)."""

    if_match: str | None = None
    if_none_match: str | None = None

    def require_none(self) -> None:
        """Raise `PreconditionFailed` if the resource must exist."""
        if self.if_match is not None:
            raise PreconditionFailed

    def require(self, now: State, *, stock: bool = False) -> None:
        """Raise `PreconditionFailed` unless the conditions hold for the present state."""
        require(self.if_match, now, stock=stock)
        if self.if_none_match is not None and _names(self.if_none_match, now):
            raise PreconditionFailed


def match(condition: str, tag: str) -> bool:
    """Whether an If-Match condition names one of our tags, or is `*`. Tags without quotes pass too."""
    return condition.strip() == "*" or tag[1:-1] in opaque_tags(condition)


def none_match(condition: str | None, tag: str) -> bool:
    """Whether an If-None-Match condition names the tag or is `*`: whether the client has the representation."""
    if condition is None:
        return False
    return condition.strip() == "*" or tag[1:-1] in opaque_tags(condition, bare=False)


def opaque_tags(condition: str, *, bare: bool = True) -> list[str]:
    """The tags of a list without quotes, and without the changes of compressing proxies.

    nginx and HAProxy weaken a tag (`W/`), Caddy and others append one suffix to its text. What remains is compared with
    tags that this service made, so a suffix counts only behind one of those. `bare` tags have no quotes.
    """
    tags = [quoted or (unquoted if bare else "") for quoted, unquoted in _TAG.findall(condition[:_MOST])]
    return tags + [tag.removesuffix(suffix) for tag in tags for suffix in _SUFFIXES if tag.endswith(suffix)]
