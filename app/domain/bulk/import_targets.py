"""Matches the lines of an import to products by sku, and finds repeated skus."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from app.domain.bulk.import_lines import Entry
from app.domain.errors import Code, FieldError
from app.domain.fields.drafts import Draft
from app.domain.unicode import identity


class SeenSkus(Protocol):
    """The skus of the earlier lines of a file."""

    def first_lines(self, lines: Mapping[str, int]) -> dict[str, int]:
        """Store the line of each sku unless an earlier line is stored; returns the first lines."""


class Holder(NamedTuple):
    """A variant with a sku: its product, the sku, and its position in the product.

    Its key is `None` if another variant with an equal sku has the key.
    """

    product_id: int
    sku: str
    key: str | None
    position: int


@dataclass(slots=True)
class Target:
    """A product: its id, which is negative until it is stored, how the batch found it, and what comes of it.

    `first` is the first variant's sku as `Targets` has it, empty where no line has that.
    """

    id: int
    before: Draft | None
    draft: Draft | None
    first: str = ""


class Targets:
    """Products by sku after the lines so far.

    A sku stands for its key, or, where a variant has none, for its exact spelling after a line break, which no key has:
    an exact spelling comes before a caseless one. New products get ids below that of `newest`.
    """

    def __init__(self, drafts: Mapping[int, Draft], holders: Iterable[Holder], newest: int = 0) -> None:
        self._newest = newest
        self._exact: dict[str, str] = {}
        self._by_sku: dict[str, Target] = {}
        found = {product_id: Target(product_id, draft, draft) for product_id, draft in drafts.items()}
        for product_id, sku, key, position in holders:
            self._exact[sku] = spelled = key or f"\n{sku}"
            if product_id in found:
                self._by_sku[spelled] = found[product_id]
                if position == 0:
                    found[product_id].first = spelled

    def skus(self, entry: Entry) -> Sequence[str | None]:
        """The skus of a line, its own first, then those of its variants; empty if its own is invalid."""
        if not entry.sku:
            return ()
        own = self._exact.get(entry.spelled) or self._exact.get(entry.sku) or entry.key
        variants = entry.edit.get("variants")
        return (own, *map(self._sku, variants)) if variants else (own,)

    def _sku(self, variant: Mapping[str, str | None]) -> str | None:
        sku = variant.get("sku")
        return None if sku is None else self._exact.get(sku) or identity.key(sku)

    def meant(self, skus: Sequence[str | None]) -> tuple[Target | None, list[FieldError]]:
        """The product of a line with these skus (`None`: a new one), and the errors of skus that other products have.

        It is that of the line's own sku. A line with variants may also mean it by the sku of any of them.
        """
        own = skus[0]
        found = self._by_sku.get(own or "")
        if len(skus) == 1:
            is_first = found is None or found.first == own
            return found, [] if is_first else [_taken("sku", by="A variant of a product")]
        of_variants = skus[1:]
        others = [None if sku is None else self._by_sku.get(sku) for sku in of_variants]
        found = found or next(filter(None, others), None)
        strange = (n for n, other in enumerate(others) if other is not None and other is not found)
        return found, [_taken("variants", n, "sku", by="Another product") for n in strange]

    def new(self) -> Target:
        """A new product."""
        self._newest -= 1
        return Target(self._newest, None, None)

    def settle(self, target: Target, draft: Draft, skus: Sequence[str | None]) -> None:
        """Record the draft of a line with these skus; a line with variants replaces the product's skus."""
        before, target.draft = target.draft, draft
        if before is not None and len(skus) == 1 and len(before.variants) == len(draft.variants):
            return
        for one in () if before is None else before.variants:
            self._give_up(target, one.sku)
        target.first = skus[0] or ""
        self._by_sku |= {sku: target for sku in skus if sku is not None}

    def _give_up(self, target: Target, sku: str | None) -> None:
        for spelled in () if sku is None else (identity.key(sku), f"\n{sku}"):
            if self._by_sku.get(spelled) is target:
                del self._by_sku[spelled]


def _taken(*field: str | int, by: str) -> FieldError:
    return FieldError(field, f"{by} has this sku.", Code.CONFLICT)


def repeated(number: int, skus: Sequence[str | None], first_lines: Mapping[str, int]) -> list[FieldError]:
    """The errors of a line whose skus are on earlier lines."""
    found = []
    for n, sku in enumerate(skus):
        first = number if sku is None else first_lines[sku]
        if first != number and not (n == 1 and sku == skus[0]):
            field = ("variants", n - 1, "sku") if n else ("sku",)
            found.append(FieldError(field, f"`sku` is already on line {first}."))
    return found
