"""Shared parts of all resources' models: bounded types, pages, and models whose members are all optional.

The models are the contract: the OpenAPI documents are made from them. Bounds come from the domain, which validates.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from app.domain import models, money
from app.domain.fields import weights
from app.domain.pagination import paging
from app.domain.validation import whole

_SEAM = re.compile(r"(?<=[a-z])(?=[A-Z])|\W")
_MAX_INT32 = 2**31 - 1
_MAX_SENTENCE = 2_000
_MAX_ADDRESS = 200_000
"""The maximum characters of an address: the longest request target, with every byte percent-encoded."""
STORABLE = r"^[^\u0000]*$"
"""Any text but NUL."""
NOT_BLANK = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
"""Any text but NUL that is not all white space."""
SLUG = r"^[^\u0000-/:-`{-\u007f]+(-[^\u0000-/:-`{-\u007f]+)*$"
"""Words with hyphens between them; their ASCII characters are digits and lower-case letters."""
ANY = r"^[\s\S]*$"
"""Any text, since a quotation may have anything that the client sent."""
CURSOR_EXAMPLE = "MXxpZHw5YzExODVhNXw3fDc"

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound=BaseModel)


class Integer:
    """The bounds of an integer; 2.0 is an integer, as in JSON Schema."""

    def __init__(self, low: int, high: int = _MAX_INT32, **schema: Any) -> None:
        self.low, self.high = low, high
        self.schema = {"type": "integer", "format": "int32" if high <= _MAX_INT32 else "int64"}
        self.schema |= {"minimum": low, "maximum": high} | schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by the domain's own rule of what an integer is."""
        bounds = core_schema.int_schema(ge=self.low, le=self.high, strict=True)
        return core_schema.no_info_before_validator_function(_whole, bounds)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The bounds as JSON Schema has them."""
        return handler(schema) | self.schema


class AnInteger:
    """Declares an address as an integer; the contract of each version adds the other forms."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """An integer."""
        return core_schema.int_schema()


def _whole(value: object) -> int:
    number = whole(Decimal(value) if isinstance(value, float) else value)
    if number is None:
        raise ValueError("must be an integer")
    return number


def string(low: int, high: int, pattern: str = STORABLE) -> Any:
    """The bounds of a string, in characters."""
    return Field(min_length=low or None, max_length=high, pattern=pattern, strict=True)


class Words:
    """A string that is one of a few words, as a schema with a name.

    Generated clients name the words in upper case: `-price` is PRICE_DESCENDING.
    """

    def __init__(self, name: str, words: Iterable[str], description: str) -> None:
        self.words = tuple(words)
        self.enum = StrEnum(name, {constant(word): word for word in self.words})  # type: ignore[misc]
        self.enum.__doc__ = description

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate one of the words."""
        word = core_schema.no_info_after_validator_function(str, handler.generate_schema(self.enum))
        return core_schema.no_info_before_validator_function(self.known, word)

    def known(self, word: object) -> object:
        """The word; raises `ValueError` for an unknown one."""
        if word not in self.words:
            raise ValueError(f"must be one of {', '.join(self.words)}")
        return word


def constant(word: str) -> str:
    """The name of a word in generated clients: `-price` is PRICE_DESCENDING, `order.placed` ORDER_PLACED."""
    return _SEAM.sub("_", word.lstrip("-")).upper() + "_DESCENDING" * word.startswith("-")


def sort_of(noun: str, keys: Iterable[str]) -> Words:
    """The sorts of a list, descending after `-`."""
    return Words(
        f"{noun}Sort", (sign + key for key in keys for sign in ("", "-")), "A sort key; `-` before it sorts descending."
    )


def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The names of a model's members as JSON has them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


