"""Import lines, each checked by itself, before the catalogue is known.

Most lines are good. A line that decodes to `Fields` is checked together with the others of its batch, member by member;
one that is not certainly good is parsed again on its own, which finds its errors and their words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET

from app.domain import money
from app.domain.bulk import category_paths, import_variants
from app.domain.bulk.category_paths import CategoryPath
from app.domain.catalogue import product_edits
from app.domain.catalogue.member_types import (
    Attributes,
    Choice,
    Currency,
    Integer,
    Names,
    Options,
    Price,
    Sku,
    Slug,
    Text,
    Variants,
)
from app.domain.catalogue.product_fields import (
    BY_NAME,
    DEFAULTS,
    IMPORTED,
    REQUIRED,
    SEARCHED,
    WRITABLE,
    Member,
)
from app.domain.errors import FieldError, Invalid
from app.domain.search import word_index
from app.domain.search.word_index import Document
from app.domain.unicode import identity
from app.domain.validation import Reader

_OF_PRODUCT = frozenset(IMPORTED) & WRITABLE.keys() - {"sku"}
_TYPED = tuple(name for name in IMPORTED if not isinstance(BY_NAME[name].type, Options | Variants))
"""What is checked by columns: lines with variants are checked on their own."""
_DOUBTFUL: Any = object()
"""Stands for a value that may be at fault."""
_MAX_CACHED = 4096
_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


def _type(member: Member) -> Any:
    match member.type:
        case Price():
            return msgspec.Raw
        case Attributes():
            return dict[str, Any] | None
        case Slug():
            return str | None
        case Text() | Sku() | Currency():
            return str | None if member.nullable else str
        case Choice():
            return str | None
        case Integer():
            return int | None if member.nullable else int
        case _:
            return list[str] | None


Fields: Any = msgspec.defstruct(
    "Fields",
    [(name, _type(BY_NAME[name]) | msgspec.UnsetType, UNSET) for name in _TYPED],
    gc=False,
    forbid_unknown_fields=True,  # a line with others is parsed on its own
)
"""The typed members of a line; absent ones are `UNSET`, and a price is the text of its number."""

Members: TypeAlias = Mapping[str, object] | FieldError
"""The members of a line as JSON has them, or why the line cannot be parsed."""


class Line(NamedTuple):
    """A line: its number in the file, and its members."""

    number: int
    members: Members


class TypedLine(NamedTuple):
    """A line that decodes to `Fields`; its members as JSON has them are parsed only if they are needed."""

    number: int
    fields: Any
    parse: Callable[[], Members]

    @property
    def members(self) -> Members:
        """The members as JSON has them, or why the line cannot be parsed."""
        return self.parse()


@dataclass(frozen=True, eq=False, slots=True)
class CategoryPaths:
    """The categories of a line, by their index. Lines that spell them alike share one object."""

    by_index: Mapping[int, CategoryPath]


class Entry(NamedTuple):
    """A line as it was checked by itself.

    `spelled` is the sku before it was trimmed; both are empty if it is not valid. `missing` names the members that
    a new product needs and the line has not. `document` is what a search finds a product by that this line alone
    describes; cut here, the words cost the transaction no time.
    """

    number: int
    spelled: str
    sku: str
    edit: product_edits.Edit
    paths: CategoryPaths | None
    missing: tuple[str, ...]
    field_errors: Sequence[FieldError]
    document: Document | None = None


def check_lines(lines: Sequence[Line | TypedLine]) -> list[Entry]:
    """Check the lines of a batch, each by itself."""
    typed = iter(_check_columns([line for line in lines if isinstance(line, TypedLine)]))
    return [next(typed) if isinstance(line, TypedLine) else check_line(line) for line in lines]


def check_line(line: Line | TypedLine) -> Entry:
    """Check one line, and find all its errors."""
    parsed = line.members
    if isinstance(parsed, FieldError):
        return Entry(line.number, "", "", {}, None, (), [parsed])
    members = {name: parsed[name] for name in IMPORTED if name in parsed}
    if "variants" in members:
        members["variants"] = import_variants.taken(members["variants"])
    reader = Reader(members)
    reader.require("sku")
    sku = WRITABLE["sku"].type.read(reader, "sku") if "sku" in members else ""
    sku, spelled = ("", "") if reader.field_errors else (sku, str(members["sku"]))
    paths = category_paths.read(reader, "categories") if "categories" in members else None
    edit: product_edits.Edit = {}
    try:
        edit = product_edits.parse({n: v for n, v in members.items() if n in _OF_PRODUCT}, _OF_PRODUCT, patch=True)
    except Invalid as invalid:
        reader.field_errors += invalid.field_errors
    missing = tuple(name for name in REQUIRED if name not in members)
    shared = None if paths is None else CategoryPaths(paths)
    return Entry(line.number, spelled, sku, {**edit, "sku": sku}, shared, missing, reader.field_errors)


def _check_columns(lines: Sequence[TypedLine]) -> list[Entry]:
    columns = {name: _CHECKS[name]([getattr(line.fields, name) for line in lines]) for name in _TYPED}
    columns["price"] = list(map(_in_currency, columns["price"], columns["currency"]))
    return [
        check_line(line) if _DOUBTFUL in values else _entry(line.number, values)
        for line, values in zip(lines, zip(*columns.values(), strict=True), strict=True)
    ]


def _in_currency(price: Any, currency: Any) -> Any:
    """The price, unless it may have too many decimals; without a currency the product's decides, later."""
    known = price is UNSET or price is _DOUBTFUL or currency is UNSET or currency is _DOUBTFUL
    return price if known or not price % money.step(currency) else _DOUBTFUL


