"""The tables: the one source of columns and constraints for both engines and the migrations.

Files, imports, orders, changes and webhooks have theirs in modules of their own.

Money is in ten-thousandths (`money`), times are microseconds since the Unix epoch in UTC, `name_key` columns are folded
for sorting (`text.key`); `sku_key` and `identity_key` tell what is the same (`identity.key`). A row that an older rule
let in beside an older row of the same key has no key; its `…_twin` is the key of the older row. Ids are never used
again: SQLite's AUTOINCREMENT, PostgreSQL's identity.
"""

from sqlalchemy import CheckConstraint, Column, Identity, Index
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

from app.domain import money
from app.domain.columns import ID, blob, integer, key, number, reference, text

MAX_ID = 2**53 - 1
MAX_STOCK = 2**31 - 1
MAX_NAME = 200
MAX_DESCRIPTION = 10_000
MAX_SKU = 64
MAX_SLUG = 200
MAX_BRAND = 200
MAX_GTIN = 14
MAX_TAG = 255
MAX_TAGS = 50
MAX_VARIANTS = 250
MAX_OPTIONS = 3
MAX_OPTION_NAME = 100
MAX_OPTION_VALUE = 200
MAX_WEIGHT = 1_000_000
MAX_CATEGORIES = 50
ACTIVE, DRAFT, ARCHIVED = STATUSES = ("active", "draft", "archived")
"""The statuses of a product; `visibility` says what they mean."""


def _some(table: str, column: str, *columns: str, name: str = "") -> Index:
    """A partial index of the rows with a value in a column, on this column or others."""
    where = sql_text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{name or column}", *(columns or (column,)), sqlite_where=where, postgresql_where=where)


