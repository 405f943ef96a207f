"""Column types and names of constraints, the same on both engines."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Integer, MetaData, Text
from sqlmodel import SQLModel

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = BigInteger().with_variant(Integer, "sqlite")
TEXT = Text(collation="C").with_variant(Text(), "sqlite")


def text(name: str, *, nullable: bool = False, primary_key: bool = False, default: str | None = None) -> Column[str]:
    """A column of text, sorted by code points."""
    return Column(name, TEXT, nullable=nullable, primary_key=primary_key, server_default=default)


def key(name: str) -> Column[str]:
    """A text column of a primary key."""
    return text(name, primary_key=True)


def integer(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[int]:
    """A column of 64-bit integers."""
    return Column(name, BigInteger, nullable=nullable, primary_key=primary_key)


def number(name: str, *, nullable: bool = False) -> Column[float]:
    """A column of binary floating-point numbers of 64 bits."""
    return Column(name, Double(), nullable=nullable)


def reference(name: str, target: str, *, cascade: bool = False, primary_key: bool = False) -> Column[int]:
    """A column of ids of another table's rows; with `cascade` a row is deleted with the one that it refers to."""
    to = ForeignKey(target, ondelete="CASCADE" if cascade else "RESTRICT")
    return Column(name, ID, to, nullable=not cascade, primary_key=primary_key)


def blob(name: str, *, nullable: bool = False, cascade: bool = False) -> Column[str]:
    """A column of the names of blobs."""
    to = ForeignKey("blob.sha256", ondelete="CASCADE" if cascade else None)
    return Column(name, TEXT, to, nullable=nullable, primary_key=cascade)
