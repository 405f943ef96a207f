"""Catalogues for timing searches and facets, of any size, made by SQL: an import takes many times as long.

Category 1 has the first 10,000 products, nine others the rest. There are 400 brands, 5 tags and 8,000 words, of which
few are frequent; names have a number, too, as those of models do.
"""

from app.domain.catalogue.product_values import ENTRY, PART
from app.stores.database import sqlite_path
from tests.databases import execute

LARGE = 10_000
_SYLLABLES = "ba re ti no lu sel dor min ka vel tro qui pa zen mo ri fa gul hex yo".split()
_PICKS = {
    "material": ("Steel", "Oak", "Linen", "Copper", "Glass", "Wool", "Carbon", "Paper"),
    "subject": ("Lamp", "Chair", "Bottle", "Desk", "Jacket", "Keyboard", "Kettle", "Backpack", "Clock", "Notebook"),
    "tag": ("new", "sale", "gift", "kids", "garden"),
    "color": ("red", "blue", "green", "black"),
    "word": tuple(
        _SYLLABLES[n % 20] + _SYLLABLES[n // 20 % 20] + _SYLLABLES[n // 400 % 20] for n in range(len(_SYLLABLES) ** 3)
    ),
}
_PRIMES = (10007, 10009, 10037, 10039, 10061, 10067, 10069, 10079, 10091, 10093, 10099, 10103)
_DESCRIPTION = 6
_TABLES = "product, product_variant, product_category, product_value, product_search, word, category"


def _random(n: int) -> str:
    """A number that hangs on the product alone, below a prime."""
    return f"(n * 7919 % {_PRIMES[n]})"


def _picked(kind: str, n: int) -> str:
    return f"(SELECT picked FROM pick WHERE kind = '{kind}' AND place = {_random(n)} % {len(_PICKS[kind])})"


def _word(n: int) -> str:
    """A word; the first ones are frequent."""
    r, p = _random(n), _PRIMES[n]
    return f"(SELECT picked FROM pick WHERE kind = 'word' AND place = {r} * {r} / {p} * {r} / {p} * 8000 / {p})"


_NAME = f"{_picked('material', 0)} || ' ' || {_picked('subject', 1)} || ' ' || {_word(2)} || ' ' || n"
_TEXT = " || ' ' || ".join(_word(3 + n) for n in range(_DESCRIPTION))
_BRAND = f"(SELECT picked FROM pick WHERE kind = 'word' AND place = {_random(10)} % 20) || ' ' || ({_random(11)} % 20)"
_MADE = f"""
CREATE TABLE made AS SELECT n, {_NAME} AS name, {_TEXT} AS description, {_random(9)} * 900 + 10000 AS price,
    CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 0 ELSE 5 END AS stock, {_BRAND} AS brand, {_picked("tag", 3)} AS tag,
    {_picked("color", 4)} AS color, {_random(5)} % 9 AS seats,
    CASE WHEN n <= {LARGE} THEN 1 ELSE 2 + n % 9 END AS category
FROM numbers
"""
_FIELDS = "lower(' ' || name || ' '), lower(' ' || brand || ' '), ' ' || tag || ' '"
_ALL = "lower(name || ' ' || brand || ' ' || tag || ' ' || description || ' f' || n)"
_VALUES = {
    "brand": ("brand", "NULL"),
    "tag": ("tag", "NULL"),
    "attributes.color": ("color", "NULL"),
    "attributes.seats": ("CAST(seats AS text)", "seats"),
}
_PACKED = f" || '{ENTRY}' || ".join(
    f"'{name}{PART}' || {value} || '{PART}' || {value} || '{'' if number == 'NULL' else PART}'"
    for name, (value, number) in _VALUES.items()
)
_SHARED = (
    "CREATE TABLE pick (kind text, place bigint, picked text, PRIMARY KEY (kind, place))",
    *(
        f"INSERT INTO pick VALUES {', '.join(f'({kind!r}, {n}, {word!r})' for n, word in enumerate(words))}"
        for kind, words in _PICKS.items()
    ),
    _MADE,
    """INSERT INTO category (name, name_key, identity_key, words, slug, version)
    SELECT 'Category ' || n, 'category ' || n, 'category ' || n, ' category ' || n, 'category-' || n, 1
    FROM numbers WHERE n <= 10 ORDER BY n""",
    """INSERT INTO product (name, name_key, description, price, currency, version, created_at, updated_at, variant_id,
    slug, brand, tags, attributes)
    SELECT name, lower(name), description, price, 'USD', 1, n, n, n, 'p-' || n, brand, '["' || tag || '"]',
    '{"Color":"' || color || '","Seats":' || seats || '}' FROM made ORDER BY n""",
    """INSERT INTO product_variant (id, product_id, position, sku, sku_key, price, currency, stock)
    SELECT n, n, 0, 'F' || n, 'f' || n, price, 'USD', stock FROM made ORDER BY n""",
    f"""INSERT INTO product_category (category_id, product_id, price, name_key, created_at, updated_at, status,
    facet_values, facet_values_at) SELECT category, n, price, lower(name), n, n, 'active', {_PACKED}, n FROM made
    ORDER BY category, n""",
    *(
        "INSERT INTO product_value (name, value, product_id, label, number)"
        f" SELECT '{name}', {value}, n, {value}, {number} FROM made ORDER BY 1, 2, 3"
        for name, (value, number) in _VALUES.items()
    ),
)
_FREQUENCY = " + ".join(f"CASE WHEN ndoc >= {4**n} THEN 1 ELSE 0 END" for n in range(1, 11))
_WORDS = f"INSERT INTO word (word, backward, products, frequency) SELECT word, {{}}, ndoc, nullif({_FREQUENCY}, 0) FROM"
_BACKWARD = (
    "(WITH RECURSIVE letter (place, text) AS (SELECT length(word), '' UNION ALL SELECT place - 1,"
    " text || substr(word, place, 1) FROM letter WHERE place > 0) SELECT text FROM letter WHERE place = 0)"
)
_SQLITE = (
    "PRAGMA synchronous = OFF",
    "PRAGMA cache_size = -500000",
    "BEGIN",
    """CREATE TABLE numbers AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
    SELECT n FROM n""",
    *_SHARED,
    f"INSERT INTO product_search (rowid, words) SELECT n, {_ALL} FROM made ORDER BY n",
    f"""INSERT INTO product_search_fields (product_id, name, brand, tags, status)
    SELECT n, {_FIELDS}, 'active' FROM made ORDER BY n""",
    "COMMIT",
    "CREATE VIRTUAL TABLE temp.counted USING fts5vocab(main, product_search, row)",
    "BEGIN",
    f"""{_WORDS.format(_BACKWARD)} (SELECT term AS word, doc AS ndoc FROM temp.counted
    WHERE term NOT GLOB 'f[0-9]*') AS counted ORDER BY word""",
    "DROP TABLE made",
    "DROP TABLE pick",
    "DROP TABLE numbers",
    "COMMIT",
    "PRAGMA wal_checkpoint(TRUNCATE)",
)
_POSTGRESQL = (
    "SET maintenance_work_mem = '512MB'",
    "SET work_mem = '256MB'",
    "DROP INDEX product_search_words",
    "CREATE TABLE numbers AS SELECT n FROM generate_series(1::bigint, {count}) AS n",
    *_SHARED,
    f"""INSERT INTO product_search (product_id, words, name, brand, tags, status)
    SELECT n, array_to_tsvector(string_to_array({_ALL}, ' ')), {_FIELDS}, 'active' FROM made ORDER BY n""",
    f"""{_WORDS.format("reverse(word)")} ts_stat('SELECT words FROM product_search')
    WHERE word !~ '^f[0-9]' ORDER BY word""",
    "CREATE INDEX product_search_words ON product_search USING gin (words)",
    "DROP TABLE made",
    "DROP TABLE pick",
    "DROP TABLE numbers",
    f"VACUUM (ANALYZE) {_TABLES}",
)


def fill(url: str, count: int) -> None:
    """Put so many products into an empty database."""
    made = _SQLITE if sqlite_path(url) else _POSTGRESQL
    execute(url, *(one.replace("{count}", str(count)) for one in made))
