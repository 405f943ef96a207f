"""The tables of blobs, and of the files, uploads and images that refer to them."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Identity, Index
from sqlmodel import Field, SQLModel

from app.domain.columns import ID, TEXT, blob, integer, key, reference, text

MAX_FILE_NAME = 255
MAX_CONTENT_TYPE = 100
MAX_IMAGES = 20
MAX_ALT = 512


class Blob(SQLModel, table=True):
    """A blob in the store, by its SHA-256; the rows that refer to it have its size.

    `idle_since` is when they may last have been wanted by something that does not refer to them: an upload that is not
    done, or deleted; NULL if nothing of that kind happened. `doomed_at` is when a sweep began to remove them.
    """

    __tablename__ = "blob"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        Index("ix_blob_idle_since", "idle_since"),
    )
    sha256: str = Field(sa_column=key("sha256"))
    idle_since: int | None = Field(default=None, sa_column=integer("idle_since", nullable=True))
    doomed_at: int | None = Field(default=None, sa_column=integer("doomed_at", nullable=True))


class File(SQLModel, table=True):
    """A file that a caller has stored; anyone who knows its id, 128 random bits in hexadecimal, may read it."""

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint("length(id) = 32", name="id_length"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_FILE_NAME}", name="name_length"),
        CheckConstraint(f"length(content_type) BETWEEN 3 AND {MAX_CONTENT_TYPE}", name="content_type_length"),
        CheckConstraint("bytes >= 0", name="bytes"),
        Index("ix_file_sha256", "sha256"),
    )
    id: str = Field(sa_column=key("id"))
    caller: str = Field(sa_column=text("caller"))
    name: str = Field(sa_column=text("name"))
    content_type: str = Field(sa_column=text("content_type"))
    bytes: int = Field(sa_column=integer("bytes"))
    sha256: str = Field(sa_column=blob("sha256"))
    created_at: int = Field(sa_column=integer("created_at"))


class Upload(SQLModel, table=True):
    """A resumable upload: its received bytes, and its time of expiry."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint("length(id) = 32", name="id_length"),
        CheckConstraint("received BETWEEN 0 AND bytes", name="received"),
        Index("ix_upload_expires_at", "expires_at"),
    )
    id: str = Field(sa_column=key("id"))
    caller: str = Field(sa_column=text("caller"))
    name: str = Field(sa_column=text("name"))
    content_type: str = Field(sa_column=text("content_type"))
    metadata_: str = Field(sa_column=text("metadata"))
    bytes: int = Field(sa_column=integer("bytes"))
    received: int = Field(sa_column=integer("received"))
    expires_at: int = Field(sa_column=integer("expires_at"))


class UploadPart(SQLModel, table=True):
    """A part of an upload, by the offset of its first byte."""

    __tablename__ = "upload_part"
    __table_args__ = (Index("ix_upload_part_sha256", "sha256"),)
    upload_id: str = Field(
        sa_column=Column("upload_id", TEXT, ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True)
    )
    start: int = Field(sa_column=integer("start", primary_key=True))
    bytes: int = Field(sa_column=integer("bytes"))
    sha256: str = Field(sa_column=blob("sha256"))


class ProductImage(SQLModel, table=True):
    """An image in a product's list; `models.Product` repeats the first one, so that a page reads one column."""

    __tablename__ = "product_image"
    __table_args__ = (
        CheckConstraint(f"position BETWEEN 0 AND {MAX_IMAGES - 1}", name="position"),
        CheckConstraint(f"length(alt) <= {MAX_ALT}", name="alt_length"),
        CheckConstraint("width >= 1 AND height >= 1", name="size"),
        CheckConstraint("bytes >= 1", name="bytes"),
        Index("ix_product_image_position", "product_id", "position"),
        Index("ix_product_image_blob", "sha256"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", ID, Identity(), primary_key=True))
    product_id: int = Field(sa_column=reference("product_id", "product.id", cascade=True))
    position: int = Field(sa_column=integer("position"))
    sha256: str = Field(sa_column=blob("sha256"))
    alt: str = Field(sa_column=text("alt"))
    content_type: str = Field(sa_column=text("content_type"))
    width: int = Field(sa_column=integer("width"))
    height: int = Field(sa_column=integer("height"))
    bytes: int = Field(sa_column=integer("bytes"))
    source: str | None = Field(sa_column=text("source", nullable=True))


class ImageRendition(SQLModel, table=True):
    """A rendition of an image: smaller or of another media type, and made once."""

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("width >= 1", name="width"),
        CheckConstraint("bytes >= 1", name="bytes"),
        Index("ix_variant_sha256", "sha256"),
    )
    source: str = Field(sa_column=blob("source", cascade=True))
    width: int = Field(sa_column=integer("width", primary_key=True))
    content_type: str = Field(sa_column=key("content_type"))
    bytes: int = Field(sa_column=integer("bytes"))
    sha256: str = Field(sa_column=blob("sha256"))
