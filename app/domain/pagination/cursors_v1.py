"""The fingerprints of cursors of version 1, so that cursors from before an upgrade still work.

Their fingerprint is that of the printed filter, whose search was folded without regard to scripts.
"""

import re
import unicodedata
from dataclasses import fields
from typing import Any

from app.domain.errors import InvalidCursor
from app.domain.pagination import cursors
from app.domain.unicode.text import WORD_LENGTH, Query

VERSION = "1"
_FIELDS = {
    "products": ("words", "categories", "min_price", "max_price", "currency", "in_stock", "sku"),
    "categories": ("words", "parent", "product"),
    "orders": ("caller", "status", "reference"),
}
"""The fields of each list's filter, in the order of version 1."""
_RUNS = re.compile(r"[^\W_]+")


class _Printed(str):
    def __repr__(self) -> str:
        return str(self)


def fingerprint(listing: str, filter_: Any) -> str:
    """The fingerprint of a filtered list; raises `InvalidCursor` if version 1 had no such list or filter."""
    known = _FIELDS.get(listing)
    if known is None:
        raise InvalidCursor
    later = (field.name for field in fields(filter_) if field.compare and field.name not in known)
    if any(getattr(filter_, name) is not None for name in later):
        raise InvalidCursor
    values = {name: getattr(filter_, name) for name in known}
    if values.get("words") is not None:
        values["words"] = _words(values["words"])
    printed = ", ".join(f"{name}={value!r}" for name, value in values.items())
    return cursors.hash_parts(listing, _Printed(f"Filter({printed})"))


def _words(query: Query) -> tuple[str, ...]:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", query.typed).casefold())
    folded = "".join(c for c in folded if not unicodedata.category(c).startswith("M"))
    return tuple(dict.fromkeys(run[:WORD_LENGTH] for run in _RUNS.findall(folded)))
