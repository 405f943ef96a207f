"""Values of members that the lines of a file leave out, as its reader is told them."""

from collections.abc import Mapping, Sequence

from app.bulk.tables import csv_rows
from app.domain.bulk.import_lines import Line, check_line
from app.domain.errors import FieldError


def read(cells: Mapping[str, str]) -> tuple[dict[str, str], Sequence[FieldError]]:
    """The cells that stand for members, and what is wrong with them."""
    told = {member: cell.strip().upper() if member == "currency" else cell for member, cell in cells.items()}
    line = csv_rows.Rows([], told, {}).complete({"sku": "-"} | ({} if "price" in told else {"price": 1}))
    return told, check_line(Line(0, line)).field_errors
