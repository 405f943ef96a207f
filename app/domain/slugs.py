"""Slugs of products: the words of the name, and a number behind them where other products have those words.

`choose` does not know how slugs are looked up: it yields some, and is sent those of them that are taken. So requests
and migrations number alike. It finds a free number in a few rounds, however many are taken.
"""

from collections import Counter
from collections.abc import Collection, Generator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias, TypeVar

from app.domain.models import MAX_SLUG
from app.domain.unicode import identity

T = TypeVar("T")
Lookup: TypeAlias = Generator[list[str], Collection[str], T]

_ORDERS = 18
"""Powers of 8 that are tried as numbers: more than there are ids."""
_STEPS = 16


@lru_cache(maxsize=1024)
def of_name(name: str) -> str:
    """The slug that a name makes; `product` where it has no words."""
    return identity.slug(name)[:MAX_SLUG].rstrip("-") or "product"


def numbered(slug: str, number: int) -> str:
    """A slug with a number from 2 behind it, cut to fit."""
    suffix = f"-{number}"
    return slug if number == 1 else slug[: MAX_SLUG - len(suffix)].rstrip("-") + suffix


def is_of_name(slug: str, name: str) -> bool:
    """Whether a slug was made from a name, with or without a number."""
    number = slug.rpartition("-")[2]
    plain = of_name(name)
    return slug == plain or (number.isdecimal() and slug == numbered(plain, int(number)))


def choose(plain: Sequence[str]) -> Lookup[list[str]]:
    """A free slug for each of these, with a number where it is taken; equal ones get different numbers."""
    chosen: dict[str, int] = {}
    left = list(range(len(plain)))
    while left:  # again for those that came to the same slug from different ones
        free = yield from _some(Counter(plain[n] for n in left), chosen)
        found = {slug: iter(of_slug) for slug, of_slug in free.items()}
        for n in left:
            chosen.setdefault(next(found[plain[n]]), n)
        done = set(chosen.values())
        left = [n for n in left if n not in done]
    return sorted(chosen, key=chosen.__getitem__)


def _some(counts: Mapping[str, int], reserved: Collection[str]) -> Lookup[dict[str, list[str]]]:
    """So many free slugs for each: the first numbers, or those that follow one that is taken."""
    first = {slug: [numbered(slug, number + 1) for number in range(count)] for slug, count in counts.items()}
    taken = {*(yield [slug for slugs in first.values() for slug in slugs]), *reserved}
    free = {slug: pending for slug, pending in first.items() if taken.isdisjoint(pending)}
    further = {slug: _further(slug, count) for slug, count in counts.items() if slug not in free}
    return free | (yield from _together(further, reserved))


def _together(lookups: Mapping[str, Lookup[T]], reserved: Collection[str]) -> Lookup[dict[str, T]]:
    """The results of several lookups; each round asks for all at once. The slugs that are `reserved` are taken."""
    returned: dict[str, T] = {}
    pending = {name: next(lookup) for name, lookup in lookups.items()}
    while pending:
        taken = {*(yield [slug for slugs in pending.values() for slug in slugs]), *reserved}
        for name in list(pending):
            try:
                pending[name] = lookups[name].send(taken)
            except StopIteration as stop:
                returned[name] = stop.value
                del pending[name]
    return returned


def _further(slug: str, count: int) -> Lookup[list[str]]:
    """The given number of free slugs whose numbers follow one that is taken."""
    low, high = 0, 1
    taken = yield [numbered(slug, 8**order) for order in range(_ORDERS)]
    while numbered(slug, high) in taken:
        low, high = high, 8 * high
    while high - low > _STEPS:
        step = -(-(high - low) // _STEPS)
        taken = yield [numbered(slug, number) for number in range(low + step, high, step)]
        while low + step < high and numbered(slug, low + step) in taken:
            low += step
        high = min(high, low + step)
    free: list[str] = []
    while len(free) < count:
        following = [numbered(slug, number) for number in range(low + 1, low + 1 + _STEPS + count)]
        taken = yield following
        free += [one for one in following if one not in taken]
        low += len(following)
    return free[:count]
