"""Query parameters by declared tables: one source for what is taken, what is refused and what the contract says."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from app.domain.errors import Code, Fault, Invalid, TandemError
from app.domain.reading import unstorable

T = TypeVar("T")

_DIGITS = re.compile(r"[0-9]{1,16}")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
MOST = 200
"""Parameters of a query at most, and words of one."""
_REMEMBERED = 500
"""Bytes of a query string beyond which what it means is not remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A parameter: `read` gives its value or raises `ValueError` with what it must be; `schema` says that to clients.

    `key` is its name among the contract's components; one that may be repeated is `many`.
    """

    key: str
    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any] = str
    many: bool = False
    place: str = "query"
    example: object = None
    required: bool = False

    def document(self) -> dict[str, Any]:
        """The parameter as OpenAPI has it."""
        said: dict[str, Any] = {"name": self.name, "in": self.place, "description": self.description}
        if self.place == "path" or self.required:
            said["required"] = True
        if self.schema.get("type") == "array":
            said |= {"style": "form", "explode": self.many}
        said["schema"] = dict(self.schema)
        return said if self.example is None else said | {"example": self.example}


Table = Mapping[str, Parameter]


def table(*parameters: Parameter) -> Table:
    """Parameters by their names."""
    return {parameter.name: parameter for parameter in parameters}


class Query(NamedTuple):
    """A query string, read: the values by name, those of a `many` as a list, and the pairs as they stood."""

    values: dict[str, Any]
    pairs: list[tuple[str, str]]


def read(query: bytes, known: Table) -> Query:
    """Read a query string; raises `Invalid` with every fault, or `malformed_request` where it is no UTF-8."""
    if not query:
        return Query({}, [])
    pairs = _pairs(query)
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, text in pairs:
        parameter = known.get(name)
        if parameter is None:
            faults.append(Fault((name[:100],), f"`{name[:100]}` is not a parameter here.", Code.UNKNOWN_PARAMETER))
            continue
        if name in values and not parameter.many:
            faults.append(Fault((name,), f"`{name}` must not be repeated."))
            continue
        try:
            value = parameter.read(text)
        except ValueError as error:
            values.setdefault(name, [] if parameter.many else None)
            faults.append(Fault((name,), f"`{name}` {error}."))
            continue
        values[name] = [*values.get(name, ()), value] if parameter.many else value
    if faults:
        raise Invalid(list(dict.fromkeys(faults)))
    return Query(values, pairs)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST)
    except UnicodeDecodeError:
        raise TandemError(Code.MALFORMED_REQUEST, "The query must be UTF-8, percent-encoded.") from None
    except ValueError:
        raise TandemError(Code.MALFORMED_REQUEST, f"The query has more than {MOST} parameters.") from None


def remembered(meaning: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """A function of a query string that remembers what short ones mean; what it gives must be immutable."""
    memory = lru_cache(maxsize=1024)(meaning)
    return lambda query: memory(query) if len(query) <= _REMEMBERED else meaning(query)


def integer(low: int, high: int) -> Callable[[str], int]:
    """Reads an integer from `low` (at least 0) to `high`."""

    def reader(text: str) -> int:
        if _DIGITS.fullmatch(text) and low <= int(text) <= high:
            return int(text)
        raise ValueError(f"must be an integer from {low} to {high}")

    return reader


def decimal(text: str) -> Decimal:
    """Reads a decimal, such as -3 or 19.99."""
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    raise ValueError("must be a number, such as 19.99")


def text(low: int, high: int) -> Callable[[str], str]:
    """Reads a text of `low` to `high` characters."""

    def reader(text: str) -> str:
        if problem := unstorable(text):
            raise ValueError(problem)
        if not low <= len(text) <= high:
            raise ValueError(f"must have {low} to {high} characters")
        return text

    return reader


def choice(choices: Mapping[str, T], said: str | None = None) -> Callable[[str], T]:
    """Reads one of a few words; `said` says what it must be where they are too many to list."""
    must = said or f"must be one of {', '.join(choices)}"

    def reader(text: str) -> T:
        if text in choices:
            return choices[text]
        raise ValueError(must)

    return reader


def choices(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Reads some of a few words, separated by commas; they come in the order in which they are known."""
    words, known_words = ", ".join(known), set(known)

    def reader(text: str) -> tuple[str, ...]:
        given = text.split(",", MOST)
        if len(given) <= MOST and known_words.issuperset(given):
            return tuple(word for word in known if word in given)
        raise ValueError(f"must be some of {words}, separated by commas")

    return reader
