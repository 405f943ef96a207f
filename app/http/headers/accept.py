"""The `Accept` header (RFC 9110, section 12.5.1)."""

import re
from functools import lru_cache

JSON = "application/json"
_OTHER_JSON = re.compile(r"application/[^/;,\s]+\+json")
"""Clients that name a structured-syntax suffix (RFC 6839) read JSON; generated ones name `application/problem+json`."""


_MOST = 4_096
"""Characters of an `Accept` that are read; ranges that are not there whole count for nothing."""


def takes_json(accept: str | None) -> bool:
    """Whether this `Accept` allows JSON."""
    return accept is None or accept in ("*/*", JSON) or _takes_json(_cut(accept))


@lru_cache(maxsize=256)
def _takes_json(accept: str) -> bool:
    named = media_ranges(accept)
    others = [weight for name, weight in named.items() if _OTHER_JSON.fullmatch(name)]
    return quality(accept, JSON) > 0 or (named.get(JSON) != 0.0 and max(others, default=0.0) > 0)


def quality(accept: str, media_type: str) -> float:
    """The quality of a media type, from 0 to 1: the weight of the most specific matching range."""
    return _quality(_cut(accept), media_type)


def _cut(accept: str) -> str:
    return accept if len(accept) <= _MOST else accept[:_MOST].rpartition(",")[0]


@lru_cache(maxsize=256)
def _quality(accept: str, media_type: str) -> float:
    if not accept.strip():
        return 1.0
    ranges = media_ranges(accept)
    covering = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in covering if name in ranges), 0.0)


def media_ranges(accept: str) -> dict[str, float]:
    """The media ranges of an `Accept` in lower case with their weights, in the order of the header."""
    ranges: dict[str, float] = {}
    for part in _cut(accept).lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        ranges[name] = _weight(parameters)
    return ranges


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
