"""Slugs of the products of a batch: stored products and earlier operations take them."""

from collections import Counter
from collections.abc import Collection, Sequence

from app.domain import slugs
from app.domain.bulk.batches import Operation
from app.domain.catalogue.product_rows import taken_slugs
from app.domain.unit_of_work import Unit


class BatchSlugs:
    """Looks up each slug once, and chooses free slugs like single requests."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._taken: dict[str, bool] = {}

    async def expect(self, operations: Sequence[Operation]) -> None:
        """Look up the slugs that operations will probably need, in one statement."""
        names = Counter(slugs.of_name(one.edit["name"]) for one in operations if one.edit.get("name"))
        numbered = {slugs.numbered(slug, n) for slug, count in names.items() for n in range(2, count + 1)}
        await self._look_up(names.keys() | numbered | {slug for one in operations if (slug := one.edit.get("slug"))})

    async def is_taken(self, slug: str) -> bool:
        """Whether a product has a slug after the operations so far."""
        if slug not in self._taken:
            await self._look_up([slug])
        return self._taken[slug]

    async def free(self, name: str) -> str:
        """The slug that a product of this name gets."""
        plain = slugs.of_name(name)
        if not await self.is_taken(plain):
            return plain
        lookup = slugs.choose([plain])
        pending = next(lookup)
        while True:
            await self._look_up(pending)
            try:
                pending = lookup.send({slug for slug in pending if self._taken[slug]})
            except StopIteration as stop:
                return str(stop.value[0])

    def move(self, before: str | None, after: str | None) -> None:
        """Record that a product gives up a slug and takes another; `None` for no slug."""
        if before:
            self._taken[before] = False
        if after:
            self._taken[after] = True

    async def _look_up(self, pending: Collection[str]) -> None:
        unknown = {slug for slug in pending if slug not in self._taken}
        if unknown:
            stored = await taken_slugs(self._unit, unknown)
            self._taken |= {slug: slug in stored for slug in unknown}
