r"""Rows of a CSV file as the members of import lines.

An empty cell means that the member is absent; `|` separates categories and tags (`\|` is the character
itself, and in tags `\\` a backslash); attributes, options and variants are JSON, a weight is that or `0.5 kg`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from app.bulk import amounts, currency_signs, spreadsheets
from app.bulk.sources.physical_lines import malformed
from app.bulk.tables.csv_records import Record, sample
from app.domain.errors import Code, FieldError, TandemError
from app.domain.fields import weights
from app.domain.fields.member_types import Attributes, Integer, Names, Options, Price, Text, Variants, Weight
from app.domain.fields.product_fields import BY_NAME, IMPORTED
from app.http import bodies

_NUMBERS = tuple(name for name in IMPORTED if isinstance(BY_NAME[name].type, Integer | Price))
_EXACT = frozenset(name for name in IMPORTED if isinstance(kind := BY_NAME[name].type, Text) and not kind.trim)
_ESCAPES = {name: {r"\|": "|", r"\\": "\\"} for name in IMPORTED if isinstance(BY_NAME[name].type, Names)} | {
    "categories": {r"\|": "|"}  # other backslashes are those of paths
}
_IN_JSON = frozenset(
    name for name in IMPORTED if isinstance(BY_NAME[name].type, Attributes | Options | Variants | Weight)
)
_PRICES = tuple(name for name in _NUMBERS if isinstance(BY_NAME[name].type, Price))
_PLAIN = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]{1,2})?")
"""Most numbers are plain with any decimal mark."""
_WEIGHT = re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?({'|'.join(weights.UNITS)})", re.IGNORECASE)
_PIECES = re.compile(r"\\.|[^\\|]+|\||\\", re.DOTALL)


class Rows:
    """The members of each row.

    `columns` are the members of the columns, `preset` the cells of members that a row leaves out, `others` the names of
    the columns that are not imported, by their index.
    """

    def __init__(self, columns: Sequence[str | None], preset: Mapping[str, str], others: Mapping[int, str]) -> None:
        self._columns, self._preset, self._others = columns, preset, others
        self._marks: Mapping[str, str | None] = {}

    def decide(self, records: Iterator[Record], decimal: str | None) -> Iterator[Record]:
        """The records; the decimal mark of each column is decided first: as stated, or as the cells show."""
        if decimal is not None:
            self._marks = dict.fromkeys(_NUMBERS, decimal)
            return records
        first = list(sample(records))
        rows = [record.cells for record in first if not isinstance(record.cells, FieldError)]
        self._marks = {
            name: amounts.decimal_mark(cells[index] for cells in rows if index < len(cells))
            for index, name in enumerate(self._columns)
            if name is not None and name in _NUMBERS
        }
        return chain(first, records)

    def row(self, cells: Sequence[str], unused: Counter[str]) -> Mapping[str, object] | FieldError:
        """The members of a row, or why it is a bad line; counts the cells that are not imported."""
        if problem := longer_than(len(self._columns), cells):
            return problem
        for index, name in self._others.items():
            full = index < len(cells) and bool(cells[index].strip())
            if name or full:
                unused[name or f"column {index + 1}"] += full
        named = zip(self._columns, cells, strict=False)
        return self._members({name: cell for name, cell in named if name is not None and _says(name, cell)}, {})

    def complete(self, members: Mapping[str, object]) -> Mapping[str, object] | FieldError:
        """The members of a line of JSON, completed with presets."""
        return self._members({}, members)

    def _members(self, cells: dict[str, str], parsed: Mapping[str, object]) -> Mapping[str, object] | FieldError:
        added = {name: cell for name, cell in self._preset.items() if name not in cells and name not in parsed}
        currency = added.pop("currency", None)
        members = dict(parsed)
        for name, cell in (cells | added if added else cells).items():
            members[name] = _cell(name, spreadsheets.plain(cell))
        for name in _NUMBERS:
            text = members.get(name) if name in cells or name in added else None
            if not isinstance(text, str):
                continue
            try:
                members[name], possible = _number(text, self._marks.get(name))
                if possible and name in _PRICES:
                    members["currency"] = _currency(possible, members.get("currency"), currency)
                elif possible:
                    members[name] = text
            except amounts.Ambiguous as problem:
                return FieldError((name,), f"`{name}`: {problem}.", Code.VALIDATION_FAILED)
        if currency is not None and "price" in members:
            members.setdefault("currency", currency)
        return members


def longer_than(columns: int, cells: Sequence[str]) -> FieldError | None:
    """The error of a row with values beyond this number of columns."""
    if any(map(str.strip, cells[columns:])):
        return malformed(f"longer than the header, which names {columns} columns")
    return None


def _says(name: str, cell: str) -> bool:
    """Whether a cell is non-empty; blanks count only in texts that are stored untrimmed."""
    return bool(cell) if name in _EXACT else bool(cell.strip())


def _cell(name: str, cell: str) -> object:
    if name in _ESCAPES:
        return _split(cell, _ESCAPES[name])
    if name in _IN_JSON:
        weight = _WEIGHT.fullmatch(cell.strip()) if name == "weight" else None
        return {"value": _json(weight[1]), "unit": weight[2].lower()} if weight else _json(cell)
    if name == "currency":
        meant = currency_signs.currencies(cell)
        return next(iter(meant)) if len(meant) == 1 else cell.strip().upper()
    return cell


def _split(cell: str, escapes: Mapping[str, str]) -> list[str]:
    names = [""]
    for piece in _PIECES.findall(cell):
        if piece == "|":
            names.append("")
        else:
            names[-1] += escapes.get(piece, piece)
    return names


def _number(cell: str, mark: str | None) -> tuple[object, frozenset[str]]:
    """The number of a cell and the currencies next to it; the cell itself if it is no number."""
    meant = None if _PLAIN.fullmatch(cell) else amounts.amount(cell, mark)
    text = meant.number if meant else cell
    number = _json(text)
    if number is text:
        return cell, frozenset()
    return number, meant.currencies if meant else frozenset()


def _json(cell: str) -> object:
    """The JSON value of a cell; the cell itself where it is none."""
    try:
        return bodies.parse(cell.encode())
    except (TandemError, UnicodeEncodeError):
        return cell


def _currency(possible: frozenset[str], stated: object, preset: str | None) -> str:
    """The currency of a price with a sign or a code next to it. Raises `Ambiguous`."""
    if stated is not None and stated not in possible:
        raise amounts.Ambiguous(f"its currency is not that of the line, {stated}")
    if stated is not None or len(possible) == 1:
        return str(stated or next(iter(possible)))
    if preset in possible:
        return str(preset)
    raise amounts.Ambiguous("its sign stands for several currencies: name one with --currency")
