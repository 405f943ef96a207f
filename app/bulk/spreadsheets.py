"""CSV cells that a spreadsheet would run as a formula (OWASP, CSV Injection), marked by an apostrophe in front.

`prefixed` puts one in front, `plain` takes one off; cells that have an apostrophe themselves come back unchanged.
"""

import re

_RUN = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_PREFIXED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def prefixed(cell: str, *, spreadsheet: bool) -> str:
    """The cell for a file: for a `spreadsheet` never a formula, else changed only if `plain` would change it."""
    return f"'{cell}" if (_RUN if spreadsheet else _PREFIXED).match(cell) else cell


def plain(cell: str) -> str:
    """The cell without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if _PREFIXED.match(cell) else cell
