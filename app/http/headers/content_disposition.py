"""Content-Disposition (RFC 6266): file names with any characters."""

import re
from urllib.parse import quote

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Controls, slashes, marks of direction and line separators: browsers replace them, or show another name."""
_CONFUSING = re.compile(r'[^ -~]|["%]')
"""Characters that need an escape in a quoted string, or that browsers read differently (appendix D)."""
_ATTRIBUTE = "!#$&+-.^_`|~"
"""Characters besides letters and digits that need no percent-encoding (RFC 8187, section 3.2.1)."""


def attachment(filename: str) -> str:
    """The `Content-Disposition` of a file: its name in ASCII, as far as that goes, and in UTF-8 (RFC 8187)."""
    name = _UNSAFE.sub("_", filename)
    exact = quote(name, safe=_ATTRIBUTE, errors="replace")
    return f"attachment; filename=\"{_CONFUSING.sub('_', name)}\"; filename*=UTF-8''{exact}"
