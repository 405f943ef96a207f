"""The models and the migrated database are the same, and the database itself enforces every rule."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from app.domain import models
from app.domain.unit_of_work import Engine
from app.migrations.modelled import TOLD, modelled
from tests.databases import Databases

T = TypeVar("T")
On = Callable[[Callable[[Connection], T]], T]
NOT_MODELLED = "product_search"
RETIRED = {"ck_product_sku_length", "ck_product_stock_range"}
"""The checks of columns that the release before variants reads."""

PRODUCT: dict[str, Any] = {
    "name": "Kettle", "name_key": "kettle", "description": "", "price": 100, "currency": "USD", "version": 1,
    "created_at": 1, "updated_at": 1, "id": 1, "variant_id": 1, "variant_count": 1,
}  # fmt: skip
PRODUCT_VARIANT: dict[str, Any] = {
    "product_id": 1, "position": 0, "price": 100, "currency": "USD", "sku": "K1", "stock": 1,
}  # fmt: skip
CATEGORY: dict[str, Any] = {
    "id": 1, "parent_id": None, "name": "Tea", "name_key": "tea", "identity_key": "tea",
    "words": " tea", "slug": "tea", "version": 1,
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": 1, "caller": "", "status": "placed", "reference": None, "currency": "USD", "total": 100, "created_at": 1,
}  # fmt: skip
LINE: dict[str, Any] = {
    "order_id": 1, "position": 0, "product_id": 1, "name": "Kettle", "quantity": 1, "unit_price": 100, "taken": 1,
}  # fmt: skip
KEY: dict[str, Any] = {"id": "k", "name": "n", "hash": "0" * 64, "scopes": "", "created_at": 1}
BLOB: dict[str, Any] = {"sha256": "0" * 64}
IMPORT = {
    **dict.fromkeys(("caller", "format", "options", "file_id", "name"), "x"), "status": "queued", "not_held": "[]",
    **dict.fromkeys(
        ("dry_run", "owns_file", "bytes", "taken", "lines", "created", "updated", "unchanged", "bad", "created_at"), 0
    ),
}  # fmt: skip
FILE: dict[str, Any] = {
    "id": "0" * 32, "caller": "", "name": "a.txt", "content_type": "text/plain", "bytes": 0, "sha256": "0" * 64,
    "created_at": 1,
}  # fmt: skip
PICTURE: dict[str, Any] = {
    "product_id": 1, "position": 0, "sha256": "0" * 64, "alt": "", "content_type": "image/png", "width": 1, "height": 1,
    "bytes": 1,
}  # fmt: skip
VARIANT: dict[str, Any] = {
    "source": "0" * 64, "width": 160, "content_type": "image/webp", "bytes": 1, "sha256": "0" * 64,
}  # fmt: skip
WEBHOOK: dict[str, Any] = {
    "id": 1, "caller": "", "url": "https://a.test/", "types": "", "active": 1, "secret": "s", "secret_number": 1,
    "place_epoch": 0, "place_id": 1, "place_seen": 0, "place_at": 1, "last_number": 0, "next_at": 0, "leased_until": 0,
    "created_at": 1,
}  # fmt: skip
WEBHOOK_DELIVERY: dict[str, Any] = {
    "webhook_id": 1, "number": 1, "message_id": "m", "type": "t", "data": "{}", "status": "pending", "attempts": 0,
    "at": 1, "created_at": 1,
}  # fmt: skip
UPLOAD: dict[str, Any] = {
    "id": "0" * 32, "caller": "", "name": "a.txt", "content_type": "text/plain", "metadata": "", "bytes": 1,
    "received": 0, "expires_at": 1,
}  # fmt: skip
CHANGE: dict[str, Any] = {"type": "product.created", "subject_id": 1, "members": "", "at": 1, "caller": ""}
ROWS = {
    "product": PRODUCT, "category": CATEGORY, "purchase": ORDER, "purchase_line": LINE, "api_key": KEY, "blob": BLOB,
    "import_job": IMPORT,
    "file": FILE, "variant": VARIANT, "upload": UPLOAD, "product_variant": PRODUCT_VARIANT, "product_image": PICTURE,
    "change": CHANGE, "webhook": WEBHOOK, "webhook_delivery": WEBHOOK_DELIVERY,
}  # fmt: skip
PARENTS = {
    "purchase_line": [("purchase", ORDER)], "file": [("blob", BLOB)], "variant": [("blob", BLOB)],
    "product_variant": [("product", PRODUCT)], "product_image": [("blob", BLOB), ("product", PRODUCT)],
    "webhook_delivery": [("webhook", WEBHOOK)],
}  # fmt: skip

BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("product", "name_length", {"name": ""}),
    ("product", "name_length", {"name": "x" * 201}),
    ("product", "description_length", {"description": "x" * 10_001}),
    ("product", "price_range", {"price": 0}),
    ("product", "price_range", {"price": 9_999_999_999_900 + 100}),
    ("product", "price_decimals", {"price": 101}),
    ("product", "price_decimals", {"price": 100, "currency": "JPY"}),
    ("product", "price_decimals", {"price": 101, "currency": "KWD"}),
    ("product", "currency_length", {"currency": "US"}),
    ("product", "variant_count", {"variant_count": 0}),
    ("product", "variant_count", {"variant_count": 251}),
    ("product", "version", {"version": 0}),
    ("product", "times", {"updated_at": 0}),
    ("product", "status", {"status": "sold"}),
    ("product", "slug_length", {"slug": ""}),
    ("product", "slug_length", {"slug": "x" * 201}),
    ("product", "brand_length", {"brand": ""}),
    ("product", "brand_length", {"brand": "x" * 201}),
    ("product", "image", {"image": "1 00 image/png 1 1 1"}),
    ("product_variant", "sku_length", {"sku": ""}),
    ("product_variant", "sku_length", {"sku": "x" * 65}),
    ("product_variant", "gtin_length", {"gtin": "1234567"}),
    ("product_variant", "price_range", {"price": 0}),
    ("product_variant", "price_decimals", {"price": 100, "currency": "JPY"}),
    ("product_variant", "compare_at_price_range", {"compare_at_price": 9_999_999_999_900 + 100}),
    ("product_variant", "compare_at_price_decimals", {"compare_at_price": 101}),
    ("product_variant", "currency_length", {"currency": "US"}),
    ("product_variant", "stock_range", {"stock": -1}),
    ("product_variant", "stock_range", {"stock": 2**31}),
    ("category", "name_length", {"name": ""}),
    ("category", "slug_length", {"slug": ""}),
    ("category", "own_parent", {"parent_id": 1}),
    ("category", "version", {"version": 0}),
    ("purchase", "status", {"status": "lost"}),
    ("purchase", "reference_length", {"reference": "x" * 65}),
    ("purchase", "currency_length", {"currency": "EURO"}),
    ("purchase", "total_range", {"total": 0}),
    ("purchase_line", "quantity_range", {"quantity": 0, "taken": 0}),
    ("purchase_line", "quantity_range", {"quantity": 10_001, "taken": 0}),
    ("purchase_line", "unit_price", {"unit_price": 0}),
    ("purchase_line", "taken", {"quantity": 3, "taken": 2}),
    ("api_key", "name_length", {"name": ""}),
    ("api_key", "hash_length", {"hash": "0"}),
    ("blob", "sha256_length", {"sha256": "0"}),
    ("import_job", "status", {"status": "lost"}),
    ("import_job", "flags", {"dry_run": 2}),
    ("file", "id_length", {"id": "0"}),
    ("file", "name_length", {"name": ""}),
    ("file", "name_length", {"name": "x" * 256}),
    ("file", "content_type_length", {"content_type": "x"}),
    ("file", "content_type_length", {"content_type": "x" * 101}),
    ("file", "bytes", {"bytes": -1}),
    ("product_image", "position", {"position": -1}),
    ("product_image", "position", {"position": 20}),
    ("product_image", "alt_length", {"alt": "x" * 513}),
    ("product_image", "size", {"width": 0}),
    ("product_image", "size", {"height": 0}),
    ("product_image", "bytes", {"bytes": 0}),
    ("variant", "width", {"width": 0}),
    ("variant", "bytes", {"bytes": 0}),
    ("upload", "id_length", {"id": "0"}),
    ("upload", "received", {"received": -1}),
    ("upload", "received", {"received": 2}),
    ("change", "runs", {"runs": "1@1"}),
    ("webhook", "url_length", {"url": ""}),
    ("webhook", "active", {"active": 0}),
    ("webhook", "reason", {"active": 0, "reason": "lost"}),
    ("webhook", "old_secret", {"old_secret": "s"}),
    ("webhook_delivery", "status", {"status": "lost"}),
]


@pytest.fixture(scope="module")
def on(databases: Databases, engine: Engine) -> On[Any]:
    """Runs a function on a connection to a migrated database, and undoes what it did."""
    url = databases.create(engine)

    def on_sqlite(work: Callable[[Connection], T]) -> T:
        with create_engine(url, poolclass=NullPool).connect() as connection:
            connection.execute(text("PRAGMA foreign_keys = ON"))
            return work(connection)

    return on_sqlite if engine == "sqlite" else lambda work: asyncio.run(_on_postgresql(url, work))


async def _on_postgresql(url: str, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    async with engine.connect() as connection:
        return await connection.run_sync(work)


def insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    """Insert a row."""
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # which SQLite cannot tell; `test_unique` has it
def test_models_and_migrations_agree(on: On[list[Any]]) -> None:
    """Tables, columns, types, indexes and foreign keys of the models are those that the migrations make."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": modelled})
        return list(compare_metadata(context, SQLModel.metadata))

    assert on(compare) == []


