"""What an import is told of its file, and what it tells of it besides the lines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from app.bulk.formats.tally import Tally
from app.domain.bulk.import_lines import Line, TypedLine

_NOTHING: Mapping[str, str] = MappingProxyType({})
MOST_NAMES = 1_000
"""So many names of unused members are kept at most."""


class NotUnderstood(Exception):
    """The file cannot be read; the message says what was seen, and what to do."""


class ImageUrl(NamedTuple):
    """Where an image is to be had, and its alternative text."""

    url: str
    alt: str = ""


class Images(NamedTuple):
    """The images of a product in order, and those of some of its variants, as addresses by their skus."""

    urls: Sequence[ImageUrl] = ()
    of_variants: Mapping[str, str] = _NOTHING


class Read(NamedTuple):
    """A line, how many bytes of the file it took, and the images that its product is to have."""

    line: Line | TypedLine
    size: int
    images: Images = Images()


class Options(NamedTuple):
    """How a file is to be read.

    `format` is `auto`, `ndjson`, `csv` or a shop's (`formats.known`). `columns` are members by the columns that have
    other names. `preset` are values, as cells of a CSV file have them, of members that a line leaves out. `decimal` is
    the decimal mark of all numbers in CSV, `encoding` the encoding of the file; without them the file tells.
    """

    format: str = "auto"
    columns: Mapping[str, str] = _NOTHING
    preset: Mapping[str, str] = _NOTHING
    decimal: str | None = None
    encoding: str | None = None

    @property
    def currency(self) -> str | None:
        """The currency of prices that name none."""
        return self.preset.get("currency")


@dataclass
class Notes:
    """What an import tells of a file.

    `unused` counts the values of columns and members that are not imported, by their names. `taken` are the columns
    that were taken for a member without being told, with it. A file of a shop has a `tally`.
    """

    unused: Counter[str] = field(default_factory=Counter)
    taken: dict[str, str] = field(default_factory=dict)
    tally: Tally | None = None
