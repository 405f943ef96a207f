"""The options of `tandem import`: the format of a file, its columns, and values that it leaves out."""

from typing import BinaryIO

import click
import msgspec

from app.bulk import presets
from app.bulk.import_options import Options
from app.domain.fields.product_fields import IMPORTED

_MAX_BYTES = 1_000_000


def options(
    format_: str,
    mapping: BinaryIO | None,
    mapped: tuple[str, ...],
    preset: tuple[str, ...],
    currency: str | None,
    decimal: str | None,
    encoding: str | None,
) -> Options:
    """The options; raises click's own errors."""
    columns = _mapping(mapping) | _columns(mapped)
    return Options(format_, columns, _preset(preset, currency), decimal, encoding)


def _mapping(file: BinaryIO | None) -> dict[str, str]:
    """Members by the columns that hold them, from a file of a JSON object."""
    if file is None:
        return {}
    try:
        columns = msgspec.json.decode(file.read(_MAX_BYTES), type=dict[str, str])
    except msgspec.MsgspecError:
        columns = {}
    if not columns or not set(columns.values()) <= set(IMPORTED):
        raise click.BadParameter(
            'The file must be a JSON object that maps columns to members, such as {"Preis": "price"}.',
            param_hint="'--mapping'",
        )
    return columns


def _columns(mapped: tuple[str, ...]) -> dict[str, str]:
    """Members by the columns that hold them, from `COLUMN=MEMBER`."""
    columns = {}
    for pair in mapped:
        column, _, member = pair.rpartition("=")
        if not column or member not in IMPORTED:
            raise click.BadParameter(f"{pair!r} is not COLUMN=MEMBER, such as 'Preis=price'.", param_hint="'--map'")
        columns[column] = member
    return columns


def _preset(pairs: tuple[str, ...], currency: str | None) -> dict[str, str]:
    """Default cells by member, for lines without one, from `MEMBER=VALUE`."""
    cells = {} if currency is None else {"currency": currency}
    for pair in pairs:
        member, equals, cell = pair.partition("=")
        if not equals or member not in IMPORTED or member == "sku":
            raise click.BadParameter(f"{pair!r} is not MEMBER=VALUE, such as 'currency=EUR'.", param_hint="'--set'")
        if cells.setdefault(member, cell) != cell:
            raise click.BadParameter(f"`{member}` is set twice.", param_hint="'--set'")
    cells, errors = presets.parse_presets(cells)
    if errors:
        raise click.BadParameter(errors[0].message, param_hint="'--set'")
    return cells