Id = Annotated[int, Integer(1, models.MAX_ID)]
Size = Annotated[int, Integer(0, models.MAX_ID)]
Points = Annotated[int, Integer(0)]
Name = Annotated[str, string(1, models.MAX_NAME, NOT_BLANK)]
Sku = Annotated[str, string(1, models.MAX_SKU, NOT_BLANK)]
Gtin = Annotated[str, string(8, 14, "^([0-9]{8}|[0-9]{12,14})$")]
Currency = Annotated[str, string(3, 3, "^[A-Z]{3}$")]
Price = Annotated[float, Field(gt=0, le=money.MAX_PRICE / money.SCALE, strict=True)]
Amount = Annotated[float, Field(gt=0)]
Time = Annotated[str, Field(max_length=27, json_schema_extra={"format": "date-time"})]
Cursor = Annotated[
    str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 4_096, "pattern": "^[A-Za-z0-9_-]+$"})
]
CursorParameter = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 4_096, "pattern": "^[A-Za-z0-9_-]*$"})]
"""A cursor in a query; an empty one counts as absent."""
Address = Annotated[str, Field(max_length=_MAX_ADDRESS, json_schema_extra={"format": "uri-reference"})]
Code = Annotated[str, string(1, 64, "^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, string(1, _MAX_SENTENCE, ANY)]
MediaType = Annotated[str, string(3, 100, "^[a-z]+/[a-z0-9.+-]+$")]


class Model(BaseModel):
    """A model whose members are in camel case in JSON; its docstring is the description in the contract."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Input(Model):
    """A body: members that it does not declare are refused."""

    model_config = ConfigDict(extra="forbid")


class Partial(BaseModel):
    """Makes every member of the other bases optional, without a default."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Make the members optional."""
        for field in cls.model_fields.values():
            field.default, field.json_schema_extra = None, _optional(field.json_schema_extra)
        cls.model_rebuild(force=True)


def _optional(extra: Any) -> Callable[[dict[str, Any]], None]:
    def change(schema: dict[str, Any]) -> None:
        schema.pop("default", None)
        if callable(extra):
            extra(schema)
        schema |= extra if isinstance(extra, dict) else {}

    return change


def without_default(schema: dict[str, Any]) -> None:
    """Leave the default out of a schema: an omitted member stays unchanged, or depends on the request."""
    schema.pop("default", None)


def optional(description: str) -> Any:
    """An optional member without a default."""
    return Field(None, description=description, json_schema_extra=without_default)


class Members(dict[str, Any], Generic[ModelT]):
    """The members of a JSON body, unchanged: the model is their contract, and the domain validates them."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the model."""
        return handler.generate_schema(get_args(source)[0])


def example(value: dict[str, Any]) -> ConfigDict:
    """The configuration of a model with an example."""
    return ConfigDict(json_schema_extra={"examples": [value]})


class Weight(Model):
    """A weight."""

    model_config = example({"value": 0.25, "unit": "kg"})
    value: Annotated[float, Field(ge=0, le=models.MAX_WEIGHT, strict=True)] = Field(description="The number of units.")
    unit: Annotated[str, Words("WeightUnit", weights.UNITS, "A unit of weights.")] = Field(description="The unit.")


class WeightInput(Weight, Input):
    """A weight to set."""


class WeightPatch(Partial, WeightInput):
    """A merge patch (RFC 7396) of a weight: an omitted member stays as it is. A product without weight needs both."""

    model_config = example({"value": 0.3})


class Links(Model):
    """The pages of a list, as absolute paths."""

    self_: Address = Field(alias="self", description="This page.")
    first: Address = Field(description="The first page.")
    next: Address | None = Field(description="The next page; null on the last page.")
    prev: Address | None = Field(description="The previous page; null on the first page.")


class Page(Model, Generic[T]):
    """A page of a list."""

    items: Annotated[list[T], Field(max_length=paging.MAX_SIZE)] = Field(description="The items, in sort order.")
    next_cursor: Cursor | None = Field(description="The value for `cursor`; null on the last page.")
    prev_cursor: Cursor | None = Field(description="The value for `before`; null on the first page.")
    links: Links = Field(description="The links to other pages.")
    total_count: Size = Field(
        0,
        description="The number of items in the whole list; only with `count=exact`.",
        json_schema_extra=without_default,
    )


def page_example(plural: str, item: dict[str, Any]) -> ConfigDict:
    """The configuration of a list's model: its example has one item."""
    first = f"/v2/{plural}?limit=1"
    links = {"self": first, "first": first, "next": f"{first}&cursor={CURSOR_EXAMPLE}", "prev": None}
    return example({"items": [item], "nextCursor": CURSOR_EXAMPLE, "prevCursor": None, "links": links})
