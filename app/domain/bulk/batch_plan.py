"""The plan of a batch: the effects of its operations on the products that it found.

A batch is planned in memory, one operation after the other. What they come to is then written by a few statements, in
waves (`batch_runs`): a wave changes each product at most once.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from app.domain import etags
from app.domain.addresses import Address
from app.domain.bulk.batch_slugs import BatchSlugs
from app.domain.bulk.batches import Operation
from app.domain.bulk.import_targets import Holder
from app.domain.catalogue import categories, product_edits, variant_images
from app.domain.catalogue.product_edits import Edit
from app.domain.catalogue.product_rows import Stored
from app.domain.errors import Invalid, NotFound, SkuTaken, SlugTaken
from app.domain.etags import Conditions
from app.domain.fields.drafts import Draft
from app.domain.unicode import identity
from app.domain.unit_of_work import Unit

_NONE = frozenset[str]()
_VARIANTS = 1_000
"""The variants of a wave, about."""


@dataclass(eq=False)
class Target:
    """A product after the operations so far.

    Its id is 0 until it is created, its draft None after it is deleted.
    """

    id: int
    draft: Draft | None
    version: int


class Step(NamedTuple):
    """The effect of an operation: a product before and after it, and its new version. A `sale` is no edit.

    `gives` are the skus, by their keys, and the slug that the product gives up; `takes` are those that it takes.
    """

    target: Target
    before: Draft | None
    after: Draft | None
    version: int
    sale: bool
    gives: frozenset[str]
    takes: frozenset[str]

    @property
    def status(self) -> int:
        """The status of such an operation in HTTP."""
        return 201 if self.before is None else 204 if self.after is None else 200


class Plan:
    """The products of a batch by their addresses, as they are found and as the operations change them."""

    def __init__(
        self,
        found: Iterable[Stored],
        holders: Iterable[Holder],
        known_categories: Container[int],
        slugs: BatchSlugs,
        unit: Unit,
    ) -> None:
        self._unit = unit
        self._targets = {one.id: Target(one.id, one.draft, one.version) for one in found}
        self._known_categories, self._slugs = known_categories, slugs
        self._by_sku: dict[str, Target] = {}
        self._by_key: dict[str, Target] = {}
        for product_id, sku, key, _ in holders:
            if target := self._targets.get(product_id):
                self._by_sku[sku] = target
                self._by_key |= {} if key is None else {key: target}

    async def add(self, operation: Operation) -> Step:
        """Plan an operation; if it raises, it changes nothing."""
        address, edit = operation.address, operation.edit
        if operation.faults:
            raise Invalid(operation.faults)
        if address is None:
            return await self._change(Target(0, None, 0), edit)
        target = self._find(address)
        if target is None and operation.kind == "upsert":
            Conditions(operation.if_match).require_none()
            return await self._change(Target(0, None, 0), product_edits.creation_edit(edit, address))
        if target is None or target.draft is None:
            raise NotFound("product")
        if operation.kind == "adjustStock":
            return self._sell(target, target.draft, operation.delta)
        if operation.if_match is not None:
            state = Stored(target.id, target.draft, target.version).state
            etags.require(operation.if_match, state, stock=product_edits.sets_stock(edit))
        if operation.kind == "delete":
            return self._become(target, None, target.version)
        if operation.kept is not None:
            edit = product_edits.replacement_edit(edit, operation.kept, address)
        return await self._change(target, edit)

    def _find(self, address: Address) -> Target | None:
        """The product of an address, by the rules of `product_lookup`."""
        if isinstance(address, int):
            return self._targets.get(address)
        sku, key = address.value, identity.key(address.value)
        for target in (self._by_sku.get(sku), self._by_sku.get(identity.trim(sku)), self._by_key.get(key)):
            first = target and target.draft and target.draft.first.sku
            if first and (first == sku or identity.key(first) == key):
                return target
        return None

    async def _change(self, target: Target, edit: Edit) -> Step:
        categories.require_known(edit.get("category_ids") or (), self._known_categories)
        before = target.draft
        after = product_edits.apply(edit) if before is None else product_edits.revise(before, edit)
        if edit.get("variants"):
            await variant_images.require(self._unit, target.id, before, after)
        self._require_free(target, _skus(before), _skus(after))
        if not after.slug:
            after = replace(after, slug=await self._slugs.free(after.name))
        elif (before is None or after.slug != before.slug) and await self._slugs.is_taken(after.slug):
            raise SlugTaken
        return self._become(target, after, target.version + (after != before))

    def _sell(self, target: Target, before: Draft, delta: int) -> Step:
        first = replace(before.first, stock=product_edits.adjusted_stock(before.first.stock, delta))
        after = replace(before, variants=(first, *before.variants[1:]))
        return self._become(target, after, target.version, sale=True)

    def _become(self, target: Target, after: Draft | None, version: int, *, sale: bool = False) -> Step:
        before, target.draft, target.version = target.draft, after, version
        if before and after and before.slug == after.slug and _skus(before) == _skus(after):
            return Step(target, before, after, version, sale, _NONE, _NONE)
        old, new = _names(before), _names(after)
        step = Step(target, before, after, version, sale, old - new, new - old)
        for sku in _skus(before):
            self._by_sku.pop(sku, None)
        self._by_sku |= dict.fromkeys(_skus(after), target)
        for key in step.gives:
            if self._by_key.get(key) is target:
                del self._by_key[key]
        self._by_key |= dict.fromkeys(step.takes, target)
        self._slugs.move(before.slug if before else None, after.slug if after else None)
        return step

    def _require_free(self, target: Target, before: Sequence[str], after: Sequence[str]) -> None:
        """Raise `Conflict` if another variant has one of the new skus."""
        if before == after:
            return
        holders = [self._by_sku.get(sku) or self._by_key.get(identity.key(sku)) for sku in after if sku not in before]
        if not {None, target}.issuperset(holders) or len(set(map(identity.key, after))) < len(after):
            raise SkuTaken


def _skus(draft: Draft | None) -> list[str]:
    return [] if draft is None else [one.sku for one in draft.variants if one.sku is not None]


def _names(draft: Draft | None) -> frozenset[str]:
    """The unique keys of a product: those of its skus, and its slug after a line break, which no other key contains."""
    return _NONE if draft is None else frozenset((*map(identity.key, _skus(draft)), f"\n{draft.slug}"))


def waves(steps: Iterable[tuple[int, Step]]) -> Iterable[list[tuple[int, Step]]]:
    """Steps in groups: each group changes a product at most once, and takes no sku or slug that it gives up.

    Products of very many variants together are in several groups: to write one takes the event loop.
    """
    wave: list[tuple[int, Step]] = []
    variants = 0
    touched: set[Target] = set()
    freed: set[str] = set()
    for place, step in steps:
        if variants > _VARIANTS or step.target in touched or not freed.isdisjoint(step.takes):
            yield wave
            wave, touched, freed, variants = [], set(), set(), 0
        wave.append((place, step))
        touched.add(step.target)
        variants += len(step.after.variants) if step.after else 0
        freed |= step.gives
    if wave:
        yield wave
