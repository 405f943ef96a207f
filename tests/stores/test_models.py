"""The models and the migrated database are the same, and the database itself enforces every rule."""

import asyncio
from collections.abc import Callable, Iterator
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
from app.domain.unit import Engine
from tests.databases import Databases

T = TypeVar("T")
On = Callable[[Callable[[Connection], T]], T]
NOT_MODELLED = "product_search"

PRODUCT: dict[str, Any] = {
    "name": "Kettle", "name_key": "kettle", "description": "", "sku": "K1", "price": 100, "currency": "USD",
    "stock": 1, "version": 1, "created_at": 1, "updated_at": 1,
}  # fmt: skip
CATEGORY: dict[str, Any] = {
    "id": 1, "parent_id": None, "name": "Tea", "name_key": "tea", "words": " tea", "slug": "tea", "version": 1,
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": 1, "caller": "", "status": "placed", "reference": None, "currency": "USD", "total": 100, "created_at": 1,
}  # fmt: skip
LINE: dict[str, Any] = {
    "order_id": 1, "position": 0, "product_id": 1, "name": "Kettle", "quantity": 1, "unit_price": 100, "taken": 1,
}  # fmt: skip
KEY: dict[str, Any] = {"id": "k", "name": "n", "hash": "0" * 64, "scopes": "", "created_at": 1}
BLOB: dict[str, Any] = {"sha256": "0" * 64}
FILE: dict[str, Any] = {
    "id": "0" * 32, "caller": "", "name": "a.txt", "content_type": "text/plain", "bytes": 0, "sha256": "0" * 64,
    "created_at": 1,
}  # fmt: skip
VARIANT: dict[str, Any] = {
    "source": "0" * 64, "width": 160, "content_type": "image/webp", "bytes": 1, "sha256": "0" * 64,
}  # fmt: skip
UPLOAD: dict[str, Any] = {
    "id": "0" * 32, "caller": "", "name": "a.txt", "content_type": "text/plain", "metadata": "", "bytes": 1,
    "received": 0, "expires_at": 1,
}  # fmt: skip
ROWS = {
    "product": PRODUCT, "category": CATEGORY, "purchase": ORDER, "purchase_line": LINE, "api_key": KEY, "blob": BLOB,
    "file": FILE, "variant": VARIANT, "upload": UPLOAD,
}  # fmt: skip
PARENTS = {"purchase_line": ("purchase", ORDER), "file": ("blob", BLOB), "variant": ("blob", BLOB)}

BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("product", "name_length", {"name": ""}),
    ("product", "name_length", {"name": "x" * 201}),
    ("product", "description_length", {"description": "x" * 10_001}),
    ("product", "sku_length", {"sku": ""}),
    ("product", "sku_length", {"sku": "x" * 65}),
    ("product", "price_range", {"price": 0}),
    ("product", "price_range", {"price": 9_999_999_999_900 + 100}),
    ("product", "price_decimals", {"price": 101}),
    ("product", "price_decimals", {"price": 100, "currency": "JPY"}),
    ("product", "price_decimals", {"price": 101, "currency": "KWD"}),
    ("product", "currency_length", {"currency": "US"}),
    ("product", "stock_range", {"stock": -1}),
    ("product", "stock_range", {"stock": 2**31}),
    ("product", "version", {"version": 0}),
    ("product", "times", {"updated_at": 0}),
    ("product", "image", {"image": "1 00 image/png 1 1 1"}),
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
    ("file", "id_length", {"id": "0"}),
    ("file", "name_length", {"name": ""}),
    ("file", "name_length", {"name": "x" * 256}),
    ("file", "content_type_length", {"content_type": "x"}),
    ("file", "content_type_length", {"content_type": "x" * 101}),
    ("file", "bytes", {"bytes": -1}),
    ("variant", "width", {"width": 0}),
    ("variant", "bytes", {"bytes": 0}),
    ("upload", "id_length", {"id": "0"}),
    ("upload", "received", {"received": -1}),
    ("upload", "received", {"received": 2}),
]


@pytest.fixture(scope="module")
def on(databases: Databases, engine: Engine) -> Iterator[On[Any]]:
    """Runs a function on a connection to a migrated database, and undoes what it did."""
    url = databases.create(engine)

    def on_sqlite(work: Callable[[Connection], T]) -> T:
        with create_engine(url, poolclass=NullPool).connect() as connection:
            connection.execute(text("PRAGMA foreign_keys = ON"))
            return work(connection)

    yield on_sqlite if engine == "sqlite" else lambda work: asyncio.run(_on_postgresql(url, work))
    databases.drop(url)


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
        named = {"include_object": lambda _item, name, *_: not (name or "").startswith(NOT_MODELLED)}
        context = MigrationContext.configure(connection, opts={"compare_type": True, **named})
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
        if table in PARENTS:
            insert(connection, *PARENTS[table])
        insert(connection, table, ROWS[table])

    on(store)


@pytest.mark.parametrize(("table", "check", "broken"), BROKEN)
def test_checks_bite(on: On[None], table: str, check: str, broken: dict[str, Any]) -> None:
    """A row that breaks a rule is refused by its CHECK, whoever writes it."""

    def store(connection: Connection) -> None:
        if table in PARENTS:
            insert(connection, *PARENTS[table])
        with pytest.raises((IntegrityError, DBAPIError), match=f"ck_{table}_{check}"):
            insert(connection, table, ROWS[table] | broken)

    on(store)


def test_unique(on: On[None]) -> None:
    """A sku, a slug and a name among siblings, at the root too, are taken once."""

    def store(connection: Connection) -> None:
        insert(connection, "product", PRODUCT)
        insert(connection, "category", CATEGORY)
        insert(connection, "product", PRODUCT | {"sku": None})
        insert(connection, "product", PRODUCT | {"sku": None})
        insert(connection, "category", CATEGORY | {"id": 2, "slug": "tea-2", "parent_id": 1})
        for table, row in (
            ("product", PRODUCT),
            ("category", CATEGORY | {"id": 3, "slug": "other"}),
            ("category", CATEGORY | {"id": 4, "slug": "other", "parent_id": 1}),
            ("category", CATEGORY | {"id": 5, "name_key": "other"}),
        ):
            part = connection.begin_nested()
            with pytest.raises(IntegrityError):
                insert(connection, table, row)
            part.rollback()

    on(store)


def test_every_table_is_modelled(on: On[set[str]]) -> None:
    """The database has the models' tables, the word index, and Alembic's own; nothing else."""
    found = on(lambda connection: set(inspect(connection).get_table_names()))
    rest = {name for name in found if not name.startswith(NOT_MODELLED)} - {"alembic_version"}
    assert rest == set(models.SQLModel.metadata.tables)
