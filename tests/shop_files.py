"""What an import reads of a shop's file, for the tests of the formats."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.bulk import import_files
from app.bulk.formats.file_summary import FileSummary
from app.bulk.import_options import Notes, Options
from app.domain.errors import FieldError


@dataclass
class ReadFile:
    """The products by their first lines, the bad lines with the fields at fault, and what is told of the file.

    `pictured` are the addresses of variants' images by their skus.
    """

    products: dict[int, dict[str, Any]]
    bad: list[tuple[int, str]]
    notes: Notes
    pictured: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> FileSummary:
        """What was counted."""
        assert self.notes.summary is not None
        return self.notes.summary

    @property
    def only(self) -> dict[str, Any]:
        """The only product."""
        (product,) = self.products.values()
        assert not self.bad
        return product


def read(file: str | bytes, suffix: str = "", *, currency: str | None = "EUR", **options: Any) -> ReadFile:
    """Read a file."""
    preset = dict(options.pop("preset", {})) | ({"currency": currency} if currency else {})
    stream, notes = io.BytesIO(file.encode() if isinstance(file, str) else file), Notes()
    found = ReadFile({}, [], notes)
    for each in import_files.read(stream, suffix, Options(preset=preset, **options), notes):
        members = each.line.members
        if isinstance(members, FieldError):
            found.bad.append((each.line.number, ".".join(map(str, members.field))))
        else:
            assert each.line.number not in found.products
            if members.get("options") == []:
                members = _alone(members)
            images = [{"url": url, "alt": alt} for url, alt in each.images.urls]
            found.products[each.line.number] = members | ({"images": images} if images else {})
            found.pictured |= each.images.of_variants
    return found


def _alone(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a product without options, with those of its only variant."""
    (variant,) = members["variants"]
    assert not variant["options"]
    alone = {**members, **variant}
    return {name: value for name, value in alone.items() if name not in ("options", "variants")}


def table(rows: Iterable[Mapping[str, str]], header: Sequence[str] = (), delimiter: str = ",") -> str:
    """A CSV file of rows, under all names that they have."""
    rows = list(rows)
    names = [*header, *dict.fromkeys(name for row in rows for name in row if name not in header)]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
