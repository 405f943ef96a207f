"""The options of `tandem import` as members of a JSON request."""

from collections.abc import Mapping
from typing import Any

from app.bulk import presets
from app.bulk.formats.known import FORMATS
from app.bulk.import_options import Options
from app.domain.bulk.import_jobs import Wanted
from app.domain.catalogue.product_fields import IMPORTED
from app.domain.errors import FieldError, Invalid
from app.domain.validation import Reader

KNOWN_FORMATS = ("auto", "ndjson", "csv", *FORMATS)
ENCODINGS = (
    "utf-8",
    "utf-16",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-8859-1",
    "iso-8859-15",
    "shift_jis",
)
DECIMALS = (",", ".")
MOST_COLUMNS = 1_000
MEMBERS = frozenset({"format", "dryRun", "lastWins", "mapping", "set", "currency", "decimal", "encoding"})


def read(members: Mapping[str, Any]) -> Wanted:
    """The options of a request; raises `Invalid` with every fault. Null counts as absent."""
    given = {name: value for name, value in members.items() if value is not None}
    reader = Reader(given)
    for name, words in (("format", KNOWN_FORMATS), ("decimal", DECIMALS), ("encoding", ENCODINGS)):
        if given.get(name, words[0]) not in words:
            reader.fault(name, f"must be one of {' '.join(words)}")
    for name in ("dryRun", "lastWins"):
        if not isinstance(given.get(name, False), bool):
            reader.fault(name, "must be true or false")
    columns, cells = (_texts(reader, name) for name in ("mapping", "set"))
    if not set(columns.values()) <= set(IMPORTED):
        reader.fault("mapping", f"must name members of an import: {' '.join(IMPORTED)}")
    if cells.keys() - set(IMPORTED) or "sku" in cells:
        reader.fault("set", f"must be values of members of an import but `sku`: {' '.join(IMPORTED)}")
    if (currency := given.get("currency")) is not None:
        if isinstance(currency, str) and cells.setdefault("currency", currency) == currency:
            cells["currency"] = currency
        else:
            reader.fault("currency", "must be a code, and the same as that of `set`")
    reader.done()
    told, faults = presets.read(cells)
    if faults:
        raise Invalid([FieldError(("set", *one.field), one.message, one.code) for one in faults])
    options = {
        "columns": columns,
        "preset": told,
        "decimal": given.get("decimal"),
        "encoding": given.get("encoding"),
        "lastWins": given.get("lastWins", False),
    }
    return Wanted(given.get("format", "auto"), given.get("dryRun", False), options)


def options(format_: str, told: Mapping[str, Any]) -> Options:
    """The options of reading that a stored import has."""
    return Options(format_, told["columns"], told["preset"], told["decimal"], told["encoding"])


def _texts(reader: Reader, name: str) -> dict[str, str]:
    value = reader.members.get(name, {})
    pairs = value.items() if isinstance(value, dict) else [(None, None)]
    if len(pairs) <= MOST_COLUMNS and all(isinstance(one, str) for pair in pairs for one in pair):
        return dict(pairs)
    reader.fault(name, f"must be an object of at most {MOST_COLUMNS} texts")
    return {}
