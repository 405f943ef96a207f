"""Validates import lines, each by itself, without the catalogue.

Most lines are valid. Lines that decode to `Fields` are checked together, member by member;
one that is not certainly good is parsed again on its own, which finds its errors and their words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from operator import attrgetter, is_
from typing import Any, NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET

from app.domain import models, money
from app.domain.bulk import category_paths, import_variants
from app.domain.bulk.category_paths import CategoryPath
from app.domain.catalogue import product_edits, product_words
from app.domain.catalogue.product_words import Prepared
from app.domain.errors import FieldError, Invalid
from app.domain.fields import member_types
from app.domain.fields.drafts import Draft
from app.domain.fields.product_fields import BY_NAME, IMPORTED, REQUIRED, WRITABLE, Member
from app.domain.unicode import identity
from app.domain.validation import Reader, is_gtin

_OF_PRODUCT = frozenset(IMPORTED) & WRITABLE.keys() - {"sku"}
_TYPED = tuple(
    name for name in IMPORTED if not isinstance(BY_NAME[name].type, member_types.Options | member_types.Variants)
)
"""The members that are checked by columns; lines with variants are checked one by one."""
_DOUBTFUL: Any = object()
"""Marks a value that may be invalid."""
_MAX_CACHED = 4096
_WHOLE, _FRACTION = 9, 4
"""The maximum digits of a price before and after its point."""
_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


def _type(member: Member) -> Any:
    match member.type:
        case member_types.Price():
            return msgspec.Raw
        case member_types.Attributes() | member_types.Weight():
            return dict[str, Any] | None
        case member_types.Slug():
            return str | None
        case member_types.Text() | member_types.Sku() | member_types.Currency() | member_types.Gtin():
            return str | None if member.nullable else str
        case member_types.Choice():
            return str | None
        case member_types.Integer():
            return int | None if member.nullable else int
        case _:
            return list[str] | None


Fields: Any = msgspec.defstruct(
    "Fields",
    [(name, _type(BY_NAME[name]) | msgspec.UnsetType, UNSET) for name in _TYPED],
    gc=False,
    forbid_unknown_fields=True,  # a line with other members is parsed by itself
)
"""The typed members of a line; absent ones are `UNSET`, and a price is the text of its number."""

Members: TypeAlias = Mapping[str, object] | FieldError
"""The JSON members of a line, or the error if it cannot be parsed."""
Paths: TypeAlias = Mapping[int, CategoryPath]
"""The categories of a line, by their index."""


class Line(NamedTuple):
    """A line: its number in the file, and its members."""

    number: int
    members: Members


class TypedLine(NamedTuple):
    """A line that decodes to `Fields`; its JSON members are parsed only if they are needed."""

    number: int
    fields: Any
    parse: Callable[[], Members]

    @property
    def members(self) -> Members:
        """The JSON members, or the error if the line cannot be parsed."""
        return self.parse()


class Entry(NamedTuple):
    """A line, validated by itself.

    `spelled` is the sku before it was trimmed, `key` tells equal skus; all three are empty if the sku is not valid.
    `missing` names the members that a new product needs and the line has not. `made` is the product that the line makes
    if none has its sku, without its categories, and `prepared` what is stored with it: both cost transactions time.
    """

    number: int
    spelled: str
    sku: str
    key: str
    edit: product_edits.Edit
    paths: Paths | None
    missing: tuple[str, ...]
    field_errors: Sequence[FieldError]
    made: Draft | None = None
    prepared: Prepared | None = None


def check_lines(lines: Sequence[Line | TypedLine], *, prepare: bool = True) -> list[Entry]:
    """Check the lines of a batch, each by itself; prepare their products if most are probably new."""
    typed = iter(_check_columns([line for line in lines if isinstance(line, TypedLine)], prepare=prepare))
    return [next(typed) if isinstance(line, TypedLine) else check_line(line) for line in lines]


def check_line(line: Line | TypedLine) -> Entry:
    """Check one line, and find all its errors."""
    parsed = line.members
    if isinstance(parsed, FieldError):
        return Entry(line.number, "", "", "", {}, None, (), [parsed])
    members = {name: parsed[name] for name in IMPORTED if name in parsed}
    if "variants" in members:
        members["variants"] = import_variants.taken(members["variants"])
    reader = Reader(members)
    reader.require("sku")
    sku = WRITABLE["sku"].type.read(reader, "sku") if "sku" in members else ""
    sku, spelled = ("", "") if reader.field_errors else (sku, str(members["sku"]))
    paths = category_paths.parse_paths(reader, "categories") if "categories" in members else None
    edit: product_edits.Edit = {}
    try:
        edit = product_edits.parse({n: v for n, v in members.items() if n in _OF_PRODUCT}, _OF_PRODUCT, patch=True)
    except Invalid as invalid:
        reader.field_errors += invalid.field_errors
    missing = tuple(name for name in REQUIRED if name not in members)
    return Entry(
        line.number, spelled, sku, identity.key(sku), {**edit, "sku": sku}, paths, missing, reader.field_errors
    )


def _check_columns(lines: Sequence[TypedLine], *, prepare: bool) -> list[Entry]:
    columns = _checked([line.fields for line in lines])
    suspect = [values for values in columns.values() if _has(values, _DOUBTFUL)]
    doubtful = {n for values in suspect for n, value in enumerate(values) if value is _DOUBTFUL}
    attributes = [BY_NAME[name].attribute for name in columns]
    edits = [dict(zip(attributes, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if any(_has(values, UNSET) for values in columns.values()):
        edits = [{name: value for name, value in edit.items() if value is not UNSET} for edit in edits]
    return [
        check_line(line) if n in doubtful else _entry(line.number, edit, prepare=prepare)
        for n, (line, edit) in enumerate(zip(lines, edits, strict=True))
    ]


def _checked(fields: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """The checked columns of the members that any line has."""
    columns: dict[str, Sequence[Any]] = {}
    for name in _TYPED:
        values = list(map(_GETTERS[name], fields))
        if name == "sku" or not all(map(is_, values, repeat(UNSET))):
            columns[name] = _CHECKS[name](values)
    for name in _PRICES if "currency" in columns else ():
        if name in columns:
            columns[name] = list(map(_in_currency, columns[name], columns["currency"]))
    return columns


def _has(values: Sequence[Any], mark: Any) -> bool:
    return any(map(is_, values, repeat(mark)))


def _in_currency(price: Any, currency: Any) -> Any:
    """The price, unless it may have too many decimals; without a currency, the product's currency decides later."""
    known = not isinstance(price, int) or currency is UNSET or currency is _DOUBTFUL
    return price if known or not price % money.step(currency) else _DOUBTFUL