def _codes(currencies: frozenset[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(currencies))


def _amount(column: str) -> tuple[CheckConstraint, CheckConstraint]:
    """An amount is in range, and has the decimals of its currency."""
    return (
        CheckConstraint(f"{column} BETWEEN 1 AND {money.MAX_PRICE}", name=f"{column}_range"),
        CheckConstraint(
            f"CASE WHEN currency IN ({_codes(money.NO_DECIMALS)}) THEN {column} % 10000 = 0"
            f" WHEN currency IN ({_codes(money.THREE_DECIMALS)}) THEN {column} % 10 = 0"
            f" WHEN currency IN ({_codes(money.FOUR_DECIMALS)}) THEN {column} % 1 = 0"
            f" ELSE {column} % 100 = 0 END",
            name=f"{column}_decimals",
        ),
    )


_PRICES = ("lowest_price", "highest_price")


class Category(SQLModel, table=True):
    """A node of the category tree; `version` counts its edits, `words` are the words of its name, each after a space.

    Releases that keep no times leave 0 in them.
    """

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_NAME}", name="name_length"),
        CheckConstraint("length(slug) > 0", name="slug_length"),
        CheckConstraint("parent_id <> id", name="own_parent"),
        CheckConstraint("version >= 1", name="version"),
        # NULLs are distinct in a unique index, so the root stands in as 0.
        Index("uq_category_siblings", sql_text("coalesce(parent_id, 0)"), sql_text("identity_key"), unique=True),
        Index("ix_category_identity_key", "identity_key"),
        _some("category", "identity_twin"),
        Index("uq_category_slug", "slug", unique=True),
        Index("ix_category_parent_id", "parent_id", "id"),
        Index("ix_category_parent_id_name_key", "parent_id", "name_key", "id"),
        Index("ix_category_name_key", "name_key", "id"),
        Index("ix_category_created_at", "created_at", "id"),
        Index("ix_category_updated_at", "updated_at", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", ID, Identity(), primary_key=True))
    parent_id: int | None = Field(default=None, sa_column=reference("parent_id", "category.id"))
    name: str = Field(sa_column=text("name"))
    name_key: str = Field(sa_column=text("name_key"))
    identity_key: str | None = Field(default=None, sa_column=text("identity_key", nullable=True))
    identity_twin: str | None = Field(default=None, sa_column=text("identity_twin", nullable=True))
    words: str = Field(sa_column=text("words"))
    slug: str = Field(sa_column=text("slug"))
    version: int = Field(sa_column=integer("version"))
    created_at: int = Field(sa_column=integer("created_at"))
    updated_at: int = Field(sa_column=integer("updated_at"))


class Product(SQLModel, table=True):
    """A product; `version` counts its edits, `updated_at` is the time of the last one: a sale is no edit.

    What is sold are its variants. Of these it keeps copies (`product_rows`): the id and the price of the first, their
    currency, how many they are, and their lowest and highest price where they differ. `image` is what there is to know
    of its first image in one text, so that a list reads one column (`images.read`). `slug` is NULL only while a
    database is migrated; `options`, `tags` and `attributes` are JSON.
    """

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_NAME}", name="name_length"),
        CheckConstraint(f"length(description) <= {MAX_DESCRIPTION}", name="description_length"),
        *_amount("price"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint(f"variant_count BETWEEN 1 AND {MAX_VARIANTS}", name="variant_count"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("updated_at >= created_at", name="times"),
        CheckConstraint("(image IS NULL) = (image_sha256 IS NULL)", name="image"),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint(f"length(slug) BETWEEN 1 AND {MAX_SLUG}", name="slug_length"),
        CheckConstraint(f"length(brand) BETWEEN 1 AND {MAX_BRAND}", name="brand_length"),
        Index("uq_product_slug", "slug", unique=True),
        Index("ix_product_status", "status", "id"),
        Index("ix_product_status_price", "status", "price", "id"),
        _some("product", "lowest_price", "status", "price", "id", *_PRICES, name="status_lowest_price"),
        Index("ix_product_status_name_key", "status", "name_key", "id"),
        Index("ix_product_status_created_at", "status", "created_at", "id"),
        Index("ix_product_status_updated_at", "status", "updated_at", "id"),
        Index("ix_product_image_sha256", "image_sha256"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", ID, Identity(), primary_key=True))
    name: str = Field(sa_column=text("name"))
    name_key: str = Field(sa_column=text("name_key"))
    description: str = Field(sa_column=text("description"))
    price: int = Field(sa_column=integer("price"))
    currency: str = Field(sa_column=text("currency"))
    options: str | None = Field(default=None, sa_column=text("options", nullable=True))
    variant_id: int = Field(sa_column=integer("variant_id"))
    variant_count: int = Field(sa_column=integer("variant_count"))
    lowest_price: int | None = Field(default=None, sa_column=integer("lowest_price", nullable=True))
    highest_price: int | None = Field(default=None, sa_column=integer("highest_price", nullable=True))
    version: int = Field(sa_column=integer("version"))
    created_at: int = Field(sa_column=integer("created_at"))
    updated_at: int = Field(sa_column=integer("updated_at"))
    image_sha256: str | None = Field(default=None, sa_column=blob("image_sha256", nullable=True))
    image: str | None = Field(default=None, sa_column=text("image", nullable=True))
    slug: str | None = Field(default=None, sa_column=text("slug", nullable=True))
    brand: str | None = Field(default=None, sa_column=text("brand", nullable=True))
    tags: str = Field(default="[]", sa_column=text("tags", default="[]"))
    attributes: str = Field(default="{}", sa_column=text("attributes", default="{}"))
    status: str = Field(default=ACTIVE, sa_column=text("status", default=ACTIVE))


class ProductVariant(SQLModel, table=True):
    """What is sold of a product, by its place among the product's variants; all of these have one currency.

    `weight` is JSON with `value` and `unit`. `options` is JSON, too: the value of each option of the product, by its
    name, in their order. `image_id` is that of one of the product's images.
    """

    __tablename__ = "product_variant"
    __table_args__ = (
        CheckConstraint(f"length(sku) BETWEEN 1 AND {MAX_SKU}", name="sku_length"),
        CheckConstraint("length(gtin) IN (8, 12, 13, 14)", name="gtin_length"),
        *_amount("price"),
        *_amount("compare_at_price"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint(f"stock BETWEEN 0 AND {MAX_STOCK}", name="stock_range"),
        Index("uq_product_variant_sku", "sku", unique=True),
        Index("uq_product_variant_sku_key", "sku_key", unique=True),
        _some("product_variant", "sku_twin"),
        _some("product_variant", "gtin"),
        Index("ix_product_variant_product_id", "product_id", "position", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", ID, Identity(), primary_key=True))
    product_id: int = Field(sa_column=reference("product_id", "product.id", cascade=True))
    position: int = Field(sa_column=integer("position"))
    sku: str | None = Field(default=None, sa_column=text("sku", nullable=True))
    sku_key: str | None = Field(default=None, sa_column=text("sku_key", nullable=True))
    sku_twin: str | None = Field(default=None, sa_column=text("sku_twin", nullable=True))
    gtin: str | None = Field(default=None, sa_column=text("gtin", nullable=True))
    price: int = Field(sa_column=integer("price"))
    compare_at_price: int | None = Field(default=None, sa_column=integer("compare_at_price", nullable=True))
    currency: str = Field(sa_column=text("currency"))
    stock: int | None = Field(default=None, sa_column=integer("stock", nullable=True))
    weight: str | None = Field(default=None, sa_column=text("weight", nullable=True))
    options: str | None = Field(default=None, sa_column=text("options", nullable=True))
    image_id: int | None = Field(default=None, sa_column=integer("image_id", nullable=True))


class ProductCategory(SQLModel, table=True):
    """A product's place in a category, with its status, sort keys and prices: a page reads one index range.

    `facet_values` are the values of the product (`product_values.packed`) as they were at `facet_values_at`. They count
    only while that is `updated_at`: a server of an older release changes this time alone.
    """

    __tablename__ = "product_category"
    __table_args__ = (
        Index("ix_product_category_status", "category_id", "status", "product_id"),
        Index("ix_product_category_status_price", "category_id", "status", "price", "product_id"),
        _some(
            *("product_category", "lowest_price", "category_id", "status", "price", "product_id", *_PRICES),
            name="status_lowest_price",
        ),
        Index("ix_product_category_status_name_key", "category_id", "status", "name_key", "product_id"),
        Index("ix_product_category_status_created_at", "category_id", "status", "created_at", "product_id"),
        Index("ix_product_category_status_updated_at", "category_id", "status", "updated_at", "product_id"),
        Index("ix_product_category_product_id", "product_id", "category_id"),
    )
    category_id: int = Field(sa_column=reference("category_id", "category.id", cascade=True, primary_key=True))
    product_id: int = Field(sa_column=reference("product_id", "product.id", cascade=True, primary_key=True))
    price: int = Field(sa_column=integer("price"))
    lowest_price: int | None = Field(default=None, sa_column=integer("lowest_price", nullable=True))
    highest_price: int | None = Field(default=None, sa_column=integer("highest_price", nullable=True))
    name_key: str = Field(sa_column=text("name_key"))
    created_at: int = Field(sa_column=integer("created_at"))
    updated_at: int = Field(sa_column=integer("updated_at"))
    status: str = Field(default=ACTIVE, sa_column=text("status", default=ACTIVE))
    facet_values: str | None = Field(default=None, sa_column=text("facet_values", nullable=True))
    facet_values_at: int | None = Field(default=None, sa_column=integer("facet_values_at", nullable=True))


class ProductValue(SQLModel, table=True):
    """A value for filters and facets (`product_values`): a brand, a tag or an attribute's value."""

    __tablename__ = "product_value"
    __table_args__ = (
        Index("ix_product_value_of_product", "product_id", "name", "value"),
        _some("product_value", "number", "name", "number", "product_id"),
        {"sqlite_with_rowid": False},
    )
    name: str = Field(sa_column=key("name"))
    value: str = Field(sa_column=key("value"))
    product_id: int = Field(sa_column=reference("product_id", "product.id", cascade=True, primary_key=True))
    label: str = Field(sa_column=text("label"))
    number: float | None = Field(default=None, sa_column=number("number", nullable=True))


class Word(SQLModel, table=True):
    """A word of the catalogue: its number of products, the class of that number (`vocabulary`), and its reverse."""

    __tablename__ = "word"
    __table_args__ = (
        _some("word", "frequency", "frequency", "word"),
        Index("ix_word_backward", "backward"),
        {"sqlite_with_rowid": False},
    )
    word: str = Field(sa_column=key("word"))
    backward: str = Field(sa_column=text("backward"))
    products: int = Field(sa_column=integer("products"))
    frequency: int | None = Field(default=None, sa_column=integer("frequency", nullable=True))


class IdempotencyRecord(SQLModel, table=True):
    """The outcome of the first request with a key; empty only within its transaction."""

    __tablename__ = "idempotency_record"
    __table_args__ = (Index("ix_idempotency_record_expires_at", "expires_at"),)
    caller: str = Field(sa_column=key("caller"))
    operation: str = Field(sa_column=key("operation"))
    key: str = Field(sa_column=key("key"))
    fingerprint: str = Field(sa_column=text("fingerprint"))
    outcome: str = Field(sa_column=text("outcome"))
    expires_at: int = Field(sa_column=integer("expires_at"))


class ApiKey(SQLModel, table=True):
    """The hash of a caller's secret; a caller has at most two live secrets, for rotation."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 64", name="name_length"),
        CheckConstraint("length(hash) = 64", name="hash_length"),
        Index("ix_api_key_name", "name"),
    )
    id: str = Field(sa_column=key("id"))
    name: str = Field(sa_column=text("name"))
    hash: str = Field(sa_column=text("hash"))
    scopes: str = Field(sa_column=text("scopes"))
    rate: str | None = Field(default=None, sa_column=text("rate", nullable=True))
    created_at: int = Field(sa_column=integer("created_at"))
    expires_at: int | None = Field(default=None, sa_column=integer("expires_at", nullable=True))
    revoked_at: int | None = Field(default=None, sa_column=integer("revoked_at", nullable=True))
