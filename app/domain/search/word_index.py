"""The word index of products: FTS5 on SQLite, a tsvector on PostgreSQL, both holding our own folded words.

Neither engine's parser sees the text: words are cut and folded by `text.words`, so that both find the same products.
Beside the index stand the words of what ranks a product by itself: its name, its brand and its tags.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, TextClause, bindparam, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias

from app.domain.columns import ID, TEXT
from app.domain.sql.records import bind_rows
from app.domain.unicode.text import compounds, neighbours, sku_words, words
from app.domain.unit_of_work import Engine, Statement, Unit


class Document(NamedTuple):
    """The words of a product: all of them, those of what ranks it, each between spaces, and those that are `plain`.

    Compounds and the words of a sku are not plain: nobody writes them.
    """

    words: str
    name: str
    brand: str
    tags: str
    plain: tuple[str, ...]


class matches(ColumnElement[bool]):  # noqa: N801
    """Whether a product (by its id column) has, for every word of the bound query, a word that begins with it."""

    inherit_cache = True

    def __init__(self, product_id: ColumnElement[Any], query: ColumnElement[Any]) -> None:
        self.product_id, self.query = product_id, query


@compiles(matches, "sqlite")
def _fts5(element: matches, compiler: SQLCompiler, **kw: Any) -> str:
    product_id, query = compiler.process(element.product_id, **kw), compiler.process(element.query, **kw)
    return f"{product_id} IN (SELECT rowid FROM product_search WHERE product_search MATCH {query})"


@compiles(matches, "postgresql")
def _tsvector(element: matches, compiler: SQLCompiler, **kw: Any) -> str:
    product_id, query = compiler.process(element.product_id, **kw), compiler.process(element.query, **kw)
    return f"{product_id} IN (SELECT product_id FROM product_search WHERE words @@ CAST({query} AS tsquery))"


class _hits(FunctionElement[str]):  # noqa: N801
    inherit_cache = True


@compiles(_hits, "sqlite")
def _hits_sqlite(element: _hits, compiler: SQLCompiler, **kw: Any) -> str:
    return (
        "(SELECT fields.product_id, fields.name, fields.brand, fields.tags, fields.status FROM product_search"
        " CROSS JOIN product_search_fields AS fields ON fields.product_id = product_search.rowid"
        f" WHERE product_search MATCH {compiler.process(element.clauses, **kw)})"
    )


@compiles(_hits, "postgresql")
def _hits_postgresql(element: _hits, compiler: SQLCompiler, **kw: Any) -> str:
    query = compiler.process(element.clauses, **kw)
    return f"(SELECT product_id, name, brand, tags, status FROM product_search WHERE words @@ CAST({query} AS tsquery))"


_HIT_FIELDS = ("name", "brand", "tags", "status")
_HIT: list[Column[Any]] = [Column("product_id", ID), *(Column(name, TEXT) for name in _HIT_FIELDS)]


def hits(query: ColumnElement[Any]) -> TableValuedAlias:
    """The products that the bound query matches as a table: their ids, words of name, brand and tags, and status."""
    return _hits(query).table_valued(*_HIT, name="hits")


def query(engine: Engine, wanted: Sequence[str]) -> str:
    """The words as the engine's own query text: each must begin some word of the product.

    So may a word together with the one before or after it: `t-shirt` finds Tshirt.
    """
    return _all(engine, ([_beginning(engine, word) for word in alike] for alike in neighbours(wanted)))


def whole(engine: Engine, wanted: Sequence[str]) -> str:
    """The same, where each must be a word of the product."""
    return _all(engine, ([_whole(engine, word) for word in alike] for alike in neighbours(wanted)))


def beside(engine: Engine, wanted: Sequence[str], words: Sequence[str]) -> str:
    """Query text for all words that are wanted, and one of others; each must be a word of the product."""
    terms = [*neighbours(wanted), tuple(words)]
    return _all(engine, ([_whole(engine, word) for word in alike] for alike in terms))


def either(engine: Engine, words: Sequence[str]) -> str:
    """Query text of which one word must begin some word of the product."""
    return (" OR " if engine == "sqlite" else " | ").join(_beginning(engine, word) for word in words)


def _all(engine: Engine, terms: Iterable[Sequence[str]]) -> str:
    either, both = (" OR ", " AND ") if engine == "sqlite" else (" | ", " & ")
    return both.join(one[0] if len(one) == 1 else f"({either.join(one)})" for one in terms)


def _beginning(engine: Engine, word: str) -> str:
    return f'"{word}"*' if engine == "sqlite" else f"'{word}':*"


def _whole(engine: Engine, word: str) -> str:
    return f'"{word}"' if engine == "sqlite" else f"'{word}'"


def _text(sql: str, *names: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name) for name in names))


_PUT = {
    "sqlite": (
        Statement(
            _text(
                "INSERT OR REPLACE INTO product_search (rowid, words)"
                " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:rows)",
                "rows",
            )
        ),
        Statement(
            _text(
                "INSERT OR REPLACE INTO product_search_fields (product_id, name, brand, tags, status)"
                " SELECT json_extract(value, '$[0]'), json_extract(value, '$[2]'), json_extract(value, '$[3]'),"
                " json_extract(value, '$[4]'), json_extract(value, '$[5]') FROM json_each(:rows)",
                "rows",
            )
        ),
    ),
    "postgresql": (
        Statement(
            _text(
                "INSERT INTO product_search (product_id, words, name, brand, tags, status)"
                " SELECT id, array_to_tsvector(string_to_array(text, ' ')), name, brand, tags, status"
                " FROM unnest(CAST(:rows_0 AS bigint[]), CAST(:rows_1 AS text[]), CAST(:rows_2 AS text[]),"
                " CAST(:rows_3 AS text[]), CAST(:rows_4 AS text[]), CAST(:rows_5 AS text[]))"
                " AS given (id, text, name, brand, tags, status)"
                " ON CONFLICT (product_id) DO UPDATE SET words = excluded.words, name = excluded.name,"
                " brand = excluded.brand, tags = excluded.tags, status = excluded.status",
                *(f"rows_{n}" for n in range(6)),
            )
        ),
    ),
}
_DROP = tuple(
    Statement(_text(f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(:ids))", "ids"))
    for table, column in (("product_search", "rowid"), ("product_search_fields", "product_id"))
)


def document(
    name: str, description: str = "", brand: str = "", tags: str = "", *, skus: Iterable[str] = ()
) -> Document:
    """The words of a product's texts and of its skus, as `index` takes them."""
    ranking = [(words(one), compounds(one)) for one in (name, brand, tags)]
    plain = tuple(dict.fromkeys((*(word for found, _ in ranking for word in found), *words(description))))
    others = [*(word for _, found in ranking for word in found), *compounds(description)]
    for sku in skus:
        others += sku_words(sku)
    fields = [" ".join(("", *found, *joined, "")) for found, joined in ranking]
    return Document(" ".join(dict.fromkeys((*plain, *others))), fields[0], fields[1], fields[2], plain)


async def index(unit: Unit, documents: Sequence[tuple[int, str, Document]]) -> None:
    """Index products by their ids, each with its status and its words, in place of what stood there."""
    rows = [(product_id, *one[:4], status) for product_id, status, one in documents]
    for statement in _PUT[unit.engine]:
        await unit.all(statement, **bind_rows(unit.engine, rows))


async def forget(unit: Unit, product_ids: Sequence[int]) -> None:
    """Drop products' words; PostgreSQL does so by its foreign key."""
    if unit.engine == "sqlite":
        for statement in _DROP:
            await unit.all(statement, ids=list(product_ids))