def _entry(number: int, edit: dict[str, Any], *, prepare: bool) -> Entry:
    paths, sku = edit.pop("categories", None), edit["sku"]
    missing = tuple(name for name, attribute in _REQUIRED.items() if attribute not in edit)
    entry = Entry(number, sku, sku, identity.key(sku), edit, paths, missing, ())
    if missing or not prepare:
        return entry
    try:
        made = product_edits.apply(edit)
    except Invalid:  # the decimals of a price without a currency
        return entry
    return entry._replace(made=made, prepared=product_words.prepare(made))


_GETTERS = {name: attrgetter(name) for name in _TYPED}
_REQUIRED = {name: BY_NAME[name].attribute for name in REQUIRED}
_PRICES = tuple(name for name in _TYPED if isinstance(BY_NAME[name].type, member_types.Price))

# The functions below return the `Draft` value of each valid value, and `_DOUBTFUL` for others.
Check: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]


def _check_of(member: Member) -> Check:
    match member.type:
        case member_types.Currency():
            return lambda values: [v if v is UNSET or v in money.DECIMALS else _DOUBTFUL for v in values]
        case member_types.Text(low=low, high=high, trim=trim):
            return lambda values: [_text(v, low, high, trim) for v in values]
        case member_types.Slug(high=high):
            return lambda values: [v if v is UNSET or v is None or _is_slug(v, high) else _DOUBTFUL for v in values]
        case member_types.Choice(words=words):
            return lambda values: [v if v is UNSET or v is None or v in words else _DOUBTFUL for v in values]
        case member_types.Names() as kind:
            return lambda values: [v if v is UNSET or v is None else _names(kind, tuple(v)) for v in values]
        case member_types.Attributes():
            return lambda values: [v if v is UNSET or v is None else _DOUBTFUL for v in values]
        case _:
            return lambda values: [v if v is UNSET else _paths(v or ()) for v in values]


