"""Proof: what a person expects is found, mistakes in words are corrected, right words never are; what each costs.

    python -m tests.prove.finding [PRODUCTS …]     # 10,000 and 100,000 by default

The judged searches, the planted mistakes, the right words and 1,000 random questions, which a look at every product
answers, too, are those of 3,291 real products (`TANDEM_TEST_DATA`). The times are of made ones, in one process, without
HTTP.
"""

import asyncio
import csv
import gc
import io
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import redirect_stderr
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import select

from app.bulk import import_files, import_runner
from app.domain.catalogue import products
from app.domain.catalogue.products import Filter
from app.domain.finding import facets, suggestions
from app.domain.finding.facets import FacetRequest
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.search import spelling, vocabulary
from app.domain.unicode import text
from app.domain.unit_of_work import Database, Engine, Statement, Unit
from app.stores.database import open_database
from tests import proofs
from tests.behaviour import questions
from tests.behaviour.questions import Answer, Question
from tests.bench import plot, shelves
from tests.databases import Databases
from tests.service import Service

SIZES = (10_000, 100_000)
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
RUNS, WORDS, LEAST, FIRST, QUESTIONS = 30, 300, 0.9, 5, 1_000
PAGE = 20
_ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TANDEM_TEST_DATA", _ROOT.parent / "shared" / "data")) / "bestbuy-products.ndjson"
_JUDGED = Path(__file__).with_name("judged.tsv")
_FACETS = ("brand", "price", "tag", "inStock", "attributes.Color")
RELEVANCE, _ONE, _TYPED = "two words by relevance", "one of them, ", "suggestions for "
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


async def quality(url: str) -> Quality:
    """How much of the real products is found as it should be."""
    database = open_database(url)
    with DATA.open("rb") as file:
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
        (RELEVANCE, _page(Filter(words=words), ranked)),
        ("page 100 of that", _page(Filter(words=words), ranked, deep)),
        ("five facets of a category of 10,000", _facets({"category": 1})),
        *((f"{_ONE}{name}", _facets({"category": 1}, (name,))) for name in _FACETS),
        ("five facets of two words", _facets({"words": words})),
        *((f"{_TYPED}{q!r}", _suggestions(q)) for q in ("k", "ket", "oak ket", "basel", "oak chair bare")),
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
        return await facets.count(unit, narrowed.values(unit.engine), FacetRequest(tuple(names)))

    return work


def _suggestions(q: str) -> Work:
    return lambda unit: suggestions.suggest(unit, q, suggestions.DEFAULT)


async def _milliseconds(database: Database, work: Work) -> float:
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        await database.read(work, long=True)
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


async def measured(url: str) -> dict[str, float]:
    """The times of a catalogue."""
    gc.collect()
    gc.freeze()  # as a server does: what the proof holds would otherwise be visited by collections of its answers
    database = open_database(url)
    found = await times(database)
    await database.close()
    return dict(found)


async def differing(url: str, asked: list[tuple[Question, Answer]]) -> list[str]:
    """The questions that a service answers otherwise than a look at every product, which fills `asked` once."""
    async with Service(url, checked=False) as service:
        library = await questions.load(service, questions.furnished(DATA.read_bytes()))
        if not asked:
            asked += [(one, library.answer(one)) for one in library.questions(QUESTIONS, seed=20)]
        return await questions.differences(service, asked)


def prove(databases: Databases, sizes: Sequence[int]) -> bool:
    """Measure, write the tables and the plot to the docs, and say whether what is promised holds."""
    qualities, columns, differences = {}, {}, {}
    asked: list[tuple[Question, Answer]] = []
    for engine in ENGINES:
        url = databases.create(engine)
        qualities[engine] = asyncio.run(quality(url))
        databases.drop(url)
        url = databases.create(engine)
        with redirect_stderr(io.StringIO()):  # the access log has a line for every request
            differences[engine] = asyncio.run(differing(url, asked))
        databases.drop(url)
        for size in sizes:
            url = databases.create(engine)
            shelves.fill(url, size)
            columns[engine, size] = asyncio.run(measured(url))
            databases.drop(url)
    rows: list[list[object]] = [
        [f"{engine}: expected in the first five, {LEAST:.0%}", f"{one.judged:.1%}"] for engine, one in qualities.items()
    ]
    rows += [
        [f"{engine}: mistakes corrected, {LEAST:.0%}", f"{one.corrected:.1%}"] for engine, one in qualities.items()
    ]
    rows += [[f"{engine}: right words kept, 100%", f"{one.kept:.1%}"] for engine, one in qualities.items()]
    rows += [
        [f"{engine}: {QUESTIONS:,} random questions answered otherwise, 0", len(found)]
        for engine, found in differences.items()
    ]
    proofs.table("What is found of 3,291 real products", ["", "found"], rows)
    sys.stderr.write("".join(f"{one}\n" for found in differences.values() for one in found[:5]))
    _write(columns)
    return all(one.holds for one in qualities.values()) and not any(differences.values())


def _write(columns: Mapping[tuple[Engine, int], Mapping[str, float]]) -> None:
    """Write the table of the times, and their plot."""
    names = list(next(iter(columns.values())))
    header = [f"p50 of {RUNS}", *(f"{engine}, {size:,}" for engine, size in columns)]
    rows = [[name, *(f"{column[name]:.2f} ms" for column in columns.values())] for name in names]
    proofs.write_table("search", header, rows, proof="finding")
    lines = {"by relevance": [RELEVANCE], "worst facet": [], "worst suggestions": []}
    lines["worst facet"] += [name for name in names if name.startswith(_ONE)]
    lines["worst suggestions"] += [name for name in names if name.startswith(_TYPED)]
    plotted = {
        f"{engine}, {title}": {
            size: max(of[name] for name in some) for (one, size), of in columns.items() if one == engine
        }
        for engine in ENGINES
        for title, some in lines.items()
    }
    (_ROOT / "docs" / "search.svg").write_text(plot.sizes(plotted))


if __name__ == "__main__":
    counts = [int(one.replace(",", "")) for one in sys.argv[1:]] or SIZES
    with proofs.databases() as (made, _):
        sys.exit(0 if prove(made, counts) else 1)
