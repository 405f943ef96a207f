"""Byte ranges (RFC 9110, section 14): which bytes of a thing a request asks for."""

import re
from collections.abc import Sequence
from typing import NamedTuple

MAX_RANGES = 16
"""How many a request may name; beyond that it gets the whole."""
_GAP = 80
"""Bytes between two ranges that cost less than the header of another part."""
_FORM = re.compile(r"bytes=(.*)", re.IGNORECASE | re.DOTALL)
_SPEC = re.compile(r"([0-9]+)-([0-9]*)|-([0-9]+)")
_DIGITS = 20
"""As many as the largest size may have, and one more."""


class Span(NamedTuple):
    """The bytes from `start` up to, and without, `stop`."""

    start: int
    stop: int


class Unsatisfiable(Exception):
    """No range that was asked for has any of the bytes."""


def asked(headers: Sequence[str], size: int) -> tuple[Span, ...] | None:
    """What the `Range` fields of a GET ask of so many bytes, in their order; None: the whole.

    Ranges that overlap, or nearly touch, come as one. What is malformed, of a unit that is not known, or of too many
    ranges, is ignored, as section 14.2 has it. Raises `Unsatisfiable`.
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
        return None  # the last bytes of nothing are there, but no Content-Range can say so
    satisfiable = [span for span in spans if span.start < span.stop]
    if not satisfiable:
        raise Unsatisfiable
    return _joined(satisfiable)


def _span(match: re.Match[str], size: int) -> Span:
    if match[3]:
        return Span(max(0, size - _number(match[3])), size)
    return Span(_number(match[1]), min(size, _number(match[2]) + 1) if match[2] else size)


def _number(digits: str) -> int:
    """A number of any length; beyond every size they are alike."""
    return int(digits.lstrip("0")[:_DIGITS] or "0")


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same without overlaps, each where the first of its parts stood."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].stop + _GAP:
            joined[-1] = Span(joined[-1].start, max(joined[-1].stop, span.stop))
        else:
            joined.append(span)
    places = {whole: next(n for n, s in enumerate(spans) if whole.start <= s.start < whole.stop) for whole in joined}
    return tuple(sorted(joined, key=places.__getitem__))
