"""Queries: models that read query strings and report all errors at once."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import parse_qsl

from fastapi import Query as QueryParameters
from pydantic import ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from app.domain.errors import Code, FieldError, Invalid, TandemError
from rest.models import Model, names_of
from rest.parameters import MAX_VALUES
from rest.versions import V2, Version

QueryT = TypeVar("QueryT", bound="Query")

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