def _check_of_variant(member: Member) -> Check:
    match member.type:
        case member_types.Price():
            return lambda values: [v if v is UNSET else _price(bytes(v), nullable=member.nullable) for v in values]
        case member_types.Weight():
            return lambda values: [v if v is UNSET or v is None else _DOUBTFUL for v in values]
        case member_types.Gtin():
            return lambda values: [v if v is UNSET or v is None or is_gtin(v) else _DOUBTFUL for v in values]
        case member_types.Integer(low=low, high=high):
            return lambda values: [v if v is UNSET or v is None or low <= v <= high else _DOUBTFUL for v in values]
        case _:
            return _skus


def _skus(values: Sequence[Any]) -> Sequence[Any]:
    return [value if isinstance(value, str) and _is_trimmed(value, models.MAX_SKU) else _DOUBTFUL for value in values]


def _text(value: Any, low: int, high: int, trim: bool) -> Any:
    if value is UNSET or value is None:
        return value
    if trim:
        value = value.strip()
    seen = not low or value.isascii() or identity.key(value)
    return value if low <= len(value) <= high and value.isprintable() and seen else _DOUBTFUL


def _is_trimmed(sku: str, high: int) -> bool:
    if sku.isascii():
        return 1 <= len(sku) <= high and sku.isprintable() and sku.strip() == sku
    return 1 <= len(sku) <= high and sku.isprintable() and identity.trim(sku) == sku and bool(identity.key(sku))


def _is_slug(slug: str, high: int) -> bool:
    return len(slug) <= high and _SLUG.fullmatch(slug) is not None


@lru_cache(maxsize=_MAX_CACHED)
def _names(kind: member_types.Names, names: tuple[str, ...]) -> Any:
    reader = Reader({"names": list(names)})
    text = kind.read(reader, "names")
    return _DOUBTFUL if reader.field_errors else text


def _price(number: bytes, *, nullable: bool) -> Any:
    if nullable and number == b"null":
        return None
    whole, point, fraction = number.partition(b".")
    if not whole.isdigit() or len(whole) > _WHOLE:
        return _DOUBTFUL
    units = int(whole) * money.SCALE
    if point:
        if not fraction.isdigit() or len(fraction) > _FRACTION:
            return _DOUBTFUL
        units += int(fraction.ljust(_FRACTION, b"0"))
    return units if 0 < units <= money.MAX_PRICE else _DOUBTFUL


def _paths(spelled: Sequence[str]) -> Any:
    paths = dict(enumerate(map(_path, spelled)))
    sure = len(paths) <= models.MAX_CATEGORIES and _DOUBTFUL not in paths.values()
    return paths if sure else _DOUBTFUL


@lru_cache(maxsize=_MAX_CACHED)
def _path(spelled: str) -> Any:
    reader = Reader({"categories": [spelled]})
    paths = category_paths.parse_paths(reader, "categories")
    return _DOUBTFUL if reader.field_errors else paths[0]


_CHECKS: Mapping[str, Check] = {
    name: (_check_of_variant if BY_NAME[name].of_variant else _check_of)(BY_NAME[name]) for name in _TYPED
}
