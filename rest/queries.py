"""Query parameters: models that read query strings and report all errors at once."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache, partial
from typing import Annotated, Any, Self, TypeVar, cast
from urllib.parse import parse_qsl

from fastapi import Query as QueryParameters
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from app.domain.errors import Code, FieldError, Invalid, TandemError
from app.domain.validation import text_problem
from app.http import timestamps
from rest.models import Model, Words, names_of
from rest.versions import V2, Version

T = TypeVar("T")
QueryT = TypeVar("QueryT", bound="Query")

MAX_VALUES = 200
"""The most parameters of a query, and the most values of a list."""
_DIGITS = re.compile(r"[0-9]{1,16}")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_MAX_CACHED_BYTES = 500
_MAX_NAME = 100
_ELSEWHERE = {
    **dict.fromkeys("query search keyword keywords text".split(), "q"),
    **dict.fromkeys("pagesize perpage size first".split(), "limit"),
    **dict.fromkeys("after page offset".split(), "cursor"),
    **dict.fromkeys("order orderby".split(), "sort"),
}
"""The names that other services give our parameters, in lower case and without underscores."""
_NAME = "NAME"
"""The placeholder for any name, such as an attribute's, in the name of a declared parameter."""
_IGNORED = "_"
"""A parameter that browsers' libraries add so that nothing answers from a cache."""


class Query(Model):
    """The parameters of an operation; parameters that it does not declare are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters in their order in the query; `read` stores them."""
        return []

    @cached_property
    def version(self) -> Version:
        """The version of the API; `read` stores it."""
        return V2

    @classmethod
    def parse(cls, query: bytes, version: Version) -> Self:
        """Read a query string; raises `Invalid` with every fault, or `malformed_request` if it is not UTF-8."""
        parse = _parse_cached if len(query) <= _MAX_CACHED_BYTES else _parse
        return parse(cls, query, version)  # type: ignore[return-value] # the class is the argument

    @classmethod
    def read(cls, pairs: list[tuple[str, str]], version: Version) -> Self:
        """Validate the parameters, in their order in the query."""
        values, faults = _values(cls, pairs)
        if version.deprecated:
            faults += [
                _unknown(cls, version, _full(name, one))
                for name in _declared_with(cls, "later")
                for one in _named(values.pop(name, None))
            ]
        for name in ("cursor", "before"):
            if values.get(name) == "":
                del values[name]
        try:
            query = cls.model_validate(values, context=version)
        except ValidationError as error:
            faults += (_fault(cls, version, one) for one in error.errors(include_url=False))
        if faults:
            order = {name: place for place, (name, _) in reversed(list(enumerate(_plain(cls, pairs))))}
            raise Invalid(sorted(dict.fromkeys(faults), key=lambda fault: order.get(str(fault.field[0]), 0)))
        vars(query).update(pairs=pairs, version=version)
        return query


Parameters = Annotated[QueryT, QueryParameters()]
"""The parameters of a handler."""


def _parse(model: type[Query], query: bytes, version: Version) -> Query:
    return model.read(pairs_of(query), version)


_parse_cached = lru_cache(maxsize=4096)(_parse)


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """The parameters of a query string; raises `malformed_request`."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_VALUES)
    except UnicodeDecodeError:
        raise TandemError(Code.MALFORMED_REQUEST, "The query must be UTF-8, percent-encoded.") from None
    except ValueError:
        raise TandemError(Code.MALFORMED_REQUEST, f"The query has more than {MAX_VALUES} parameters.") from None
    return [pair for pair in pairs if pair[0] != _IGNORED]


@cache
def _declared_with(model: type[Query], keyword: str) -> frozenset[str]:
    """The parameters whose declaration has an extra keyword of `parameter`."""
    declared = ((field.alias or name, field.json_schema_extra) for name, field in model.model_fields.items())
    return frozenset(name for name, extra in declared if isinstance(extra, dict) and keyword in extra)


def _lists(model: type[Query]) -> frozenset[str]:
    """The parameters that take several values: separated by commas, repeated, or with `[]` after the name."""
    return _declared_with(model, "explode")


@cache
def _open(model: type[Query]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The parameters with a variable part `NAME`; the longest first."""
    names = sorted((name for name in names_of(model) if _NAME in name), key=len, reverse=True)
    return tuple((name, re.compile(re.escape(name).replace(_NAME, "(.+)"), re.DOTALL)) for name in names)


def _declared(model: type[Query], name: str) -> tuple[str, str | None]:
    """The declared parameter of a name, and its variable part; an unknown name stays unchanged."""
    bare = name.removesuffix("[]")
    for declared, pattern in _open(model):
        is_list = declared in _lists(model)
        if found := (is_list and pattern.fullmatch(bare)) or pattern.fullmatch(name):
            return declared, found[1]
    return (bare if bare in _lists(model) else name), None


