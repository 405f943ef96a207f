"""Random questions about a catalogue of real products, and what a look at every product answers."""

import json
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from tests.behaviour.faceting import Product, Shelf
from tests.behaviour.ranking import Ranking, entry
from tests.behaviour.surfaces import Graphql, Surface, surfaces
from tests.service import Service

FACETS = ("category", "brand", "price", "tag", "inStock", "attributes.Color", "attributes.Seats")
_TAGS = ("new", "sale, summer", "gift", "größe")
_COLOURS = ("red", "Red", "dark blue", "green, light", "7", 7)
_OF_V1 = frozenset({"q", "sort", "size", "total", "category", "minPrice", "maxPrice", "inStock"})
_UNKNOWN = frozenset({"categories", "popularity"})
_SORTS = {
    "id": lambda one: (one["id"],),
    "price": lambda one: (Decimal(str(one["price"])), one["id"]),
    "-price": lambda one: (-Decimal(str(one["price"])), -one["id"]),
}


class Question(NamedTuple):
    """What is asked of a list, and the facets that are asked for, with so many values at most."""

    asked: dict[str, Any]
    facets: list[str]
    most: int


class Answer(NamedTuple):
    """The correction, the ids of the first page, how many products there are, and the facets; v1 has none of these."""

    corrected: str | None
    ids: list[int]
    total: int
    facets: list[dict[str, Any]] | None


def furnished(lines: bytes, count: int | None = None) -> list[Product]:
    """Real products with what their file lacks: stock, tags, attributes, and of some gtins and variants."""
    rng = random.Random(20)
    return [_furnished(json.loads(line), rng, n) for n, line in enumerate(lines.splitlines()[:count])]


def _furnished(line: Product, rng: random.Random, number: int) -> Product:
    attributes = {"Color": rng.choice(_COLOURS), "Seats": rng.choice([1, 2.5, 8, 40, 41])}
    line |= {
        "stock": rng.choice([None, 0, 3]),
        "tags": sorted(rng.sample(_TAGS, k=rng.randint(0, 2))),
        "attributes": {name: value for name, value in attributes.items() if rng.random() < 0.7},
    }
    if rng.random() < 0.1:
        line["gtin"] = _gtin(number)
    if rng.random() < 0.1:
        line |= _variants(line, rng, number)
    return line


def _variants(line: Product, rng: random.Random, number: int) -> Product:
    sizes = ["S", "M", "L"]
    first = {"sku": line["sku"], "price": line["price"], "stock": line["stock"], "gtin": line.get("gtin")}
    others = [
        {"sku": f"{line['sku']}-{size}", "price": rng.choice([5, 7.25, 80, 300]), "stock": n, "gtin": None}
        for n, size in enumerate(sizes[1:])
    ]
    others[1]["gtin"] = _gtin(10_000 + number)
    made = [one | {"options": {"Size": size}} for one, size in zip((first, *others), sizes, strict=True)]
    return {"options": [{"name": "Size", "values": sizes}], "variants": made}


def _gtin(number: int) -> str:
    """A gtin of 13 digits with its check digit."""
    digits = f"400{number:09}"
    weighted = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


class Library:
    """A catalogue in plain Python."""

    def __init__(self, products: Sequence[Product], names: dict[int, str]) -> None:
        self.shelf = Shelf(products, dict.fromkeys(names), names)
        self.ranking = Ranking(entry(one["id"], one) for one in products)

    def answer(self, question: Question) -> Answer:
        """What v2 and GraphQL answer; the products of each page are those of the whole list, cut."""
        asked = question.asked
        sort, q = asked["sort"], asked.get("q")
        corrected = self.ranking.corrected(q) if q and sort == "relevance" else None
        narrowed = {name: value for name, value in asked.items() if name not in ("q", "sort", "size", "total")}
        ranked = self.ranking.ranked(corrected or q) if q is not None else []
        if q is not None:
            narrowed["found"] = frozenset(ranked)
        found = self.shelf.found(narrowed)
        if sort == "relevance":
            kept = {one["id"] for one in found}
            ids = [one for one in ranked if one in kept]
        else:
            ids = [one["id"] for one in sorted(found, key=_SORTS[sort])]
        facets = [self.shelf.facet(name, question.most, narrowed) for name in question.facets]
        return Answer(corrected, ids[: asked["size"]], len(ids), facets)

    def questions(self, count: int, seed: int) -> Iterator[Question]:
        """So many random questions."""
        rng = random.Random(seed)
        for _ in range(count):
            asked = _filters(rng, self.shelf)
            if rng.random() < 0.8:
                asked |= {"q": self._search(rng), "sort": rng.choice(["relevance", "relevance", "id", "price"])}
            sort = asked.get("sort") or rng.choice(list(_SORTS))
            asked |= {"sort": sort, "size": rng.choice([1, 7, 20, 100]), "total": True}
            names = rng.sample(FACETS, k=rng.choice([0, 0, 1, 2, 3]))
            yield Question(asked, names, rng.choice([1, 4, 20, 100]))

    def _search(self, rng: random.Random) -> str:
        """Words of a product: whole, begun, misspelled, joined or split; a sku or a gtin."""
        one, other = rng.choice(self.ranking.entries), rng.choice(self.ranking.entries)
        pool = sorted(one.plain if rng.random() < 0.8 else one.plain | other.plain)
        sample = rng.sample(pool, k=rng.choice([1, 1, 2, 2, 3, min(len(pool), 12)]))
        words = [_spoiled(word, rng) for word in sample]
        sku = one.sku or ""
        ways = [" ".join(words)] * 4 + ["-".join(words[:4]), "".join(words[:2]), sku[:5], sku, *one.gtins]
        return rng.choice([way for way in ways if way]).upper()[:200]


