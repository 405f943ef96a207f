"""Text for terminals: control characters and direction marks from clients and files are escaped."""

import re

_UNSAFE = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
_IN_LINE, _IN_TEXT = re.compile(rf"[{_UNSAFE}\t\n]"), re.compile(rf"[{_UNSAFE}]")


def line(text: str) -> str:
    """One line of text: control characters, direction marks and separators become escapes such as `\\x1b`."""
    return _IN_LINE.sub(_escaped, text)


def lines(text: str) -> str:
    """Text of several lines, escaped like `line`; line breaks and tabs stay."""
    return _IN_TEXT.sub(_escaped, text)


def json(text: str) -> str:
    """One line of JSON, with those characters above U+001F escaped, which JSON itself leaves as they are."""
    return text if text.isascii() and "\x7f" not in text else _IN_TEXT.sub(_escaped_in_json, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _escaped_in_json(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