def _plain(model: type[Query], pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The parameters without the `[]` of lists."""
    for name, text in pairs:
        declared, within = _declared(model, name)
        yield _full(declared, within), text


def _full(declared: str, within: str | None) -> str:
    """The name of a parameter in the query."""
    return declared if within is None else declared.replace(_NAME, within)


def _named(value: Any) -> list[str | None]:
    """The variable parts of a parameter, from its value; `None` for a parameter without."""
    return [] if value is None else list(value) if isinstance(value, dict) else [None]


def _values(model: type[Query], pairs: list[tuple[str, str]]) -> tuple[dict[str, Any], list[FieldError]]:
    values: dict[str, Any] = {}
    faults = []
    for full_name, text in pairs:
        name, within = _declared(model, full_name)
        place, key = (values, name) if within is None else (values.setdefault(name, {}), within)
        if name in _lists(model):
            place.setdefault(key, []).extend([text] if name in _declared_with(model, "commas") else text.split(","))
        elif key in place and name in names_of(model):
            faults.append(FieldError((whole := _full(name, within),), f"`{whole}` must not be repeated."))
        else:
            place[key] = text
    return values, faults


def _unknown(model: type[Query], version: Version, name: str) -> FieldError:
    hidden = _declared_with(model, "later") if version.deprecated else ()
    known = {known.lower(): known for known in names_of(model) if known != name and known not in hidden}
    plain = name.lower().replace("_", "").removesuffix("[]")
    near = _ELSEWHERE.get(plain, plain)
    close = [known[word] for word in ([near] if near in known else get_close_matches(plain, known, 1))]
    hint = f"; did you mean `{close[0]}`?" if close else "."
    return FieldError((name,), f"`{name}` is not a parameter here{hint}", Code.UNKNOWN_PARAMETER)


def _fault(model: type[Query], version: Version, error: ErrorDetails) -> FieldError:
    name, within = str(error["loc"][0]), str(error["loc"][1]) if len(error["loc"]) > 1 else None
    name = (_full(name, within) if _NAME in name else name)[:_MAX_NAME]
    if error["type"] == "extra_forbidden":
        return _unknown(model, version, name)
    if error["type"] == "missing":
        return FieldError((name,), f"`{name}` is required.")
    cause = error.get("ctx", {}).get("error")
    return FieldError((name,), f"`{name}` {cause or f'must have at most {MAX_VALUES} values'}.")


def parameter(
    title: str, description: str, example: object, default: Any = None, *, alias: str | None = None, **extra: Any
) -> Any:
    """A query parameter; its title is the name of its component in the contract.

    A list says whether it is to `explode`: to be repeated, rather than separated by commas. Both are understood, but
    where `commas` are part of its values. A `later` one is none of a deprecated version.
    """
    return Field(
        default, alias=alias, title=title, description=description, examples=[example], json_schema_extra=extra
    )


def since_parameter(title: str, done: str, more: str = "") -> Any:
    """A parameter for a lower bound of a time."""
    description = f"Only items {done} at this time or later (RFC 3339){more}."
    return parameter(title, description, "2026-03-01T09:30:00Z", later=True)


class FieldsOf:
    """The members that `fields` may name, in the model's order: all, or `some` under another schema name."""

    def __init__(self, model: type[Model], some: tuple[str, ...] | None = None, name: str = "Field") -> None:
        self.noun = model.__name__
        self.words = Words(f"{self.noun}{name}", some or names_of(model), f"A member of `{self.noun}`.")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate the whole list; its items have a schema with a name."""
        items = self.words.__get_pydantic_core_schema__(source, handler)
        names = core_schema.tuple_schema([items], variadic_item_index=0, min_length=1, max_length=MAX_VALUES)
        return core_schema.with_info_before_validator_function(self.read, names)

    def read(self, names: list[str], info: ValidationInfo) -> tuple[str, ...]:
        """The names, if the version of the API has them."""
        if len(names) > MAX_VALUES:
            raise ValueError(f"must have at most {MAX_VALUES} values")
        version = cast(Version, info.context)
        known = version.members(self.noun, self.words.words)
        if not set(known).issuperset(names):
            raise ValueError(f"must be one or more of {', '.join(known)}, separated by commas")
        return tuple(name for name in known if name in names)


def fields_parameter(noun: str, example: list[str]) -> Any:
    """The parameter `fields`."""
    return parameter(f"{noun}Fields", "Show only these members.", example, explode=False)


def text(low: int, high: int) -> BeforeValidator:
    """A text of `low` to `high` characters."""
    return BeforeValidator(partial(_text, low=low, high=high))


def _text(text: str, low: int, high: int) -> str:
    if problem := text_problem(text, low, high):
        raise ValueError(problem)
    return text


def parse_integer(text: object, low: int, high: int) -> int:
    """An integer from `low` (at least 0) to `high`; raises `ValueError`."""
    if isinstance(text, str) and _DIGITS.fullmatch(text) and low <= int(text) <= high:
        return int(text)
    raise ValueError(f"must be an integer from {low} to {high}")


def integer(low: int, high: int) -> BeforeValidator:
    """An integer from `low` (at least 0) to `high`."""
    return BeforeValidator(partial(parse_integer, low=low, high=high))


def choice(choices: Mapping[str, T], expected: str) -> BeforeValidator:
    """The value of one of a few words."""

    def read(text: str) -> T:
        if text in choices:
            return choices[text]
        raise ValueError(f"must be {expected}")

    return BeforeValidator(read)


def _decimal(text: str) -> Decimal:
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    raise ValueError("must be a number, such as 19.99")


def _boolean(text: str) -> bool:
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    raise ValueError("must be one of true, false")


Time = Annotated[
    int,
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": timestamps.MAX_LENGTH}),
    BeforeValidator(timestamps.microseconds),
]
"""A time (RFC 3339), in microseconds since 1970."""
Number = Annotated[Decimal, WithJsonSchema({"type": "number"}), BeforeValidator(_decimal)]
Boolean = Annotated[bool, BeforeValidator(_boolean)]
