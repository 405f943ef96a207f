"""The formats of shops' files: how to recognise a header, and how to read products from rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.bulk.formats.conversion import Conversion
from app.bulk.formats.row import Row
from app.bulk.formats.row_file import Place
from app.bulk.import_options import ImageUrl


class Variant(NamedTuple):
    """A sellable row: its line, its members as in an import line, and its values of the product's options.

    `image` is the address of its image.
    """

    number: int
    members: dict[str, object]
    values: Sequence[str] = ()
    image: str = ""


@dataclass
class Product:
    """A product: the line of its first row, its members as in an import line, and its variants.

    `options` are the names of its options, whose values each variant has in the same order. A `problem` says why it
    cannot be read.
    """

    number: int
    members: dict[str, object]
    options: Sequence[str] = ()
    variants: list[Variant] = field(default_factory=list)
    images: Sequence[ImageUrl] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    `title` says what a file of it is. `columns` gives the names by which `place` and `products` know the columns of a
    header, or None if the header is not of this format. `place` says which product a row belongs to, `products` what
    the rows of one make. `decimal` is the decimal mark where the cells of a column do not show another. `remark` is
    said of every file.
    """

    name: str
    title: str
    columns: Callable[[Sequence[str]], Sequence[str] | None]
    place: Callable[[Row], Place]
    products: Callable[[Sequence[Row], Conversion], Iterator[Product]]
    decimal: str | None = None
    has_currency: bool = False
    remark: Callable[[Sequence[str]], str | None] = lambda _: None


def folded(name: str) -> str:
    """A column's name, folded for comparison."""
    return " ".join(name.strip("\ufeff").lstrip("'").split()).casefold()


def named(*required: str) -> Callable[[Sequence[str]], Sequence[str] | None]:
    """The columns of a header by name, if all required ones are there; else `None`."""

    def columns(header: Sequence[str]) -> Sequence[str] | None:
        names = [folded(name) for name in header]
        return names if set(required) <= set(names) else None

    return columns
