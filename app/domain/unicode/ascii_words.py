"""The words of ASCII text, which most text is, without a regular expression."""

_LOWER = bytes(n if chr(n).isalnum() else 32 for n in bytes(range(128)).lower())
_TABLE = _LOWER + b" " * 128
"""Bytes in lower case, with a space for each byte that is no letter or digit."""


def ascii_words(text: str) -> list[str]:
    """The runs of letters and digits of an ASCII text, in lower case."""
    return text.encode().translate(_TABLE).decode().split()
