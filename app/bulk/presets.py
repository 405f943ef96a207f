"""Values for members that the lines of a file omit."""

from collections.abc import Mapping, Sequence

from app.bulk.tables import csv_rows
from app.domain.bulk.import_lines import Line, check_line
from app.domain.errors import FieldError


def parse_presets(cells: Mapping[str, str]) -> tuple[dict[str, str], Sequence[FieldError]]:
    """The cells by member, and their problems."""
    cleaned = {member: cell.strip().upper() if member == "currency" else cell for member, cell in cells.items()}
    line = csv_rows.Rows([], cleaned, {}).complete({"sku": "-"} | ({} if "price" in cleaned else {"price": 1}))
    return cleaned, check_line(Line(0, line)).field_errors
