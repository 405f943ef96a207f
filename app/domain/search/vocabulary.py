"""The words of the catalogue, and how many products have each: what corrections and completions are taken from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.domain import models
from app.domain.search.documents import Document
from app.domain.sql.conditions import each_text, integer, one_of
from app.domain.sql.records import record_rows
from app.domain.sql.tables import table_of
from app.domain.unicode.text import neighbours
from app.domain.unit_of_work import Engine, Statement, Unit

word = table_of(models.Word)
w = word.c

CLASSES = 10
"""Classes of frequency: a word of class n has at least 4ⁿ products; NULL is stored for class 0, the rare words."""
MAX_WORD = 64
"""Characters of a word that is counted."""
LAST = "\U0010ffff"
"""Comes after every character that a word has."""

Classes: TypeAlias = Mapping[str, int]
"""Classes of frequency by words."""


def _frequency(products: ColumnElement[int]) -> ColumnElement[int]:
    """The class of so many products; most words are rare, so the first conditions decide."""
    steps = ((products < integer(4 ** (n + 1)), integer(n)) for n in range(1, CLASSES))
    return case((products < integer(4), null()), *steps, else_=integer(CLASSES))


class word_rows(FunctionElement[str]):  # noqa: N801 - it is named as SQL functions are
    """Bound words, their reverses and numbers of products as a derived table; `_bound` binds them.

    PostgreSQL splits one text into words and reverses them: counting takes an eighth less time than with two arrays.
    """

    inherit_cache = True


@compiles(word_rows, "sqlite")
def _word_rows_sqlite(_: word_rows, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(record_rows(w.word, w.backward, w.products), **kw)


@compiles(word_rows, "postgresql")
def _word_rows_postgresql(_: word_rows, compiler: SQLCompiler, **kw: Any) -> str:
    words, products = (compiler.process(bindparam(name), **kw) for name in ("words", "products"))
    listed = f"unnest(string_to_array(CAST({words} AS text), ' ')), unnest(CAST({products} AS bigint[]))"
    return f"(SELECT word, reverse(word) AS backward, products FROM (SELECT {listed}) AS listed (word, products))"


_rows = word_rows().table_valued(*(Column(c.name, c.type) for c in (w.word, w.backward, w.products)), name="records")
_insert = postgresql.insert(word).from_select(  # SQLite says the same
    ["word", "backward", "products", "frequency"],
    select(*_rows.c, _frequency(_rows.c.products)).where(true()).order_by(_rows.c.word),
)
_products = w.products + _insert.excluded.products
_COUNT = Statement(
    _insert.on_conflict_do_update(
        index_elements=[w.word], set_={"products": _products, "frequency": _frequency(_products)}
    )
)
_DROP = Statement(delete(word).where(one_of(w.word, "words"), w.products <= integer(0)))


def begins(column: ColumnElement[str], value: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a column of words begins with a value."""
    return and_(column >= value, column < value.concat(literal_column(f"'{LAST}'")))


_WORDS_OF_BEGINNING = 5_000
"""Words with a beginning whose products are added up, the first ones."""
_EXACT = Statement(select(w.word, w.products).where(one_of(w.word, "words")))
_WITH_PREFIX = Statement(
    select(func.coalesce(func.sum(literal_column("products"), type_=BigInteger), integer(0))).select_from(
        select(w.products.label("products"))
        .where(begins(w.word, bindparam("word", type_=w.word.type)))
        .order_by(w.word)
        .limit(integer(_WORDS_OF_BEGINNING))
        .subquery("begun")
    )
)

_words = each_text(bindparam("words")).table_valued("value", name="asked")
_classes = union_all(*(select(integer(n).label("value")) for n in range(1, CLASSES + 1))).subquery("classes")


_with_prefix = select(integer(1)).select_from(word).where(begins(w.word, _words.c.value)).correlate(_words, _classes)
_CLASSES = Statement(
    select(
        _words.c.value,
        select(func.max(_classes.c.value))
        .select_from(_classes)
        .where(_with_prefix.where(w.frequency == _classes.c.value).exists())
        .scalar_subquery(),
        _with_prefix.exists(),
    ).select_from(_words)
)


async def classes(unit: Unit, query: Sequence[str]) -> Classes:
    """The classes of the words of a search, and of what they make together: each that of the most frequent word that
    begins with it. Words that begin none are left out.
    """
    words = dict.fromkeys(one for alike in neighbours(query) for one in alike)
    rows = await unit.all(_CLASSES, words=list(words))
    return {word: frequency or 0 for word, frequency, exists in rows if exists}


async def products_with(unit: Unit, query: Sequence[str]) -> dict[str, int]:
    """How many products have each word of a search as it is."""
    return {row[0]: row[1] for row in await unit.all(_EXACT, words=list(query))}


async def products_with_prefix(unit: Unit, word: str) -> int:
    """How many products have words that begin with one; a product counts for each of them."""
    ((products,),) = await unit.all(_WITH_PREFIX, word=word)
    return int(products)


async def count(unit: Unit, added: Iterable[Document], removed: Iterable[Document] = ()) -> None:
    """Count the words of products that come in, and no longer those of products that go out."""
    changes = Counter(chain.from_iterable(document.plain for document in added))
    changes.subtract(chain.from_iterable(document.plain for document in removed))
    # In one order, so that of two transactions one waits for the other.
    rows = [(one, change) for one, change in sorted(changes.items()) if change and len(one) <= MAX_WORD]
    if rows:
        await unit.all(_COUNT, **_bound(unit.engine, rows))
    if gone := [one for one, change in rows if change < 0]:
        await unit.all(_DROP, words=gone)


def _bound(engine: Engine, rows: Sequence[tuple[str, int]]) -> dict[str, Any]:
    if engine == "sqlite":
        return {"rows": [(one, one[::-1], products) for one, products in rows]}
    return {"words": " ".join(one for one, _ in rows), "products": [products for _, products in rows]}