def _entry(number: int, values: Sequence[Any]) -> Entry:
    edit = {attribute: value for attribute, value in zip(_ATTRIBUTES, values, strict=True) if value is not UNSET}
    paths = edit.pop("categories", None)
    missing = tuple(name for name, attribute in _REQUIRED.items() if attribute not in edit)
    sku = edit["sku"]
    texts = {text: edit.get(text) or DEFAULTS.get(text) or "" for text in SEARCHED}
    document = None if missing else word_index.document(**texts, skus=[sku])
    return Entry(number, sku, sku, edit, paths, missing, (), document)


_ATTRIBUTES = tuple(BY_NAME[name].attribute for name in _TYPED)
_REQUIRED = {name: BY_NAME[name].attribute for name in REQUIRED}

# What follows says of each value what it is in a `Draft`, where it is certain; all rules hold for what is certain.
Check: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]


def _check_of(member: Member) -> Check:
    match member.type:
        case Price():
            return _prices
        case Currency():
            return lambda values: [v if v is UNSET or v in money.DECIMALS else _DOUBTFUL for v in values]
        case Text(low=low, high=high, trim=trim):
            return lambda values: [_text(v, low, high, trim) for v in values]
        case Sku(high=high):
            return lambda values: [v if v is UNSET or v is None or _is_trimmed(v, high) else _DOUBTFUL for v in values]
        case Integer(low=low, high=high):
            return lambda values: [v if v is UNSET or v is None or low <= v <= high else _DOUBTFUL for v in values]
        case Slug(high=high):
            return lambda values: [v if v is UNSET or v is None or _is_slug(v, high) else _DOUBTFUL for v in values]
        case Choice(words=words):
            return lambda values: [v if v is UNSET or v is None or v in words else _DOUBTFUL for v in values]
        case Names() as kind:
            return lambda values: [v if v is UNSET or v is None else _names(kind, tuple(v)) for v in values]
        case Attributes():
            return lambda values: [v if v is UNSET or v is None else _DOUBTFUL for v in values]
        case _:
            return lambda values: [v if v is UNSET else _paths(tuple(v or ())) for v in values]


def _text(value: Any, low: int, high: int, trim: bool) -> Any:
    if value is UNSET or value is None:
        return value
    if trim:
        value = value.strip()
    seen = not low or value.isascii() or identity.key(value)
    return value if low <= len(value) <= high and value.isprintable() and seen else _DOUBTFUL


def _is_trimmed(sku: str, high: int) -> bool:
    return 1 <= len(sku) <= high and sku.isprintable() and identity.trim(sku) == sku and bool(identity.key(sku))


def _sku(values: Sequence[Any]) -> Sequence[Any]:
    sure = _check_of(WRITABLE["sku"])(values)
    return [_DOUBTFUL if value is None or value is UNSET else value for value in sure]


def _is_slug(slug: str, high: int) -> bool:
    return len(slug) <= high and _SLUG.fullmatch(slug) is not None


@lru_cache(maxsize=_MAX_CACHED)
def _names(kind: Names, names: tuple[str, ...]) -> Any:
    reader = Reader({"names": list(names)})
    text = kind.read(reader, "names")
    return _DOUBTFUL if reader.field_errors else text


_NUMBER = re.compile(rb"(\d{1,9})(?:\.(\d{1,4}))?")


def _prices(values: Sequence[Any]) -> Sequence[Any]:
    return [UNSET if value is UNSET else _price(bytes(value)) for value in values]


@lru_cache(maxsize=_MAX_CACHED)
def _price(number: bytes) -> Any:
    found = _NUMBER.fullmatch(number)
    if found is None:
        return _DOUBTFUL
    whole, fraction = found.groups(b"")
    units = int(whole) * money.SCALE + int(fraction.ljust(4, b"0"))
    return units if 0 < units <= money.MAX_PRICE else _DOUBTFUL


@lru_cache(maxsize=_MAX_CACHED)
def _paths(spelled: tuple[str, ...]) -> Any:
    reader = Reader({"categories": list(spelled)})
    paths = category_paths.read(reader, "categories")
    return _DOUBTFUL if reader.field_errors else CategoryPaths(paths)


_CHECKS: Mapping[str, Check] = {name: _check_of(BY_NAME[name]) for name in _TYPED} | {"sku": _sku}