def test_checks_agree(on: On[set[tuple[str, str]]]) -> None:
    """Every CHECK of the models is in the database, by name, and no other is; so is every unique index."""

    def stored(connection: Connection) -> set[tuple[str, str]]:
        inspector = inspect(connection)
        return {
            (table, str(check["name"]))
            for table in SQLModel.metadata.tables
            for check in inspector.get_check_constraints(table)
            if check["name"] not in RETIRED
        }

    checks = {
        (table.name, str(one.name))
        for table in SQLModel.metadata.tables.values()
        for one in table.constraints
        if isinstance(one, CheckConstraint)
    }
    assert on(stored) == checks
    assert {(table, f"ck_{table}_{name}") for table, name, _ in BROKEN} == checks


@pytest.mark.parametrize("table", ROWS)
def test_good_rows(on: On[None], table: str) -> None:
    """The rows that the checks are tried on are fine by themselves."""

    def store(connection: Connection) -> None:
        for parent in PARENTS.get(table, ()):
            insert(connection, *parent)
        insert(connection, table, ROWS[table])

    on(store)


@pytest.mark.parametrize(("table", "check", "broken"), BROKEN)
def test_checks_bite(on: On[None], table: str, check: str, broken: dict[str, Any]) -> None:
    """A row that breaks a rule is refused by its CHECK, whoever writes it."""

    def store(connection: Connection) -> None:
        for parent in PARENTS.get(table, ()):
            insert(connection, *parent)
        with pytest.raises((IntegrityError, DBAPIError), match=f"ck_{table}_{check}"):
            insert(connection, table, ROWS[table] | broken)

    on(store)


