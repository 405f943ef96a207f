"""Counts of the contents of a shop's file, and of what a product cannot hold."""

import re
from collections import Counter
from collections.abc import Mapping

_FIRST_PLURAL = re.compile(r"(?<=\w)s\b")


class FileSummary:
    """Counts and remarks about a file.

    What is `not_held` was left out; what is `changed` was fitted. Their names are plurals.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.products = self.variants = self.images = 0
        self.not_held, self.changed = Counter[str](), Counter[str]()
        self.remarks: list[str] = []

    def __str__(self) -> str:
        held = {"products": self.products, "variants": self.variants, "images": self.images}
        parts = [_listed(held)]
        parts += [f"not held: {_listed(self.not_held)}"] if self.not_held else []
        parts += [f"changed: {_listed(self.changed)}"] if self.changed else []
        return f"FILE was read as {self.title}: {'; '.join(parts + self.remarks)}"


def _listed(counts: Mapping[str, int]) -> str:
    """The counts with their names; for 1, the first word that ends with s becomes singular."""
    singular = {name: _FIRST_PLURAL.sub("", name, count=1) for name, count in counts.items() if count == 1}
    return ", ".join(f"{count} {singular.get(name, name)}" for name, count in counts.items())
