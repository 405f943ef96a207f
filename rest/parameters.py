"""Query parameters: how models declare them, and the types of their values."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, TypeVar, cast

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, ValidationInfo, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from app.domain.validation import text_problem
from app.http import timestamps
from rest.models import Model, Words, names_of
from rest.versions import Version

T = TypeVar("T")

MAX_VALUES = 200
"""The most parameters of a query, and the most values of a list."""
_DIGITS = re.compile(r"[0-9]{1,16}")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


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
