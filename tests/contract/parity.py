"""One question put to v1, v2 and GraphQL: random lists of products, among them ones that must be refused.

Each surface is asked for the same page; the ids and their order, the cursors, the total, or the code of the refusal
must be equal. Cases are made from a seed, so that a difference can be seen again.
"""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from app.domain.fields import product_fields
from tests.behaviour.surfaces import Page, Refused, Surface, surfaces
from tests.service import Service

WORDS = "alpha Bêta gamma delta ÉPSILON zeta eta theta iota kappa".split()
CURRENCIES = ("USD", "EUR", "JPY")
SORTS = [f"{sign}{key}" for key in product_fields.SORTS for sign in ("", "-")]
PRODUCTS, CATEGORIES = 120, 7
_CURSORS = ("garbage", "MXxpZHwwMDAwMDAwMHw3fDc", "🙂")


class Difference(NamedTuple):
    """A case that the surfaces answered differently, and what each of them said."""

    asked: dict[str, Any]
    answers: dict[str, Page | str]


async def fill(service: Service, seed: int = 7) -> None:
    """Make a catalogue in which names, prices and categories repeat, so that ties and mistakes show."""
    rng = random.Random(seed)
    for number in range(CATEGORIES):
        await service.send("POST", "/v2/categories", {"name": f"Branch {number}"})
    for number in range(PRODUCTS):
        currency = rng.choice(CURRENCIES)
        variants = [_sold(rng, currency, f"SKU-{number}{suffix}") for suffix in ["", *"AB"[: rng.randint(0, 2)]]]
        told = {
            "name": " ".join(rng.choices(WORDS, k=2)),
            "description": " ".join(rng.choices(WORDS, k=3)),
            "currency": currency,
            "categoryIds": rng.sample(range(1, CATEGORIES + 1), k=rng.randint(0, 3)),
            **variants[0],
        }
        if len(variants) > 1:
            sizes = [f"{n}" for n, _ in enumerate(variants)]
            told["options"] = [{"name": "Size", "values": sizes}]
            told["variants"] = [{**one, "options": {"Size": n}} for one, n in zip(variants, sizes, strict=True)]
        await service.send("POST", "/v2/products", told)


def _sold(rng: random.Random, currency: str, sku: str) -> dict[str, Any]:
    """What a variant is sold by."""
    price = rng.randint(1, 30) if currency == "JPY" else Decimal(rng.randint(100, 3000)) / 100
    return {"price": price, "sku": sku, "stock": rng.choice([None, 0, 1, 40])}


def cases(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Random questions; about one in seven is faulty."""
    rng = random.Random(seed)
    for _ in range(count):
        asked = {name: value for name, value in _filters(rng).items() if rng.random() < 0.3}
        asked |= {"sort": rng.choice(SORTS), "size": rng.choice([1, 2, 3, 7, 20, 100]), "total": rng.random() < 0.5}
        yield asked | _fault(rng) if rng.random() < 0.15 else asked


def _filters(rng: random.Random) -> dict[str, Any]:
    word = rng.choice(WORDS)
    return {
        "q": " ".join([word[: rng.randint(1, len(word))].upper(), *rng.choices(["", "a", "the"], k=1)]).strip(),
        "category": rng.sample(range(1, CATEGORIES + 3), k=rng.randint(1, 3)),
        "minPrice": Decimal(rng.randint(-500, 3000)) / 100,
        "maxPrice": Decimal(rng.randint(0, 3500)) / 100,
        "currency": rng.choice(CURRENCIES),
        "inStock": rng.random() < 0.5,
        "sku": f"SKU-{rng.randint(0, PRODUCTS)}{rng.choice(['', 'A'])}",
    }


def _fault(rng: random.Random) -> dict[str, Any]:
    return rng.choice(
        [
            {"size": rng.choice([101, 1000])},
            {"currency": rng.choice(["usd", "XXX", "EURO"])},
            {"q": "a" * 201},
            {"q": "nul\0"},
            {"sku": "s" * 65},
            {"sku": "s\0"},
            {"after": rng.choice(_CURSORS)},
            {"before": rng.choice(_CURSORS[1:])},  # an empty one is none in REST, and then the page is the first one
        ]
    )


class Compared(NamedTuple):
    """How many questions were asked, how many of them every surface refused alike, and where they differed."""

    questions: int
    refused: int
    differences: list[Difference]


async def compare(service: Service, count: int, seed: int) -> Compared:
    """Put cases to all surfaces, and to each case that has them the pages after and before."""
    every = surfaces(service)
    questions, refused = 0, 0
    found = []
    for asked in cases(count, seed):
        for question in (asked, *await _onward(every["v2"], asked)):
            answers = {name: await _ask(surface, question) for name, surface in every.items()}
            questions += 1
            if len({repr(answer) for answer in answers.values()}) > 1:
                found.append(Difference(question, answers))
            else:
                refused += isinstance(answers["v2"], str)
    return Compared(questions, refused, found)


async def ask_v2(service: Service, asked: dict[str, Any]) -> Page | str:
    """What v2 says to a question: a page, or the code of its refusal."""
    return await _ask(surfaces(service)["v2"], asked)


async def _onward(surface: Surface, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The question of the next page, and from there of the one before."""
    page = await _ask(surface, asked)
    if isinstance(page, str) or page.next is None or "before" in asked:
        return []
    return [{**asked, "after": page.next}, {**asked, "before": page.next}]


async def _ask(surface: Surface, asked: dict[str, Any]) -> Page | str:
    try:
        return await surface.list(**asked)
    except Refused as refused:
        return refused.code
