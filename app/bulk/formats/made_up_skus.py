"""Skus for rows that have none, or share theirs with others: the product's handle and the values of its options.

The same row gets the same sku in every file, whatever else the file has.
"""

from collections.abc import Iterable
from hashlib import sha256

from app.bulk.formats import cells
from app.bulk.formats.row_file import RowFile
from app.domain import models
from app.domain.unicode import identity

_BETWEEN = ":"
"""A separator that handles and names rarely contain."""
_DIGITS = 10


class GeneratedSkus:
    """Generates skus that no row of a file has."""

    def __init__(self, rows: RowFile) -> None:
        self._rows = rows

    def is_shared(self, sku: str) -> bool:
        """Whether several rows have this sku."""
        return self._rows.times(identity.key(sku)) > 1

    def make(self, base: str, values: Iterable[str]) -> str:
        """The joined parts; with a hash at the end if the text is cut or ambiguous."""
        parts = [identity.clean(cells.line(part)) for part in (base, *values)]
        sku = _BETWEEN.join(parts)
        plain = len(sku) <= models.MAX_SKU and not any(_BETWEEN in part for part in parts)
        if plain and not self._rows.times(identity.key(sku)):
            return sku
        digest = sha256("\n".join(map(identity.key, parts)).encode()).hexdigest()[:_DIGITS]
        return f"{sku[: models.MAX_SKU - _DIGITS - 1].rstrip()}{_BETWEEN}{digest}"
