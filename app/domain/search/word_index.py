"""The word index of products: FTS5 on SQLite, a tsvector on PostgreSQL, both holding our own folded words.

Neither engine's parser sees the text: words are cut and folded by `text.words`, so that both find the same products.
Beside the index stand the words of what ranks a product by itself: its name, its brand and its tags.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, TextClause, bindparam, func, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias

from app.domain.columns import ID, TEXT
from app.domain.search.documents import Document
from app.domain.sql import bound_rows
from app.domain.sql.dialects import compiled_as
from app.domain.sql.records import bind_rows
from app.domain.unicode.text import neighbours
from app.domain.unit_of_work import Engine, Statement, Unit

Indexed = tuple[int, str, Document]
"""A product's id, its status and its words."""


class matches(ColumnElement[bool]):  # noqa: N801
    """Whether a product (by its id column) has, for every word of the bound query, a word that begins with it.

    So is one that has a variant with the `gtin`, where one is given.
    """

    inherit_cache = True

    def __init__(
        self, product_id: ColumnElement[Any], query: ColumnElement[Any], gtin: ColumnElement[Any] | None = None
    ) -> None:
        self.product_id, self.query, self.gtin = product_id, query, gtin


@compiles(matches, "postgresql")
def _tsvector(element: matches, compiler: SQLCompiler, **kw: Any) -> str:
    # IS TRUE, so that it hashes them: it would join them, and look each product up.
    return f"({compiler.process(element.product_id, **kw)} IN ({_ids_postgresql(element, compiler, **kw)})) IS TRUE"


class joined_matches(matches):  # noqa: N801
    """The same for a list by id that nothing else narrows: PostgreSQL sorts the ids that it finds, and joins a page."""


@compiles(joined_matches, "postgresql")
def _joined_tsvector(element: joined_matches, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.product_id, **kw)} IN ({_ids_postgresql(element, compiler, **kw)})"


class is_whole(ColumnElement[bool]):  # noqa: N801
    """Whether one of the hits is found by another query, too; PostgreSQL looks at its words, which it has read."""

    inherit_cache = True

    def __init__(self, hits: TableValuedAlias, query: ColumnElement[Any]) -> None:
        self.words, self.product_id, self.query, self.gtin = hits.c.words, hits.c.product_id, query, None


@compiles(matches, "sqlite")
@compiles(is_whole, "sqlite")
def _fts5(element: matches | is_whole, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.product_id, **kw)} IN ({_ids_sqlite(element, compiler, **kw)})"


@compiles(is_whole, "postgresql")
def _is_whole_postgresql(element: is_whole, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.words, **kw)} @@ CAST({compiler.process(element.query, **kw)} AS tsquery)"


class _hits(FunctionElement[str]):  # noqa: N801
    inherit_cache = True

    def __init__(self, query: ColumnElement[Any], gtin: ColumnElement[Any] | None) -> None:
        super().__init__(query)
        self.query, self.gtin = query, gtin


@compiles(_hits, "sqlite")
def _hits_sqlite(element: _hits, compiler: SQLCompiler, **kw: Any) -> str:
    return (
        "(SELECT fields.product_id, fields.name, fields.brand, fields.tags, fields.status, NULL AS words"
        f" FROM ({_ids_sqlite(element, compiler, **kw)}) AS hit"
        " CROSS JOIN product_search_fields AS fields ON fields.product_id = hit.id)"
    )


@compiles(_hits, "postgresql")
def _hits_postgresql(element: _hits, compiler: SQLCompiler, **kw: Any) -> str:
    which = f"words @@ CAST({compiler.process(element.query, **kw)} AS tsquery)"
    if element.gtin is not None:
        which = f"product_id IN ({_ids_postgresql(element, compiler, **kw)})"
    return f"(SELECT product_id, name, brand, tags, status, words FROM product_search WHERE {which})"


def _ids_sqlite(element: matches | is_whole | _hits, compiler: SQLCompiler, **kw: Any) -> str:
    query = compiler.process(element.query, **kw)
    found = f"SELECT rowid AS id FROM product_search WHERE product_search MATCH {query}"
    return found + _ids_of_gtin(element, compiler, **kw)


def _ids_postgresql(element: matches | _hits, compiler: SQLCompiler, **kw: Any) -> str:
    query = compiler.process(element.query, **kw)
    found = f"SELECT product_id FROM product_search WHERE words @@ CAST({query} AS tsquery)"
    return found + _ids_of_gtin(element, compiler, **kw)


def _ids_of_gtin(element: matches | is_whole | _hits, compiler: SQLCompiler, **kw: Any) -> str:
    if element.gtin is None:
        return ""
    gtin = compiler.process(element.gtin, **kw)
    return f" UNION SELECT product_id FROM product_variant WHERE gtin = CAST({gtin} AS text)"


def _first_of(table: str) -> str:
    """The text of the first rows of a table behind an id."""
    rows = f"SELECT product_id, name, brand, tags, status FROM {table} WHERE product_id > {{after}}"
    return f"({rows} ORDER BY product_id LIMIT {{most}})"


@compiled_as(sqlite=_first_of("product_search_fields"), postgresql=_first_of("product_search"))
class _entries(FunctionElement[str]):  # noqa: N801
    inherit_cache = True

    def __init__(self, after: ColumnElement[int], most: ColumnElement[int]) -> None:
        super().__init__(after, most)
        self.after, self.most = after, most


