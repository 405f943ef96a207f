"""The options of `tandem import` as members of a JSON request."""

import re
from collections.abc import Mapping
from typing import Any

from app.bulk import presets
from app.bulk.formats.known import FORMATS
from app.bulk.import_options import Options, UnreadableFile
from app.domain.bulk.import_jobs import ImportSettings
from app.domain.errors import FieldError, Invalid
from app.domain.fields.product_fields import IMPORTED
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
MAX_COLUMNS = 1_000
_MEMBERS = frozenset(
    {"format", "lastWins", "mapping", "set", "currency", "decimal", "encoding", "dryRun", "removeFile"}
)
_MAP = re.compile("--map '(.*)=sku'")
_OPTION = re.compile("--(map or --mapping|encoding|currency|decimal)")


def parse_request(members: Mapping[str, Any]) -> ImportSettings:
    """The options of a request; raises `Invalid` with every error. Null counts as absent."""
    present = {name: value for name, value in members.items() if value is not None}
    reader = Reader(present)
    reader.only(_MEMBERS, frozenset())
    for name, words in (("format", KNOWN_FORMATS), ("decimal", DECIMALS), ("encoding", ENCODINGS)):
        if present.get(name, words[0]) not in words:
            reader.fault(name, f"must be one of {' '.join(words)}")
    for name in ("dryRun", "lastWins", "removeFile"):
        if not isinstance(present.get(name, False), bool):
            reader.fault(name, "must be true or false")
    columns, cells = (_texts(reader, name) for name in ("mapping", "set"))
    if not set(columns.values()) <= set(IMPORTED):
        reader.fault("mapping", f"must name import members: {' '.join(IMPORTED)}")
    if cells.keys() - set(IMPORTED) or "sku" in cells:
        reader.fault("set", f"must set import members other than `sku`: {' '.join(IMPORTED)}")
    if (currency := present.get("currency")) is not None:
        if isinstance(currency, str) and cells.setdefault("currency", currency) == currency:
            cells["currency"] = currency
        else:
            reader.fault("currency", "must be a currency code, the same as in `set`")
    reader.done()
    preset, faults = presets.parse_presets(cells)
    if faults:
        raise Invalid([FieldError(("set", *one.field), one.message, one.code) for one in faults])
    options = {
        "columns": columns,
        "preset": preset,
        "decimal": present.get("decimal"),
        "encoding": present.get("encoding"),
        "lastWins": present.get("lastWins", False),
    }
    return ImportSettings(
        present.get("format", "auto"), present.get("dryRun", False), options, present.get("removeFile", False)
    )


def with_members(message: str) -> str:
    """A message about a line, with the members of a request instead of the options of the command."""
    if "--" not in message:
        return message
    message = _MAP.sub(r'mapping {"\1": "sku"}', message)
    return _OPTION.sub(lambda found: found[1].removeprefix("map or --"), message)


def about_file(problem: UnreadableFile) -> str:
    """The message of a file that an import cannot read."""
    message = with_members(str(problem)).replace("FILE", "the file", 1)
    return message[0].upper() + message[1:]


def options(format_: str, stored: Mapping[str, Any]) -> Options:
    """The reading options of a stored import."""
    return Options(format_, stored["columns"], stored["preset"], stored["decimal"], stored["encoding"])


def _texts(reader: Reader, name: str) -> dict[str, str]:
    value = reader.members.get(name, {})
    pairs = value.items() if isinstance(value, dict) else [(None, None)]
    if len(pairs) <= MAX_COLUMNS and all(isinstance(one, str) for pair in pairs for one in pair):
        return dict(pairs)
    reader.fault(name, f"must be an object of at most {MAX_COLUMNS} texts")
    return {}
