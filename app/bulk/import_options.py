"""The options of reading an import file, and what an import reports about the file besides its lines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from app.bulk.formats.file_summary import FileSummary
from app.domain.bulk.import_lines import Line, TypedLine

_NOTHING: Mapping[str, str] = MappingProxyType({})
MAX_NAMES = 1_000
"""The maximum number of unused members that are counted by name."""


class UnreadableFile(Exception):
    """The file cannot be read; the message says why, and what to do."""


class ImageUrl(NamedTuple):
    """The address of an image, and its alternative text."""

    url: str
    alt: str = ""


class Images(NamedTuple):
    """The images of a product in order, and those of some of its variants, as addresses by their skus."""

    urls: Sequence[ImageUrl] = ()
    of_variants: Mapping[str, str] = _NOTHING


class Read(NamedTuple):
    """A line, its size in the file in bytes, and the images for its product."""

    line: Line | TypedLine
    size: int
    images: Images = Images()


class Options(NamedTuple):
    """The options of reading a file.

    `format` is `auto`, `ndjson`, `csv` or a shop's (`formats.known`). `columns` are members by the columns that have
    other names. `preset` are values, as cells of a CSV file have them, of members that a line leaves out. `decimal` is
    the decimal mark of all numbers in CSV, `encoding` the encoding of the file; without them the file decides.
    `most_rows` bounds the rows of a table that are read, and the physical lines of a text.
    """

    format: str = "auto"
    columns: Mapping[str, str] = _NOTHING
    preset: Mapping[str, str] = _NOTHING
    decimal: str | None = None
    encoding: str | None = None
    most_rows: int | None = None

    @property
    def currency(self) -> str | None:
        """The currency of prices without one."""
        return self.preset.get("currency")


@dataclass
class Notes:
    """The report of an import about a file.

    `unused` counts the values of columns and members that are not imported, by their names. `taken` maps the
    columns that were recognised without `--map` to their members; `columns` maps all that are imported. A file of a
    shop has a `summary`.
    """

    unused: Counter[str] = field(default_factory=Counter)
    taken: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    summary: FileSummary | None = None
