"""Products with the most of everything, among those of a catalogue that `tests.catalogues` filled."""

import json
from typing import Any

from app.domain import file_models, models
from app.domain.fields import attributes
from app.stores.database import sqlite_path
from tests.databases import execute

RICH = 120
"""Products that have the most of everything: those of the first ids."""
ORDERS = 120
_LINES = 100
_BLOB = "a" * 64
_OPTIONS = ("Size", "Colour", "Cut")[: models.MAX_OPTIONS]
_LETTER = "Ж"
"""A letter of two bytes."""


def enrich(url: str, count: int) -> None:
    """Give some products 250 variants, 20 images, 100 attributes, 50 tags and the longest texts, and the others values.

    Orders of everyone with 100 lines come with them.
    """
    statements = [*_variants(count), *_members(), *_values(), *_orders()]
    if sqlite_path(url) is None:
        last = count + RICH * models.MAX_VARIANTS
        statements += [f"SELECT setval(pg_get_serial_sequence('product_variant', 'id'), {last})", "VACUUM (ANALYZE)"]
    else:
        statements = ["BEGIN", *statements, "COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"]
    execute(url, *statements)


def _numbers(**ends: int) -> str:
    """Tables of the numbers from 1 to an end, each with the one column `n`."""
    tables = [f"{t} (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM {t} WHERE n < {end})" for t, end in ends.items()]
    return f"WITH RECURSIVE {', '.join(tables)}"


def _text(value: Any) -> str:
    return "'" + (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) + "'"


def _variants(count: int) -> list[str]:
    filler = "v" * (models.MAX_OPTION_VALUE // 2)
    values = ", ".join(f'"{name}": "{name} \' || place.n || \' {filler}"' for name in _OPTIONS)
    return [
        f"""
INSERT INTO product_variant (id, product_id, position, price, currency, sku, sku_key, stock, weight, options)
{_numbers(place=models.MAX_VARIANTS - 1)} SELECT {count} + (id - 1) * {models.MAX_VARIANTS} + place.n, id, place.n,
    price, currency, 'R' || id || '-' || place.n, 'r' || id || '-' || place.n, 5, '{{"value":1.5,"unit":"kg"}}',
    '{{{values}}}'
FROM product, place WHERE id <= {RICH}
"""
    ]


def _members() -> list[str]:
    long = attributes.MAX_CHARACTERS // attributes.MAX_ATTRIBUTES - len("Attribute 99")
    options = [
        {"name": name, "values": [f"{name} {n} {'v' * 100}" for n in range(models.MAX_VARIANTS)]} for name in _OPTIONS
    ]
    return [
        f"INSERT INTO blob (sha256) VALUES ('{_BLOB}')",
        f"""
UPDATE product SET description = {_text(_LETTER * models.MAX_DESCRIPTION)}, brand = {_text("b" * models.MAX_BRAND)},
    attributes = {_text({f"Attribute {n}": "x" * long for n in range(attributes.MAX_ATTRIBUTES)})},
    tags = {_text([f"{n} {'y' * 250}" for n in range(models.MAX_TAGS)])}, options = {_text(options)},
    variant_count = {models.MAX_VARIANTS}, image_sha256 = '{_BLOB}', image = id || ' {_BLOB} image/png 640 480 9000'
WHERE id <= {RICH}
""",
        f"""
INSERT INTO product_image (product_id, position, sha256, alt, content_type, width, height, bytes)
{_numbers(place=file_models.MAX_IMAGES)} SELECT id, place.n - 1, '{_BLOB}',
    {_text(_LETTER * file_models.MAX_ALT)}, 'image/png', 640, 480, 9000
FROM product, place WHERE id <= {RICH}
""",
    ]


def _values() -> list[str]:
    """Brands, tags and attributes of the other products, as facets count them."""
    given = (
        ("brand", "'brand ' || (id % 300)", "NULL"),
        ("tag", "'tag ' || (id % 40)", "NULL"),
        ("tag", "'label ' || (id % 1000)", "NULL"),
        ("attributes.colour", "'colour ' || (id % 60)", "NULL"),
        ("attributes.size", "'' || (id % 5000)", "id % 5000"),
    )
    return [
        f"INSERT INTO product_value (name, value, product_id, label, number)"
        f" SELECT '{name}', {value}, id, {value}, {number} FROM product WHERE id > {RICH} ORDER BY 1, 2, 3"
        for name, value, number in given
    ]


def _orders() -> list[str]:
    return [
        f"""
INSERT INTO purchase (caller, status, reference, currency, total, created_at)
{_numbers(number=ORDERS)} SELECT '', 'placed', 'r' || n, 'EUR', 100, n FROM number
""",
        f"""
INSERT INTO purchase_line (order_id, position, product_id, name, quantity, unit_price, taken)
{_numbers(place=_LINES)} SELECT purchase.id, place.n, place.n, {_text(_LETTER * models.MAX_NAME)}, 1, 100, 0
FROM purchase, place
""",
    ]
