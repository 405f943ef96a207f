"""The words of the catalogue, and how many products have each: what corrections and completions are taken from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql

from app.domain import models
from app.domain.search.word_index import Document
from app.domain.sql.conditions import each_text, integer, one_of
from app.domain.sql.records import bind_rows, many_records
from app.domain.unicode.text import is_spaced, neighbours
from app.domain.unit_of_work import Statement, Unit

word = cast(Table, models.Word.__table__)  # type: ignore[attr-defined] # SQLModel makes it
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
    one, none = integer(1), integer(0)
    steps = (case((products >= integer(4**n), one), else_=none) for n in range(1, CLASSES + 1))
    return func.nullif(sum(steps, none), none)


_given = many_records(w.word, w.backward, w.products)
_insert = postgresql.insert(word).from_select(  # SQLite says the same
    ["word", "backward", "products", "frequency"],
    select(*_given.c, _frequency(_given.c.products)).where(true()).order_by(_given.c.word),
)
_products = w.products + _insert.excluded.products
_COUNT = Statement(
    _insert.on_conflict_do_update(
        index_elements=[w.word], set_={"products": _products, "frequency": _frequency(_products)}
    )
)
_DROP = Statement(delete(word).where(one_of(w.word, "words"), w.products <= integer(0)))


_asked = each_text(bindparam("words")).table_valued("value", name="asked")
_classes = union_all(*(select(integer(n).label("value")) for n in range(1, CLASSES + 1))).subquery("classes")


def begins(column: ColumnElement[str], value: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a column of words begins with a value."""
    return and_(column >= value, column < value.concat(literal_column(f"'{LAST}'")))


_beginning = select(integer(1)).select_from(word).where(begins(w.word, _asked.c.value)).correlate(_asked, _classes)
_CLASSES = Statement(
    select(
        _asked.c.value,
        select(func.max(_classes.c.value))
        .select_from(_classes)
        .where(_beginning.where(w.frequency == _classes.c.value).exists())
        .scalar_subquery(),
        _beginning.exists(),
    ).select_from(_asked)
)


async def classes(unit: Unit, query: Sequence[str]) -> Classes:
    """The classes of the words of a search, and of what they make together: each that of the most frequent word that
    begins with it. Words that begin none are left out.
    """
    words = dict.fromkeys(one for alike in neighbours(query) for one in alike)
    rows = await unit.all(_CLASSES, words=list(words))
    return {asked: frequency or 0 for asked, frequency, exists in rows if exists}


async def count(unit: Unit, added: Iterable[Document], removed: Iterable[Document] = ()) -> None:
    """Count the words of products that come in, and no longer those of products that go out."""
    changes: Counter[str] = Counter()
    for document in added:
        changes.update(document.plain)
    for document in removed:
        changes.subtract(document.plain)
    # In one order, so that of two transactions one waits for the other.
    rows = [(one, one[::-1], change) for one, change in sorted(changes.items()) if change and _is_counted(one)]
    if rows:
        await unit.all(_COUNT, **bind_rows(unit.engine, rows))
    if gone := [one for one, _, change in rows if change < 0]:
        await unit.all(_DROP, words=gone)


def _is_counted(one: str) -> bool:
    return len(one) <= MAX_WORD and is_spaced(one)
