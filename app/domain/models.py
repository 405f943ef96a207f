"""The tables: the one source of columns and constraints, for both engines and for the migrations.

Money is in ten-thousandths (`money`), times are microseconds since the Unix epoch in UTC, `*_key` columns are folded
(`text.key`). Ids are never used again: SQLite's AUTOINCREMENT, PostgreSQL's identity.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Integer, MetaData, Text
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

from app.domain import money

MAX_ID = 2**53 - 1
MAX_STOCK = 2**31 - 1
MAX_NAME = 200
MAX_DESCRIPTION = 10_000
MAX_SKU = 64
MAX_CATEGORIES = 50
MAX_QUANTITY = 10_000
MAX_LINES = 100
MAX_REFERENCE = 64
MAX_FILE_NAME = 255
MAX_CONTENT_TYPE = 100

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = BigInteger().with_variant(Integer, "sqlite")
_TEXT = Text(collation="C").with_variant(Text(), "sqlite")


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, _TEXT, nullable=nullable, primary_key=primary_key)


def _key(name: str) -> Column[str]:
    return _text(name, primary_key=True)


def _reference(name: str, target: str, *, cascade: bool = False, primary_key: bool = False) -> Column[int]:
    key = ForeignKey(target, ondelete="CASCADE" if cascade else "RESTRICT")
    return Column(name, _Id, key, nullable=not cascade, primary_key=primary_key)


def _blob(name: str, *, nullable: bool = False, cascade: bool = False) -> Column[str]:
    key = ForeignKey("blob.sha256", ondelete="CASCADE" if cascade else None)
    return Column(name, _TEXT, key, nullable=nullable, primary_key=cascade)


def _index_on_some(condition: str, name: str, *columns: str) -> Index:
    """An index that costs nothing to the orders that do not meet its condition."""
    where = sql_text(condition)
    return Index(f"ix_purchase_{name}", *columns, sqlite_where=where, postgresql_where=where)


def _codes(currencies: frozenset[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(currencies))


_PRICE_HAS_THE_DECIMALS_OF_ITS_CURRENCY = (
    f"CASE WHEN currency IN ({_codes(money.NO_DECIMALS)}) THEN price % 10000 = 0"
    f" WHEN currency IN ({_codes(money.THREE_DECIMALS)}) THEN price % 10 = 0"
    f" WHEN currency IN ({_codes(money.FOUR_DECIMALS)}) THEN price % 1 = 0"
    " ELSE price % 100 = 0 END"
)


class Blob(SQLModel, table=True):
    """Bytes in the store, under their SHA-256. What refers to them says how many they are.

    `idle_since` is when they may last have been wanted by something that does not refer to them: an upload that is not
    done, or what is gone; NULL where nothing of that kind happened. `doomed_at` is when a sweep began to remove them.
    """

    __tablename__ = "blob"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        Index("ix_blob_idle_since", "idle_since"),
    )
    sha256: str = Field(sa_column=_key("sha256"))
    idle_since: int | None = Field(default=None, sa_column=Column("idle_since", BigInteger, nullable=True))
    doomed_at: int | None = Field(default=None, sa_column=Column("doomed_at", BigInteger, nullable=True))


class File(SQLModel, table=True):
    """A file that a caller has stored; its id is 128 random bits in hexadecimal, and who knows it may read the file."""

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint("length(id) = 32", name="id_length"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_FILE_NAME}", name="name_length"),
        CheckConstraint(f"length(content_type) BETWEEN 3 AND {MAX_CONTENT_TYPE}", name="content_type_length"),
        CheckConstraint("bytes >= 0", name="bytes"),
        Index("ix_file_sha256", "sha256"),
    )
    id: str = Field(sa_column=_key("id"))
    caller: str = Field(sa_column=_text("caller"))
    name: str = Field(sa_column=_text("name"))
    content_type: str = Field(sa_column=_text("content_type"))
    bytes: int = Field(sa_column=Column("bytes", BigInteger, nullable=False))
    sha256: str = Field(sa_column=_blob("sha256"))
    created_at: int = Field(sa_column=Column("created_at", BigInteger, nullable=False))


class Upload(SQLModel, table=True):
    """A file that arrives in parts: how many of its bytes are there, and until when more may come."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint("length(id) = 32", name="id_length"),
        CheckConstraint("received BETWEEN 0 AND bytes", name="received"),
        Index("ix_upload_expires_at", "expires_at"),
    )
    id: str = Field(sa_column=_key("id"))
    caller: str = Field(sa_column=_text("caller"))
    name: str = Field(sa_column=_text("name"))
    content_type: str = Field(sa_column=_text("content_type"))
    metadata_: str = Field(sa_column=_text("metadata"))
    bytes: int = Field(sa_column=Column("bytes", BigInteger, nullable=False))
    received: int = Field(sa_column=Column("received", BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column("expires_at", BigInteger, nullable=False))


class UploadPart(SQLModel, table=True):
    """A part of an upload, by the place of its first byte."""

    __tablename__ = "upload_part"
    __table_args__ = (Index("ix_upload_part_sha256", "sha256"),)
    upload_id: str = Field(
        sa_column=Column("upload_id", _TEXT, ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True)
    )
    start: int = Field(sa_column=Column("start", BigInteger, primary_key=True))
    bytes: int = Field(sa_column=Column("bytes", BigInteger, nullable=False))
    sha256: str = Field(sa_column=_blob("sha256"))


class Variant(SQLModel, table=True):
    """A smaller make of an image, or one of another type, so that it is made once."""

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("width >= 1", name="width"),
        CheckConstraint("bytes >= 1", name="bytes"),
        Index("ix_variant_sha256", "sha256"),
    )
    source: str = Field(sa_column=_blob("source", cascade=True))
    width: int = Field(sa_column=Column("width", BigInteger, primary_key=True))
    content_type: str = Field(sa_column=_key("content_type"))
    bytes: int = Field(sa_column=Column("bytes", BigInteger, nullable=False))
    sha256: str = Field(sa_column=_blob("sha256"))


