"""Slugs of the products of a batch: which are taken, by products that are stored and by earlier operations."""

from collections import Counter
from collections.abc import Collection, Iterable

from app.domain import slugs
from app.domain.bulk.batches import Operation
from app.domain.catalogue.product_rows import taken_slugs
from app.domain.unit_of_work import Unit


class BatchSlugs:
    """Looks slugs up, each of them once, and chooses free ones as single requests do."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._taken: dict[str, bool] = {}

    async def expect(self, operations: Iterable[Operation]) -> None:
        """Look up together what operations are likely to ask for."""
        names = Counter(slugs.of_name(one.edit["name"]) for one in operations if one.edit.get("name"))
        likely = {slugs.numbered(slug, number + 1) for slug, count in names.items() for number in range(count)}
        await self._look_up(likely | {slug for one in operations if (slug := one.edit.get("slug"))})

    async def is_taken(self, slug: str) -> bool:
        """Whether a product has a slug after the operations so far."""
        await self._look_up([slug])
        return self._taken[slug]

    async def free(self, name: str) -> str:
        """The slug that a product of this name gets."""
        plain = slugs.of_name(name)
        if not await self.is_taken(plain):
            return plain
        lookup = slugs.choose([plain])
        wanted = next(lookup)
        while True:
            await self._look_up(wanted)
            try:
                wanted = lookup.send({slug for slug in wanted if self._taken[slug]})
            except StopIteration as stop:
                return str(stop.value[0])

    def move(self, before: str | None, after: str | None) -> None:
        """Note that a product gives up a slug and takes one; None: it has none."""
        self._taken |= {slug: taken for slug, taken in ((before, False), (after, True)) if slug}

    async def _look_up(self, wanted: Collection[str]) -> None:
        unknown = {slug for slug in wanted if slug not in self._taken}
        if unknown:
            stored = await taken_slugs(self._unit, unknown)
            self._taken |= {slug: slug in stored for slug in unknown}
