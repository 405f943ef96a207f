"""Catalogues of any size, made by SQL in seconds: heavy ties, and three in ten products in category 1."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from app.stores.database import sqlite_path
from tests.databases import execute

LARGE, SMALL = 1, 9
"""The category of three in ten products, and one of two thousand in a hundred thousand."""

_PRODUCT = """
INSERT INTO product (name, name_key, description, sku, price, currency, stock, version, created_at, updated_at)
SELECT 'Oak chair ' || (n * 7919 % 1000), 'oak chair ' || (n * 7919 % 1000), 'Made of oak', 'S' || n,
    (n * 104729 % 200 + 1) * 100, CASE WHEN n % 1000 = 0 THEN 'CHF' ELSE 'EUR' END,
    CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 5 ELSE n % 400 / 2 END, 1, (n - 1) / 1000, n + n * 31 % 10007
FROM numbers ORDER BY n
"""
_CATEGORY = """
INSERT INTO category (name, name_key, words, slug, version)
SELECT 'Category ' || n, 'category ' || n, ' category ' || n, 'category-' || n, 1 FROM numbers WHERE n <= 51
"""
_LINK = """
INSERT INTO product_category (category_id, product_id, price, name_key, created_at, updated_at)
SELECT CASE WHEN id % 10 < 3 THEN 1 ELSE 2 + id % 50 END, id, price, name_key, created_at, updated_at FROM product
"""
_COMMON = (_CATEGORY, _PRODUCT, _LINK)
_WORDS = "'oak chair ' || (id * 7919 % 1000) || ' made of'"
_NUMBERS = """
CREATE TEMP TABLE numbers AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
SELECT n FROM n
"""
_VECTORS = f"""
INSERT INTO product_search (product_id, words)
SELECT id, array_to_tsvector(string_to_array({_WORDS}, ' ')) FROM product
"""
_SQLITE = (
    _NUMBERS,
    "BEGIN",
    *_COMMON,
    f"INSERT INTO product_search (rowid, words) SELECT id, {_WORDS} FROM product",
    "COMMIT",
    "PRAGMA wal_checkpoint(TRUNCATE)",
)
_POSTGRESQL = (
    "CREATE TABLE numbers AS SELECT n FROM generate_series(1::bigint, {count}) AS n",
    *_COMMON,
    _VECTORS,
    "DROP TABLE numbers",
    "VACUUM (ANALYZE) product, product_category, category, product_search",
)


_ORDERS = """
INSERT INTO purchase (caller, status, reference, currency, total, created_at)
SELECT CASE WHEN n % 100 = 0 THEN 'other' ELSE 'me' END, CASE WHEN n % 500 BETWEEN 1 AND 2 THEN 'cancelled' ELSE
    'placed' END, CASE WHEN n % 2 = 1 THEN 'r' || (n % 300) END, 'EUR', 100, n / 100
FROM numbers ORDER BY n
"""
_TREE = """
INSERT INTO category (parent_id, name, name_key, words, slug, version)
SELECT CASE WHEN n % 30 > 0 THEN n % 100 + 1 END, 'C ' || (n * 7919 % {count}), 'c ' || (n * 7919 % {count}),
    ' c ' || (n * 7919 % {count}), 'c-' || n, 1
FROM numbers ORDER BY n
"""


def fill(url: str, count: int) -> None:
    """Put so many products into an empty database."""
    _run(url, count, _SQLITE if sqlite_path(url) else _POSTGRESQL)


def fill_lists(url: str, count: int) -> None:
    """Put so many orders and so many categories into an empty database."""
    both = (_ORDERS, _TREE)
    if sqlite_path(url):
        _run(url, count, (_SQLITE[0], "BEGIN", *both, "COMMIT"))
    else:
        _run(url, count, (_POSTGRESQL[0], *both, "DROP TABLE numbers", "VACUUM (ANALYZE) purchase, category"))


def _run(url: str, count: int, statements: Sequence[str]) -> None:
    path = sqlite_path(url)
    if path is None:
        execute(url, *(statement.format(count=count) for statement in statements))
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement.format(count=count))
