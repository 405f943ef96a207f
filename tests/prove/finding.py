"""Proof: what a person expects is found, mistakes in words are corrected, right words never are; what each costs.

    python -m tests.prove.finding [PRODUCTS …]     # 10,000 and 100,000 by default

The judged searches, the planted mistakes and the right words are those of 3,291 real products (`TANDEM_TEST_DATA`); the
times are of made ones, in one process, without HTTP.
"""

import asyncio
import csv
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from app.bulk import import_files, import_runner
from app.bulk.import_options import Read
from app.domain.bulk.import_lines import Line
from app.domain.catalogue import products
from app.domain.catalogue.products import Filter
from app.domain.finding import facets, suggestions
from app.domain.finding.facets import Asked
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.search import spelling, vocabulary
from app.domain.unicode import text
from app.domain.unit_of_work import Database, Engine, Statement, Unit
from app.stores.database import open_database
from tests import proofs
from tests.databases import Databases

SIZES = (10_000, 100_000)
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
RUNS, WORDS, LEAST, FIRST = 30, 300, 0.9, 5
PAGE = 20
_ROOT = Path(__file__).parents[2]
_DATA = Path(os.environ.get("TANDEM_TEST_DATA", _ROOT.parent / "shared" / "data")) / "bestbuy-products.ndjson"
_JUDGED = Path(__file__).with_name("judged.tsv")
_SUBJECTS = ("Lamp", "Chair", "Bottle", "Desk", "Jacket", "Keyboard", "Kettle", "Backpack", "Clock", "Notebook")
_MATERIALS = ("Steel", "Oak", "Linen", "Copper", "Glass", "Wool", "Carbon", "Paper")
_SYLLABLES = "ba re ti no lu sel dor min ka vel tro qui pa zen mo ri fa gul hex yo".split()
_FACETS = ("brand", "price", "tag", "inStock", "attributes.Color")
Work = Callable[[Unit], Awaitable[Any]]


class Quality(NamedTuple):
    """What was found of the real products."""

    judged: float
    corrected: float
    kept: float

    @property
    def holds(self) -> bool:
        """Whether enough was."""
        return self.judged >= LEAST and self.corrected >= LEAST and self.kept == 1


def goods(count: int) -> Iterator[Line]:
    """Products of 400 brands and 10 categories, one of which has a tenth of them or 10,000."""
    rng = random.Random(20)
    for number in range(1, count + 1):
        yield Line(
            number,
            {
                "sku": f"F{number}",
                "name": f"{rng.choice(_MATERIALS)} {rng.choice(_SUBJECTS)} {_word(rng)} {number}",
                "description": " ".join(_word(rng) for _ in range(12)),
                "price": Decimal(rng.randrange(100, 100_000)) / 100,
                "stock": rng.choice([None, 0, 5]),
                "brand": f"{_word(rng).title()} {rng.randrange(20)}",
                "tags": rng.sample(["new", "sale", "gift", "kids", "garden"], k=2),
                "attributes": {"Color": rng.choice(["red", "blue", "green", "black"]), "Seats": rng.randrange(9)},
                "categories": ["Large" if number <= 10_000 else f"Category {number % 9}"],
            },
        )