_HIT_FIELDS = ("name", "brand", "tags", "status")
_ENTRY: list[Column[Any]] = [Column("product_id", ID), *(Column(name, TEXT) for name in _HIT_FIELDS)]


def hits(query: ColumnElement[Any], gtin: ColumnElement[Any] | None = None) -> TableValuedAlias:
    """The products that the query or the gtin finds as a table: ids, words of name, brand and tags, and status."""
    return _hits(query, gtin).table_valued(*_ENTRY, Column("words", TEXT), name="hits")


def found(query: ColumnElement[Any]) -> TableValuedAlias:
    """The ids of the products that the query finds as a table with the column `rowid`, in this order, on SQLite."""
    return func.product_search(query).table_valued(Column("rowid", ID), name="found")


def entries(after: ColumnElement[int], most: ColumnElement[int]) -> TableValuedAlias:
    """The first products after an id, at most so many, as a table with the columns of `hits`."""
    return _entries(after, most).table_valued(*_ENTRY, name="entries")


def query(engine: Engine, words: Sequence[str]) -> str:
    """The words as the engine's own query text: each must begin some word of the product.

    So may a word together with the one before or after it: `t-shirt` finds Tshirt.
    """
    return _conjunction(engine, ([_prefix_term(engine, word) for word in alike] for alike in neighbours(words)))


def whole(engine: Engine, words: Sequence[str]) -> str:
    """The words as the engine's own query text: each must be a whole word of the product."""
    return _conjunction(engine, ([_word_term(engine, word) for word in alike] for alike in neighbours(words)))


def beside(engine: Engine, required: Sequence[str], others: Sequence[str]) -> str:
    """Query text for all required words and one of the others; each must be a whole word of the product."""
    terms = [*neighbours(required), tuple(others)]
    return _conjunction(engine, ([_word_term(engine, word) for word in alike] for alike in terms))


def either(engine: Engine, words: Sequence[str]) -> str:
    """Query text of which one word must begin some word of the product."""
    return (" OR " if engine == "sqlite" else " | ").join(_prefix_term(engine, word) for word in words)


def _conjunction(engine: Engine, terms: Iterable[Sequence[str]]) -> str:
    either, both = (" OR ", " AND ") if engine == "sqlite" else (" | ", " & ")
    return both.join(one[0] if len(one) == 1 else f"({either.join(one)})" for one in terms)


def _prefix_term(engine: Engine, word: str) -> str:
    return f'"{word}"*' if engine == "sqlite" else f"'{word}':*"


def _word_term(engine: Engine, word: str) -> str:
    return f'"{word}"' if engine == "sqlite" else f"'{word}'"


def _text(sql: str, *names: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name) for name in names))


def _sqlite(verb: str) -> tuple[Statement, ...]:
    return (
        Statement(_text(f"{verb} INTO product_search (rowid, words) VALUES {bound_rows.place(2, ':rows')}", "rows")),
        Statement(
            _text(
                f"{verb} INTO product_search_fields (product_id, name, brand, tags, status)"
                f" VALUES {bound_rows.place(5, ':rows')}",
                "rows",
            )
        ),
    )


_POSTGRESQL = (
    "INSERT INTO product_search (product_id, words, name, brand, tags, status)"
    " SELECT id, array_to_tsvector(string_to_array(text, ' ')), name, brand, tags, status"
    " FROM unnest(CAST(:rows_0 AS bigint[]), CAST(:rows_1 AS text[]), CAST(:rows_2 AS text[]),"
    " CAST(:rows_3 AS text[]), CAST(:rows_4 AS text[]), CAST(:rows_5 AS text[]))"
    " AS given (id, text, name, brand, tags, status)"
)
_REPLACING = (
    " ON CONFLICT (product_id) DO UPDATE SET words = excluded.words, name = excluded.name,"
    " brand = excluded.brand, tags = excluded.tags, status = excluded.status"
)


def _postgresql(sql: str) -> tuple[Statement, ...]:
    return (Statement(_text(sql, *(f"rows_{n}" for n in range(6)))),)


_ADD = {"sqlite": _sqlite("INSERT"), "postgresql": _postgresql(_POSTGRESQL)}
_PUT = {"sqlite": _sqlite("INSERT OR REPLACE"), "postgresql": _postgresql(_POSTGRESQL + _REPLACING)}
_DROP = tuple(
    Statement(_text(f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(:ids))", "ids"))
    for table, column in (("product_search", "rowid"), ("product_search_fields", "product_id"))
)


async def add(unit: Unit, documents: Iterable[Indexed]) -> None:
    """Index new products."""
    await _index(unit, _ADD[unit.engine], documents)


async def replace(unit: Unit, documents: Iterable[Indexed]) -> None:
    """Index products, whether or not they are indexed already."""
    await _index(unit, _PUT[unit.engine], documents)


async def _index(unit: Unit, statements: Sequence[Statement], documents: Iterable[Indexed]) -> None:
    rows = [(product_id, *one[:4], status) for product_id, status, one in documents]
    if unit.engine == "postgresql":
        await unit.all(statements[0], **bind_rows(unit.engine, rows))
        return
    words, fields = statements
    await unit.all(words, rows=[row[:2] for row in rows])
    await unit.all(fields, rows=[(row[0], *row[2:]) for row in rows])


async def forget(unit: Unit, product_ids: Sequence[int]) -> None:
    """Drop products' words; PostgreSQL does so by its foreign key."""
    if unit.engine == "sqlite":
        for statement in _DROP:
            await unit.all(statement, ids=list(product_ids))
