"""The delimiter of a CSV file and the members of its columns, from the first lines."""

import csv
import re
from collections.abc import Mapping, Sequence

from app.bulk.import_options import UnreadableFile
from app.bulk.tables.column_names import guessed
from app.bulk.tables.table import MAX_COLUMNS
from app.domain.fields.product_fields import IMPORTED
from app.domain.unicode import identity

_DELIMITERS = ",;\t|"
SHOWN = {",": "`,`", ";": "`;`", "\t": "tabs", "|": "`|`"}
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
_MAX_SHOWN = 8
_LIKELY = re.compile(r"sku|art.*n|refer|r[ée]f|code|item|^id$|numm|numb", re.IGNORECASE)


def separator(line: str) -> str | None:
    """The delimiter in a line such as `sep=;`, which Excel accepts before the header."""
    found = _SEPARATOR_LINE.fullmatch(line)
    return found[1] if found else None


def delimiter(header: str, columns: Mapping[str, str]) -> str:
    """The delimiter with the most known columns in the header, else the one with the most columns."""

    def score(candidate: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([header], delimiter=candidate), [])
        except csv.Error:  # the header is read again as a record, and refused there
            return 0, 0
        if len(names) > MAX_COLUMNS:  # the table is refused
            return 0, len(names)
        return sum(name is not None for name in guessed(names, members(names, columns))), len(names)

    return max(_DELIMITERS, key=score)


def members(names: Sequence[str], columns: Mapping[str, str]) -> list[str | None]:
    """The member of each column: as `columns` has it, else of the same name (`identity`); None for others."""
    chosen = {identity.key(name): member for name, member in columns.items()}
    known = {identity.key(name): name for name in IMPORTED}
    return [chosen.get(name) or known.get(name) for name in map(identity.key, names)]


def require_columns(names: Sequence[str], columns: Mapping[str, str]) -> None:
    """Raise `UnreadableFile` if a named column is missing."""
    known = set(map(identity.key, names))
    missing = next((name for name in columns if identity.key(name) not in known), None)
    if missing is not None:
        raise UnreadableFile(
            f"FILE has no column `{missing}`, which --map or --mapping names; it has: {_shown(names)}."
        )


def require_sku(names: Sequence[str], found: Sequence[str | None], seen: str) -> None:
    """Raise `UnreadableFile` where no column is the sku, or two are the same member."""
    named = [member for member in found if member]
    twice = next((member for member in named if named.count(member) > 1), None)
    if twice:
        raise UnreadableFile(f"FILE has two columns for `{twice}`: rename one of them.")
    if "sku" in named:
        return
    if len(names) == 1:
        raise UnreadableFile(
            f"FILE is not NDJSON, and its first line has one column {seen}: {_shown(names)}; it is not `sku`. The first"
            " line must name the columns, with `,`, `;`, `|` or a tab between them."
        )
    likely = (
        *filter(_LIKELY.search, names),
        *(name for name, member in zip(names, found, strict=True) if member == "name"),
    )
    hint = next(filter(None, map(str.strip, (*likely, *names))), "COLUMN")
    raise UnreadableFile(
        f"FILE is not NDJSON, and its first line has {len(names)} columns {seen}: {_shown(names)}; none is"
        f" `sku`. Did you mean --map '{hint}=sku'?"
    )


def _shown(names: Sequence[str]) -> str:
    return ", ".join(name.strip() for name in names[:_MAX_SHOWN]) + (", …" if len(names) > _MAX_SHOWN else "")
