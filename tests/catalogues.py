"""Catalogues of any size, made by SQL in seconds: heavy ties, and three in ten products in category 1."""

from collections.abc import Sequence
from typing import Any

from app.domain.catalogue import product_edits
from app.domain.fields.drafts import Draft
from app.stores.database import sqlite_path
from tests.databases import execute

LARGE, SMALL = 1, 9
"""The category of three in ten products, and one of two thousand in a hundred thousand."""

_PRODUCT = """
INSERT INTO product (name, name_key, description, price, currency, version, created_at, updated_at{more})
SELECT 'Oak chair ' || (n * 7919 % 1000), 'oak chair ' || (n * 7919 % 1000), 'Made of oak',
    (n * 104729 % 200 + 1) * 100, CASE WHEN n % 1000 = 0 THEN 'CHF' ELSE 'EUR' END, 1, (n - 1) / 1000,
    n + n * 31 % 10007{values}
FROM numbers ORDER BY n
"""
_SKU, _STOCK = "'S' || n", "CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 5 ELSE n % 400 / 2 END"
_PRODUCTS = (
    _PRODUCT.format(more=", variant_id, slug", values=", n, 'oak-chair-' || n"),
    f"""
INSERT INTO product_variant (id, product_id, position, price, currency, sku, sku_key, stock)
SELECT n, n, 0, price, currency, {_SKU}, lower({_SKU}), {_STOCK} FROM numbers JOIN product ON id = n ORDER BY n
""",
)
_PRODUCTS_BEFORE_VARIANTS = (_PRODUCT.format(more=", sku, stock", values=f", {_SKU}, {_STOCK}"),)
_CATEGORY = """
INSERT INTO category (name, name_key, words, slug, version)
SELECT 'Category ' || n, 'category ' || n, ' category ' || n, 'category-' || n, 1 FROM numbers WHERE n <= 51
"""
_LINK = """
INSERT INTO product_category (category_id, product_id, price, name_key, created_at, updated_at)
SELECT CASE WHEN id % 10 < 3 THEN 1 ELSE 2 + id % 50 END, id, price, name_key, created_at, updated_at FROM product
"""
_WORDS = "'oak chair ' || (id * 7919 % 1000) || ' made of'"
_NAME = "' oak chair ' || (id * 7919 % 1000) || ' '"
_VOCABULARY = """
INSERT INTO word (word, backward, products, frequency)
SELECT 'oak', 'kao', {count}, 10 UNION ALL SELECT 'chair', 'riahc', {count}, 10
UNION ALL SELECT 'made', 'edam', {count}, 10 UNION ALL SELECT 'of', 'fo', {count}, 10
"""
_NUMBERS = """
CREATE TEMP TABLE numbers AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
SELECT n FROM n
"""
_VECTORS = f"""
INSERT INTO product_search (product_id, words)
SELECT id, array_to_tsvector(string_to_array({_WORDS}, ' ')) FROM product
"""
_FIELDS = {
    "sqlite": "INSERT INTO product_search_fields (product_id, name, brand, tags, status)"
    f" SELECT id, {_NAME}, '', '', 'active' FROM product",
    "postgresql": f"UPDATE product_search SET name = fields.name, brand = '', tags = ''"
    f" FROM (SELECT id, {_NAME} AS name FROM product) AS fields WHERE fields.id = product_id",
}
_NEXT_VARIANT = "SELECT setval(pg_get_serial_sequence('product_variant', 'id'), {count})"
_SERIES = "CREATE TABLE numbers AS SELECT n FROM generate_series(1::bigint, {count}) AS n"


_ORDERS = """
INSERT INTO purchase (caller, status, reference, currency, total, created_at, cancelled_at)
SELECT CASE WHEN n % 100 = 0 THEN 'other' ELSE 'me' END, CASE WHEN n % 500 BETWEEN 1 AND 2 THEN 'cancelled' ELSE
    'placed' END, CASE WHEN n % 2 = 1 THEN 'r' || (n % 300) END, 'EUR', 100, n / 100,
    CASE WHEN n % 500 BETWEEN 1 AND 2 THEN n / 100 + 9 END
FROM numbers ORDER BY n
"""
_TREE = """
INSERT INTO category (parent_id, name, name_key, words, slug, version)
SELECT CASE WHEN n % 30 > 0 THEN n % 100 + 1 END, 'C ' || (n * 7919 % {count}), 'c ' || (n * 7919 % {count}),
    ' c ' || (n * 7919 % {count}), 'c-' || n, 1
FROM numbers ORDER BY n
"""


def fill(url: str, count: int, *, variants: bool = True) -> None:
    """Put so many products into an empty database, or into one of a revision before `variants`."""
    filling = (_CATEGORY, *(_PRODUCTS if variants else _PRODUCTS_BEFORE_VARIANTS), _LINK)
    if sqlite_path(url):
        words = f"INSERT INTO product_search (rowid, words) SELECT id, {_WORDS} FROM product"
        later = (_VOCABULARY, _FIELDS["sqlite"]) if variants else ()
        _run(url, count, (_NUMBERS, "BEGIN", *filling, words, *later, "COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"))
    else:
        tables = f"product, product_category, category, product_search{', product_variant' * variants}"
        later = (_VOCABULARY, _FIELDS["postgresql"], _NEXT_VARIANT) if variants else ()
        _run(url, count, (_SERIES, *filling, _VECTORS, *later, "DROP TABLE numbers", f"VACUUM (ANALYZE) {tables}"))


def archive(url: str, until: int) -> None:
    """Archive the products up to an id: the oldest ones, and with heavy ties some of each price and name."""
    both = [f"UPDATE {table} SET status = 'archived' WHERE {name} <= {until}" for table, name in _IDS]
    tidy = () if sqlite_path(url) else ("VACUUM (FULL, ANALYZE) product", "VACUUM (FULL, ANALYZE) product_category")
    _run(url, until, (*both, *tidy))


_IDS = (("product", "id"), ("product_category", "product_id"))


def illustrate(url: str) -> None:
    """Give every product of a revision before lists of images one of these."""
    name = "a" * 64
    image = f"image_sha256 = '{name}', image = id || ' {name} image/png 640 480 9000'"
    _run(url, 0, (f"INSERT INTO blob (sha256) VALUES ('{name}')", f"UPDATE product SET {image}"))


def fill_lists(url: str, count: int) -> None:
    """Put so many orders and so many categories into an empty database."""
    both = (_ORDERS, _TREE)
    if sqlite_path(url):
        _run(url, count, (_NUMBERS, "BEGIN", *both, "COMMIT"))
    else:
        _run(url, count, (_SERIES, *both, "DROP TABLE numbers", "VACUUM (ANALYZE) purchase, category"))


def _run(url: str, count: int, statements: Sequence[str]) -> None:
    execute(url, *(statement.format(count=count) for statement in statements))


def goods(name: str, price: int, **members: Any) -> Draft:
    """A product with one variant, which has the price in units."""
    return product_edits.apply({"name": name, "price": price, **members})