def _word(rng: random.Random) -> str:
    """One of 8,000 words; the first ones are frequent."""
    number = int(8_000 * rng.random() ** 3)
    return _SYLLABLES[number % 20] + _SYLLABLES[number // 20 % 20] + _SYLLABLES[number // 400 % 20]


async def imported(url: str, lines: Iterator[Line]) -> Database:
    """A database with the products of some lines."""
    database = open_database(url)
    await import_runner.run(database, (Read(line, 1) for line in lines), lambda *_: None)
    return database


async def quality(url: str) -> Quality:
    """How much of the real products is found as it should be."""
    database = open_database(url)
    with _DATA.open("rb") as file:
        await import_runner.run(database, import_files.read(file), lambda *_: None)
    found = Quality(await _judged(database), *await _words(database))
    await database.close()
    return found


async def _judged(database: Database) -> float:
    """The share of the expected products among the first five, of at most five for each search."""
    shares = []
    with _JUDGED.open() as file:
        for q, skus in csv.reader(file, delimiter="\t"):
            expected = set(skus.split())
            narrowed = Filter(words=text.query(q), typos=True)
            page = await database.read(
                lambda u: paging.page(u, products.LISTING, narrowed, Sort("relevance"), Window(FIRST), ("sku",))  # noqa: B023
            )
            hits = expected & {row[2] for row in page.rows}
            shares.append(len(hits) / min(len(expected), FIRST))
    return sum(shares) / len(shares)


async def _words(database: Database) -> tuple[float, float]:
    """The shares of words with a planted mistake that are found, and of right words that stay as they are."""
    rng = random.Random(7)
    rows = await database.read(lambda unit: unit.all(_VOCABULARY))
    known = [row[0] for row in rows if len(row[0]) >= spelling.ONE_EDIT_FROM and row[0].isalpha()]
    right = rng.sample(sorted(known), k=WORDS)
    wrong = [(word, _mistaken(word, rng, set(known))) for word in right]
    fixed = [(word, await _corrected(database, mistake)) for word, mistake in wrong]
    found = sum(corrected == word for word, corrected in fixed)
    kept = sum([await _corrected(database, word) == word for word in right])
    return found / WORDS, kept / WORDS


_VOCABULARY = Statement(select(vocabulary.w.word))


def _mistaken(word: str, rng: random.Random, known: set[str]) -> str:
    """A word with one mistake, which begins no word of the catalogue."""
    for _ in range(1_000):
        n, letter = rng.randrange(len(word)), rng.choice("abcdefghijklmnopqrstuvwxyz")
        ways = [word[:n] + word[n + 1 :], word[:n] + letter + word[n:], word[:n] + letter + word[n + 1 :]]
        one = rng.choice([*ways, word[:n] + word[n : n + 2][::-1] + word[n + 2 :]])
        if len(one) >= spelling.ONE_EDIT_FROM and not any(other.startswith(one) for other in known):
            return one
    return word


async def _corrected(database: Database, word: str) -> str:
    async def work(unit: Unit) -> str:
        query = text.query(word)
        assert query
        return (await spelling.correct(unit, query, await vocabulary.classes(unit, query))).typed

    return await database.read(work)


async def times(database: Database) -> list[tuple[str, float]]:
    """What is measured, and the milliseconds of each."""
    words = text.query("oak kettle")
    by_id, ranked = Sort("id"), Sort("relevance")
    deep = await _at(database, Filter(words=words), ranked, 99 * PAGE)
    found = [
        ("two words by id", _page(Filter(words=words), by_id)),
        ("two words by relevance", _page(Filter(words=words), ranked)),
        ("page 100 of that", _page(Filter(words=words), ranked, deep)),
        ("five facets of a category of 10,000", _facets({"category": 1})),
        *((f"one of them, {name}", _facets({"category": 1}, (name,))) for name in _FACETS),
        ("five facets of two words", _facets({"words": words})),
        *((f"suggestions for {q!r}", _suggestions(q)) for q in ("k", "ket", "oak ket", "basel", "oak chair bare")),
    ]
    return [(name, await _milliseconds(database, work)) for name, work in found]


async def _at(database: Database, narrowed: Filter, sort: Sort, place: int) -> str | None:
    """The cursor of the row at a place, or of the last one."""
    cursor, left = None, place
    while left > 0:
        window = Window(min(left, paging.MAX_SIZE), cursor)
        page = await database.read(lambda u: paging.page(u, products.LISTING, narrowed, sort, window, ()))  # noqa: B023
        cursor, left = page.cursor(page.rows[-1]), left - window.size
        if not page.has_next:
            break
    return cursor


def _page(narrowed: Filter, sort: Sort, after: str | None = None) -> Work:
    columns = ("id", "name", "price")
    return lambda unit: paging.page(unit, products.LISTING, narrowed, sort, Window(PAGE, after), columns)


def _facets(given: dict[str, Any], names: Sequence[str] = _FACETS) -> Work:
    async def work(unit: Unit) -> object:
        narrowed = Filter(words=given.get("words"), categories=(given["category"],) if "category" in given else None)
        return await facets.count(unit, narrowed.values(unit.engine), Asked(tuple(names)))

    return work


def _suggestions(q: str) -> Work:
    return lambda unit: suggestions.suggest(unit, q, suggestions.DEFAULT)


async def _milliseconds(database: Database, work: Work) -> float:
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        await database.read(work, long=True)
        taken.append((time.perf_counter() - begun) * 1000)
    return min(taken)


async def measured(url: str, size: int) -> list[tuple[str, float]]:
    """The times of a catalogue of a size."""
    database = await imported(url, goods(size))
    found = await times(database)
    await database.close()
    return found


def prove(databases: Databases, sizes: Sequence[int]) -> bool:
    """Measure, write the tables to the docs, and say whether what is promised holds."""
    qualities, columns = {}, {}
    for engine in ENGINES:
        url = databases.create(engine)
        qualities[engine] = asyncio.run(quality(url))
        databases.drop(url)
        for size in sizes:
            url = databases.create(engine)
            columns[f"{engine}, {size:,}"] = dict(asyncio.run(measured(url, size)))
            databases.drop(url)
    rows: list[list[object]] = [
        [f"{engine}: expected in the first five, {LEAST:.0%}", f"{one.judged:.1%}"] for engine, one in qualities.items()
    ]
    rows += [
        [f"{engine}: mistakes corrected, {LEAST:.0%}", f"{one.corrected:.1%}"] for engine, one in qualities.items()
    ]
    rows += [[f"{engine}: right words kept, 100%", f"{one.kept:.1%}"] for engine, one in qualities.items()]
    proofs.table("What is found of 3,291 real products", ["", "found"], rows)
    names = list(next(iter(columns.values())))
    times_ = [[name, *(f"{column[name]:.2f} ms" for column in columns.values())] for name in names]
    proofs.write_table("search", ["fastest of 30", *columns], times_, proof="finding")
    return all(one.holds for one in qualities.values())


if __name__ == "__main__":
    asked = [int(one.replace(",", "")) for one in sys.argv[1:]] or SIZES
    with proofs.databases() as (made, _):
        sys.exit(0 if prove(made, asked) else 1)