def _spoiled(word: str, rng: random.Random) -> str:
    """A word as it is, its beginning, or the word with a mistake."""
    n, letter = rng.randrange(len(word)), rng.choice("aeiou")
    wrong = [word[:n] + word[n + 1 :], word[:n] + letter + word[n:], word[:n] + word[n : n + 2][::-1] + word[n + 2 :]]
    return rng.choices([word, word[: rng.randint(1, len(word))], rng.choice(wrong)], [5, 4, 1])[0]


def _filters(rng: random.Random, shelf: Shelf) -> dict[str, Any]:
    one = rng.choice(shelf.products)
    attributes = {
        "color": {"values": rng.sample(["red", "DARK BLUE", "7"], k=rng.randint(1, 2))},
        "Seats": {"min": Decimal(rng.randint(0, 4)), "max": Decimal(8)},
    }
    given = {
        "brand": [str(one["brand"]).upper()],
        "tag": rng.sample([tag.upper() for tag in _TAGS], k=rng.randint(1, 2)),
        "attributes": {name: wanted for name, wanted in attributes.items() if rng.random() < 0.5},
        "category": rng.sample(one["categoryIds"], k=min(len(one["categoryIds"]), rng.randint(1, 2))),
        "inStock": rng.random() < 0.5,
        "minPrice": Decimal(rng.randint(1, 20)),
        "maxPrice": Decimal(rng.randint(10, 500)),
    }
    return {name: value for name, value in given.items() if rng.random() < 0.15 and value not in ({}, [])}


async def load(service: Service, products: Sequence[Product]) -> Library:
    """Make products and their categories, each a root of its own."""
    names = {}
    for name in dict.fromkeys(name for one in products for name in one["categories"]):
        names[(await service.send("POST", "/v2/categories", {"name": name})).json()["id"]] = name
    ids = {name: category_id for category_id, name in names.items()}
    placed = [one | {"categoryIds": sorted({ids[name] for name in one["categories"]})} for one in products]
    for at in range(0, len(placed), 500):
        part = placed[at : at + 500]
        operations = [
            {"op": "create", "product": {name: one[name] for name in one if name not in _UNKNOWN}} for one in part
        ]
        made = (await service.send("POST", "/v2/products/batch", {"mode": "all", "operations": operations})).json()
        for one, result in zip(part, made["results"], strict=True):
            one["id"] = result["product"]["id"]
    return Library(placed, names)


async def differences(service: Service, questions: Sequence[tuple[Question, Answer]]) -> list[str]:
    """The questions that a surface answers otherwise; v1 is asked those that it takes."""
    found = []
    for question, expected in questions:
        for name, surface in surfaces(service).items():
            if name != "v1" or (expected.corrected is None and question.asked.keys() <= _OF_V1):
                given = await _asked(surface, question, with_facets=name != "v1")
                wanted = expected if name != "v1" else expected._replace(facets=None)
                if given != wanted:
                    found.append(f"{name}: {question}\n  {given}\n  {wanted}")
    return found


async def _asked(surface: Surface, question: Question, *, with_facets: bool) -> Answer:
    page = await surface.list(**question.asked)
    facets: list[dict[str, Any]] | None = None
    if with_facets:
        asked = {name: value for name, value in question.asked.items() if name not in ("size", "total")}
        asked |= {"q": page.corrected} if page.corrected else {}
        if isinstance(surface, Graphql):
            asked.pop("sort")
        facets = list(await surface.facets(question.facets, question.most, **asked)) if question.facets else []
    return Answer(page.corrected, page.ids, page.total or 0, facets)
