"""The ranges of facets, against a plain count."""

import random
from collections import Counter
from collections.abc import Sequence

from app.domain.finding.numbers import ranges


def _counted(numbers: Sequence[int], most: int) -> list[tuple[int, int, int]]:
    """The ranges by the share that the numbers before each one fill."""
    counts = sorted(Counter(numbers).items())
    if len(counts) <= most:
        return [(number, number, count) for number, count in counts]
    found: dict[int, list[int]] = {}
    for number in numbers:
        found.setdefault(sum(one < number for one in numbers) * most // len(numbers), []).append(number)
    return [(min(found[share]), max(found[share]), len(found[share])) for share in sorted(found)]


def test_ranges() -> None:
    """Ranges hold every number once, equal ones together, and begin where the numbers before fill their share."""
    rng = random.Random(1)
    for _ in range(2_000):
        numbers = sorted(rng.randint(0, rng.choice([2, 6, 40])) for _ in range(rng.randint(0, 40)))
        most = rng.randint(1, 5)
        assert ranges(numbers, most) == _counted(numbers, most), (numbers, most)