def test_unique(on: On[None]) -> None:
    """A sku, a slug and a name among siblings, at the root too, are taken once."""

    def store(connection: Connection) -> None:
        insert(connection, "product", PRODUCT)
        insert(connection, "category", CATEGORY)
        insert(connection, "product_variant", PRODUCT_VARIANT)
        insert(connection, "product_variant", PRODUCT_VARIANT | {"sku": None})
        insert(connection, "product_variant", PRODUCT_VARIANT | {"sku": None})
        insert(connection, "category", CATEGORY | {"id": 2, "slug": "tea-2", "parent_id": 1})
        for table, row in (
            ("product_variant", PRODUCT_VARIANT),
            ("category", CATEGORY | {"id": 3, "slug": "other"}),
            ("category", CATEGORY | {"id": 4, "slug": "other", "parent_id": 1}),
            ("category", CATEGORY | {"id": 5, "identity_key": "other"}),
        ):
            part = connection.begin_nested()
            with pytest.raises(IntegrityError):
                insert(connection, table, row)
            part.rollback()

    on(store)


def test_every_table_is_modelled(on: On[set[str]]) -> None:
    """The database has the models' tables, the word index, and those that tell its revision; nothing else."""
    found = on(lambda connection: set(inspect(connection).get_table_names()))
    rest = {name for name in found if not name.startswith(NOT_MODELLED)} - {"alembic_version", TOLD}
    assert rest == set(models.SQLModel.metadata.tables)
