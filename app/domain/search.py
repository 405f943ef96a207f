"""The word index of products: FTS5 on SQLite, a tsvector on PostgreSQL, both holding our own folded words.

Neither engine's parser sees the text: words are cut and folded by `text.words`, so that both find the same products.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, TextClause, bindparam, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.domain.text import words
from app.domain.unit import Engine, Statement, Unit


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


def query(engine: Engine, wanted: Sequence[str]) -> str:
    """The words as the engine's own query text: each must begin some word of the product."""
    if engine == "sqlite":
        return " AND ".join(f'"{word}"*' for word in wanted)
    return " & ".join(f"'{word}':*" for word in wanted)


def _text(sql: str, *names: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name) for name in names))


_PUT = {
    "sqlite": Statement(
        _text(
            "INSERT OR REPLACE INTO product_search (rowid, words)"
            " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:rows)",
            "rows",
        )
    ),
    "postgresql": Statement(
        _text(
            "INSERT INTO product_search (product_id, words)"
            " SELECT (value ->> 0)::bigint, array_to_tsvector(string_to_array(value ->> 1, ' '))"
            " FROM json_array_elements(CAST(:rows AS json)) AS value"
            " ON CONFLICT (product_id) DO UPDATE SET words = excluded.words",
            "rows",
        )
    ),
}
_DROP = Statement(_text("DELETE FROM product_search WHERE rowid = :id", "id"))


async def index(unit: Unit, products: Sequence[tuple[int, str, str]]) -> None:
    """Index the words of products, each given as (id, name, description), in place of what stood there."""
    rows = [[identity, " ".join(words(f"{name} {description}"))] for identity, name, description in products]
    await unit.all(_PUT[unit.engine], rows=msgspec.json.encode(rows).decode())


async def forget(unit: Unit, product_id: int) -> None:
    """Drop a product's words; PostgreSQL does so by its foreign key."""
    if unit.engine == "sqlite":
        await unit.all(_DROP, id=product_id)
