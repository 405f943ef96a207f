r"""Converts HTML to plain text for descriptions: no tag remains, so nothing can run.

Every expression runs in linear time, also on hostile text: an unclosed element ends with the text.
"""

import html
import re

_TAG = r"""(?:[^>=]++|=\s*"[^"]*(?:"|\Z)|=\s*'[^']*(?:'|\Z)|=)*+(?:>|\Z)"""
_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<hidden>script|style|template|iframe|noscript)\b.*?(?:</(?P=hidden)\s*>|\Z)"
    rf"|</?(?P<name>[a-z][a-z0-9]*)\b{_TAG}"
    r"|<[!?/][^>]*(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_BLOCKS = frozenset(
    "address article aside blockquote dd div dl dt figure figcaption footer form h1 h2 h3 h4 h5 h6 header hr main ol p"
    " pre section table tr ul".split()
)
_LONG_REFERENCE = re.compile(r"&#x?[0-9a-f]{8,};?", re.IGNORECASE)
_BLANKS = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" *\n *")
_MANY_BREAKS = re.compile(r"\n{3,}")


def text(source: str, *, breaks: bool = False) -> str:
    r"""The text of HTML: blocks are paragraphs, `<br>` ends a line, items of lists have a bullet, scripts are nothing.

    Line breaks of the source count if it has no blocks, or if `breaks` says that its program shows them.
    """
    source = source.replace("\r\n", "\n")
    has_blocks = any((found["name"] or "").lower() in _BLOCKS for found in _MARKUP.finditer(source))
    if has_blocks and not breaks:
        source = " ".join(source.split())
    plain = html.unescape(_LONG_REFERENCE.sub("\ufffd", _MARKUP.sub(_replaced, source)))
    lines = _BREAKS.sub("\n", _BLANKS.sub(" ", plain))
    return _MANY_BREAKS.sub("\n\n", lines).strip()


def _replaced(markup: re.Match[str]) -> str:
    name = (markup["name"] or "").lower()
    if name in _BLOCKS:
        return "\n\n" if name != "tr" else "\n"
    if name == "li":
        return "" if markup[0].startswith("</") else "\n• "
    return {"br": "\n", "td": " ", "th": " "}.get(name, "")
