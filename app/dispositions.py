"""Names of downloads (RFC 6266): whatever a file is called, it can be said in a header."""

import re
from urllib.parse import quote

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")
"""No name of a file has these; browsers would put something else in their place, or believe in a folder."""
_CONFUSING = re.compile(r'[^ -~]|["%]')
"""What does not stand in a quoted string as it is, or is read in two ways by browsers (appendix D)."""
_ATTRIBUTE = "!#$&+-.^_`|~"
"""What needs no percent-encoding besides letters and digits (RFC 8187, section 3.2.1)."""


def attachment(filename: str) -> str:
    """The `Content-Disposition` of a file: its name in ASCII, as far as that goes, and in UTF-8 (RFC 8187)."""
    name = _UNSAFE.sub("_", filename)
    exact = quote(name, safe=_ATTRIBUTE, errors="replace")
    return f"attachment; filename=\"{_CONFUSING.sub('_', name)}\"; filename*=UTF-8''{exact}"
