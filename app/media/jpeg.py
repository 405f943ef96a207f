"""The structure of a JPEG (ITU-T T.81, annex B), read without decoding: its memory, and whether it is whole."""

import re
from collections.abc import Iterator
from typing import NamedTuple

END = b"\xff\xd9"
_END = 0xD9
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The markers SOF0 to SOF15."""
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
SCAN = 0xDA
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]", re.DOTALL)
"""A marker with parameters, or the end marker."""
_BYTES_OF_COEFFICIENT = 2
_COEFFICIENTS = 64


class Segment(NamedTuple):
    """A marker segment: its marker, and its parameters."""

    marker: int
    data: bytes


def segments(content: bytes) -> Iterator[Segment]:
    """The marker segments with parameters, in their order, and the end marker; entropy-coded data is passed over."""
    at = 2
    while found := _MARKER.search(content, at):
        at, marker = found.start(), found[0][1]
        if marker == _END:
            yield Segment(marker, b"")
            return
        size = int.from_bytes(content[at + 2 : at + 4])
        yield Segment(marker, content[at + 4 : at + 2 + size])
        at += 2 + max(2, size)


def coefficient_bytes(content: bytes) -> int:
    """The memory that a decoder needs for coefficients: those of all pixels, if they arrive in several scans."""
    frame = components = None
    for segment in segments(content):
        if segment.marker in _FRAMES and len(segment.data) >= 6:
            frame, components = segment, _sampling(segment)
        elif segment.marker == SCAN and frame is not None and components:
            if frame.marker not in _PROGRESSIVE and segment.data[:1] == frame.data[5:6]:
                return 0
            height, width = int.from_bytes(frame.data[1:3]), int.from_bytes(frame.data[3:5])
            most = max(components.values())
            return width * height * sum(components.values()) * _BYTES_OF_COEFFICIENT // most
    return 0


def has_end(content: bytes) -> bool:
    """Whether the image has its end marker."""
    return any(segment.marker == _END for segment in segments(content))


def has_every_scan(content: bytes) -> bool:
    """Whether the scans have all coefficients of all components, in full precision."""
    missing: dict[int, set[int]] = {}
    for marker, data in segments(content):
        if marker in _FRAMES:
            missing = {component: set(range(_COEFFICIENTS)) for component in _sampling(Segment(marker, data))}
        elif marker == SCAN and data:
            count = data[0]
            first, last, precision = (*data[1 + 2 * count :], 0, 0, 0)[:3]
            if precision & 0x0F == 0:
                for component in data[1 : 1 + 2 * count : 2]:
                    missing.get(component, set()).difference_update(range(first, last + 1))
    return bool(missing) and not any(missing.values())


def without_end(content: bytes) -> bytes:
    """The content up to the last byte that may belong to a pixel: without zeros, or half a marker, behind it."""
    body = content.rstrip(b"\0")
    if not body.endswith(b"\xff"):
        return body
    return body + b"\0" if len(body) < len(content) else body[:-1]


def _sampling(frame: Segment) -> dict[int, int]:
    """The samples of each component in a coding unit, by the component's id."""
    parts = frame.data[6:]
    return {parts[at]: (parts[at + 1] >> 4) * (parts[at + 1] & 0x0F) for at in range(0, len(parts) - 2, 3)}
