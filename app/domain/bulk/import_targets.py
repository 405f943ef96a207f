"""Which product a line of an import means by its sku, and on which line a file has meant it before."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from app.domain.unicode import identity


class SeenSkus(Protocol):
    """The skus that the earlier lines of a file have."""

    def first_lines(self, lines: Mapping[str, int]) -> dict[str, int]:
        """Remember the line of each target, unless an earlier one is known; the first lines of all of them."""


def stored_target(sku: str | None, key: str | None) -> str:
    """The target of a stored product; empty for one without a sku, which no line means."""
    return key or (f"\n{sku}" if sku else "")


class Targets:
    """Products by what lines call them: an exact spelling comes before a caseless one.

    A target is the key of a sku, or, for a product without a key, its exact spelling after a line break, which no key
    has.
    """

    def __init__(self, stored: Iterable[tuple[str, str | None]]) -> None:
        self._exact = {sku: stored_target(sku, key) for sku, key in stored}

    def of(self, spelled: str, sku: str) -> str:
        """The target of a sku as a line spells it, which is `sku` when trimmed."""
        return self._exact.get(spelled) or self._exact.get(sku) or identity.key(sku)
