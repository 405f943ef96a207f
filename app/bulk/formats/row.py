"""Rows of a shop's file, with cells by the column names of its format."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from app.bulk import spreadsheets


class Columns:
    """The columns of a file by name, and the used ones; the first of two columns with one name counts."""

    def __init__(self, names: Sequence[str], header: Sequence[str]) -> None:
        self._shown = [" ".join(name.split()) for name in header]
        self._by_name: dict[str, int] = {}
        for index, name in enumerate(names):
            self._by_name.setdefault(name, index)
        self._filled = [0] * len(names)
        self._used: set[int] = set()
        self._left = Counter[int]()
        self._matching: dict[re.Pattern[str], list[tuple[str, re.Match[str]]]] = {}

    def __contains__(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self._by_name

    def index(self, name: str) -> int | None:
        """The index of a column; marks it as used."""
        index = self._by_name.get(name) if name else None
        if index is not None:
            self._used.add(index)
        return index

    def leave(self, name: str) -> None:
        """A cell of a column is left out, and does not depend on the other cells."""
        self._left[self._by_name[name]] += 1

    def use(self, indexes: Iterable[int]) -> None:
        """Mark columns as used."""
        self._used.update(indexes)

    def matching(self, pattern: re.Pattern[str]) -> Sequence[tuple[str, re.Match[str]]]:
        """The matching columns in the file's spelling, with their matches."""
        if pattern not in self._matching:
            named = ((name, pattern.fullmatch(self._shown[index])) for name, index in self._by_name.items())
            self._matching[pattern] = [(name, found) for name, found in named if found]
        return self._matching[pattern]

    def count(self, cells: Sequence[str]) -> None:
        """Count the non-empty cells of a row."""
        for index, cell in enumerate(cells[: len(self._filled)]):
            if cell and not cell.isspace():
                self._filled[index] += 1

    def unused(self) -> Counter[str]:
        """The number of cells that nothing has used."""
        counts = Counter[str]()
        for index, filled in enumerate(self._filled):
            if left := self._left[index] if index in self._used else filled:
                counts[self._shown[index] or f"column {index + 1}"] += left
        return counts


class Row:
    """A row: the line where it begins, and its cells."""

    __slots__ = ("_cells", "columns", "number")

    def __init__(self, number: int, columns: Columns, cells: Sequence[str]) -> None:
        self.number, self.columns, self._cells = number, columns, cells

    def __getitem__(self, name: str) -> str:
        """The trimmed cell of a column without a spreadsheet's apostrophe; empty if it is missing."""
        index = self.columns.index(name)
        return "" if index is None or index >= len(self._cells) else spreadsheets.plain(self._cells[index].strip())

    def first(self, *names: str) -> str:
        """The first of some cells that has anything; others that differ are left out."""
        cells = {name: cell for name in names if (cell := self[name])}
        taken = next(iter(cells.values()), "")
        for name, cell in cells.items():
            if cell != taken:
                self.columns.leave(name)
        return taken
