"""Byte ranges (RFC 9110, section 14): the `Range` header."""

import re
from collections.abc import Sequence
from typing import NamedTuple

MAX_RANGES = 16
"""The maximum ranges of a request. With more it gets the whole content."""
_GAP = 80
"""Ranges at most this many bytes apart are joined: the gap is smaller than the header of another part."""
_FORM = re.compile(r"bytes=(.*)", re.IGNORECASE | re.DOTALL)
_SPEC = re.compile(r"([0-9]+)-([0-9]*)|-([0-9]+)")
_DIGITS = 20
"""The maximum digits of a position: one more than the largest size has."""


class Span(NamedTuple):
    """The bytes from `start` to `stop`, which is not included."""

    start: int
    stop: int


class Unsatisfiable(Exception):
    """No requested range contains a byte of the content."""


def parse_ranges(headers: Sequence[str], size: int) -> tuple[Span, ...] | None:
    """The requested spans of `size` bytes, in the client's order; None: the whole content.

    Ranges that overlap or nearly touch are joined. A malformed header, an unknown unit, or too many ranges are ignored
    (section 14.2). Raises `Unsatisfiable`.
    """
    form = _FORM.fullmatch(headers[0]) if len(headers) == 1 else None
    specs = [spec.strip(" \t") for spec in form[1].split(",")] if form else []
    found = [_SPEC.fullmatch(spec) for spec in specs if spec]
    if not 0 < len(found) <= MAX_RANGES:
        return None
    spans = []
    for match in found:
        if match is None or (match[2] and _number(match[2]) < _number(match[1])):
            return None
        spans.append(_span(match, size))
    if size == 0 and any(match and match[3] and _number(match[3]) for match in found):
        return None  # satisfiable, but Content-Range cannot express the last bytes of empty content
    satisfiable = [span for span in spans if span.start < span.stop]
    if not satisfiable:
        raise Unsatisfiable
    return _joined(satisfiable)


def _span(match: re.Match[str], size: int) -> Span:
    if match[3]:
        return Span(max(0, size - _number(match[3])), size)
    return Span(_number(match[1]), min(size, _number(match[2]) + 1) if match[2] else size)


def _number(digits: str) -> int:
    """A position of any length, cut to `_DIGITS` digits."""
    return int(digits.lstrip("0")[:_DIGITS] or "0")


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans without overlaps, in the order of their first parts."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].stop + _GAP:
            joined[-1] = Span(joined[-1].start, max(joined[-1].stop, span.stop))
        else:
            joined.append(span)
    places = {whole: next(n for n, s in enumerate(spans) if whole.start <= s.start < whole.stop) for whole in joined}
    return tuple(sorted(joined, key=places.__getitem__))