class Category(SQLModel, table=True):
    """A node of the category tree; `version` counts its edits, `words` are its name's, each after a space."""

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_NAME}", name="name_length"),
        CheckConstraint("length(slug) > 0", name="slug_length"),
        CheckConstraint("parent_id <> id", name="own_parent"),
        CheckConstraint("version >= 1", name="version"),
        # NULLs are distinct in a unique index, so the root stands in as 0.
        Index("uq_category_siblings", sql_text("coalesce(parent_id, 0)"), sql_text("name_key"), unique=True),
        Index("uq_category_slug", "slug", unique=True),
        Index("ix_category_parent_id", "parent_id", "id"),
        Index("ix_category_parent_id_name_key", "parent_id", "name_key", "id"),
        Index("ix_category_name_key", "name_key", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", _Id, Identity(), primary_key=True))
    parent_id: int | None = Field(default=None, sa_column=_reference("parent_id", "category.id"))
    name: str = Field(sa_column=_text("name"))
    name_key: str = Field(sa_column=_text("name_key"))
    words: str = Field(sa_column=_text("words"))
    slug: str = Field(sa_column=_text("slug"))
    version: int = Field(sa_column=Column("version", BigInteger, nullable=False))


class Product(SQLModel, table=True):
    """A product; `version` counts its edits, `updated_at` is the time of the last one: a sale is no edit.

    `image` is what there is to know of its image in one text, so that a list reads one column (`images.read`).
    """

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_NAME}", name="name_length"),
        CheckConstraint(f"length(description) <= {MAX_DESCRIPTION}", name="description_length"),
        CheckConstraint(f"length(sku) BETWEEN 1 AND {MAX_SKU}", name="sku_length"),
        CheckConstraint(f"price BETWEEN 1 AND {money.MAX_PRICE}", name="price_range"),
        CheckConstraint(_PRICE_HAS_THE_DECIMALS_OF_ITS_CURRENCY, name="price_decimals"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint(f"stock BETWEEN 0 AND {MAX_STOCK}", name="stock_range"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("updated_at >= created_at", name="times"),
        CheckConstraint("(image IS NULL) = (image_sha256 IS NULL)", name="image"),
        Index("uq_product_sku", "sku", unique=True),
        Index("ix_product_price", "price", "id"),
        Index("ix_product_name_key", "name_key", "id"),
        Index("ix_product_created_at", "created_at", "id"),
        Index("ix_product_updated_at", "updated_at", "id"),
        Index("ix_product_image_sha256", "image_sha256"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", _Id, Identity(), primary_key=True))
    name: str = Field(sa_column=_text("name"))
    name_key: str = Field(sa_column=_text("name_key"))
    description: str = Field(sa_column=_text("description"))
    sku: str | None = Field(default=None, sa_column=_text("sku", nullable=True))
    price: int = Field(sa_column=Column("price", BigInteger, nullable=False))
    currency: str = Field(sa_column=_text("currency"))
    stock: int | None = Field(default=None, sa_column=Column("stock", BigInteger, nullable=True))
    version: int = Field(sa_column=Column("version", BigInteger, nullable=False))
    created_at: int = Field(sa_column=Column("created_at", BigInteger, nullable=False))
    updated_at: int = Field(sa_column=Column("updated_at", BigInteger, nullable=False))
    image_sha256: str | None = Field(default=None, sa_column=_blob("image_sha256", nullable=True))
    image: str | None = Field(default=None, sa_column=_text("image", nullable=True))


class ProductCategory(SQLModel, table=True):
    """A product's place in a category, with the sort keys of the product: a category page reads one index range."""

    __tablename__ = "product_category"
    __table_args__ = (
        Index("ix_product_category_price", "category_id", "price", "product_id"),
        Index("ix_product_category_name_key", "category_id", "name_key", "product_id"),
        Index("ix_product_category_created_at", "category_id", "created_at", "product_id"),
        Index("ix_product_category_updated_at", "category_id", "updated_at", "product_id"),
        Index("ix_product_category_product_id", "product_id", "category_id"),
    )
    category_id: int = Field(sa_column=_reference("category_id", "category.id", cascade=True, primary_key=True))
    product_id: int = Field(sa_column=_reference("product_id", "product.id", cascade=True, primary_key=True))
    price: int = Field(sa_column=Column("price", BigInteger, nullable=False))
    name_key: str = Field(sa_column=_text("name_key"))
    created_at: int = Field(sa_column=Column("created_at", BigInteger, nullable=False))
    updated_at: int = Field(sa_column=Column("updated_at", BigInteger, nullable=False))


class Order(SQLModel, table=True):
    """An order of a caller; its lines keep what was true when it was placed."""

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint("status IN ('placed', 'cancelled')", name="status"),
        CheckConstraint(f"length(reference) <= {MAX_REFERENCE}", name="reference_length"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint(f"total BETWEEN 1 AND {money.MAX_TOTAL}", name="total_range"),
        Index("ix_purchase_caller_created_at", "caller", "created_at", "id"),
        _index_on_some("reference IS NOT NULL", "caller_reference", "caller", "reference", "id"),
        _index_on_some(
            "reference IS NOT NULL", "caller_reference_created_at", "caller", "reference", "created_at", "id"
        ),
        _index_on_some("status = 'cancelled'", "cancelled", "caller", "id"),
        _index_on_some("status = 'cancelled'", "cancelled_created_at", "caller", "created_at", "id"),
        Index("ix_purchase_caller", "caller", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", _Id, Identity(), primary_key=True))
    caller: str = Field(sa_column=_text("caller"))
    status: str = Field(sa_column=_text("status"))
    reference: str | None = Field(default=None, sa_column=_text("reference", nullable=True))
    currency: str = Field(sa_column=_text("currency"))
    total: int = Field(sa_column=Column("total", BigInteger, nullable=False))
    created_at: int = Field(sa_column=Column("created_at", BigInteger, nullable=False))


class OrderLine(SQLModel, table=True):
    """A line of an order: the product's name and price of that moment, and whether its stock was taken.

    `product_id` is no foreign key: the line outlives the product.
    """

    __tablename__ = "purchase_line"
    __table_args__ = (
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_QUANTITY}", name="quantity_range"),
        CheckConstraint("unit_price >= 1", name="unit_price"),
        CheckConstraint("taken IN (0, quantity)", name="taken"),
    )
    order_id: int = Field(sa_column=_reference("order_id", "purchase.id", cascade=True, primary_key=True))
    position: int = Field(sa_column=Column("position", BigInteger, primary_key=True))
    product_id: int = Field(sa_column=Column("product_id", _Id, nullable=False))
    name: str = Field(sa_column=_text("name"))
    quantity: int = Field(sa_column=Column("quantity", BigInteger, nullable=False))
    unit_price: int = Field(sa_column=Column("unit_price", BigInteger, nullable=False))
    taken: int = Field(sa_column=Column("taken", BigInteger, nullable=False))


class IdempotencyRecord(SQLModel, table=True):
    """What came of the first request with a key; `outcome` is empty only inside the transaction that makes it."""

    __tablename__ = "idempotency_record"
    __table_args__ = (Index("ix_idempotency_record_expires_at", "expires_at"),)
    caller: str = Field(sa_column=_key("caller"))
    operation: str = Field(sa_column=_key("operation"))
    key: str = Field(sa_column=_key("key"))
    fingerprint: str = Field(sa_column=_text("fingerprint"))
    outcome: str = Field(sa_column=_text("outcome"))
    expires_at: int = Field(sa_column=Column("expires_at", BigInteger, nullable=False))


class ApiKey(SQLModel, table=True):
    """A secret of a caller, as its hash; a caller has at most two live ones, so that they can be rotated."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 64", name="name_length"),
        CheckConstraint("length(hash) = 64", name="hash_length"),
        Index("ix_api_key_name", "name"),
    )
    id: str = Field(sa_column=_key("id"))
    name: str = Field(sa_column=_text("name"))
    hash: str = Field(sa_column=_text("hash"))
    scopes: str = Field(sa_column=_text("scopes"))
    rate: str | None = Field(default=None, sa_column=_text("rate", nullable=True))
    created_at: int = Field(sa_column=Column("created_at", BigInteger, nullable=False))
    expires_at: int | None = Field(default=None, sa_column=Column("expires_at", BigInteger, nullable=True))
    revoked_at: int | None = Field(default=None, sa_column=Column("revoked_at", BigInteger, nullable=True))
