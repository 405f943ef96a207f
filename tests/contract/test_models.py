"""The models of the contract and the domain agree on every body: what one refuses, the other refuses."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.domain import money
from app.domain.catalogue import categories, product_edits
from app.domain.errors import Invalid
from app.domain.fields import member_types, product_fields
from app.domain.orders import drafts
from app.http import bodies
from rest.categories.models import CategoryInput, CategoryPatch
from rest.orders.models import OrderInput
from rest.products.models import ProductInput, ProductPatch, StockAdjustment

Read = Callable[[Mapping[str, Any]], object]
READERS: dict[type[BaseModel], Read] = {
    ProductInput: product_edits.parse,
    ProductPatch: lambda members: product_edits.parse(members, patch=True, merge=True),
    StockAdjustment: product_edits.parse_delta,
    CategoryInput: categories.parse,
    CategoryPatch: lambda members: categories.parse(members, patch=True),
    OrderInput: drafts.parse,
}
# The rules that no schema can say are the domain's alone: which codes are currencies, the decimals that each has, and
# which control characters a line may not hold. An id out of range is refused where it is looked up, like any other that
# names nothing. Bodies here stay clear of these.
_CURRENCIES = st.sampled_from(sorted(code for code, decimals in money.DECIMALS.items() if decimals >= 2))
_PLAIN = st.characters(exclude_categories=("C", "Z"))
_LINES = st.text(_PLAIN | st.just(" "), max_size=70)
_LONG = st.sampled_from(["x" * length for length in (64, 65, 200, 201, 10_000, 10_001)])
_NUMBERS = st.sampled_from([0, 1, -1, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**63, 10_000, 10_001, 1.5, 2.0, 19.99, 1e9])
_NO_NUMBERS = st.none() | st.booleans() | _LINES | st.sampled_from([1.5, [], {}])
_OTHERS = st.none() | st.booleans() | _NUMBERS | _LINES | _LONG | st.just([]) | st.just({}) | st.just([1, "x"])
_ID = st.integers(1, 2**53 - 1)
_SLUGS = st.text("ab9-", max_size=9) | _LONG
_ATTRIBUTES = st.dictionaries(
    st.text(_PLAIN, max_size=9),
    _LINES | _NUMBERS | st.booleans() | st.none() | st.lists(_LINES, max_size=51),
    max_size=9,
)
_OPTIONS: list[Any] = [
    *([[]] * 9),
    *([{"name": "Size", "values": ["S", "M"]}], [{"name": "Size"}], [{"name": " ", "values": ["S"]}]),
    *([{"name": "Size", "values": []}], [{"name": "Size", "values": ["S"], "colour": 1}]),
]
_VARIANTS: list[Any] = [
    *([[]] * 9),
    *([{"price": 5, "stock": None, "sku": "A", "options": {"Size": "S"}}], [{"id": 3}], [{"id": None}]),
    *([{"price": 0}], [{"price": None}], [{"stock": -1}], [{"sku": ""}], [{"options": {"Size": ""}}], [{"colour": 1}]),
]
_WEIGHTS: list[Any] = [
    *([{"value": 1.5, "unit": "kg"}, {"value": 0, "unit": "oz"}] * 9),
    *({"value": -1, "unit": "kg"}, {"value": 1, "unit": "t"}, {"value": 1}, {"value": 1, "unit": "g", "colour": 1}),
]
_IDS = st.lists(_ID, max_size=51)
_ITEMS = st.fixed_dictionaries(
    {},
    optional={"productId": st.integers(1, 9) | _NO_NUMBERS, "quantity": st.integers(1, 9) | _OTHERS, "colour": _LINES},
)


def _likely(of: member_types.Type) -> st.SearchStrategy[Any]:  # noqa: C901 - a table
    """Values of a product's member that are good, or nearly so."""
    match of:
        case member_types.Integer(low=low, high=high):
            return st.integers(low, high)
        case member_types.Price():
            return st.integers(1, 10**8).map(lambda cents: cents / 100)
        case member_types.Currency():
            return _CURRENCIES
        case member_types.Ids():
            return _IDS
        case member_types.Choice(words):
            return st.sampled_from(words)
        case member_types.Slug():
            return _SLUGS
        case member_types.Names():
            return st.lists(_LINES, max_size=51)
        case member_types.Attributes():
            return _ATTRIBUTES
        case member_types.Gtin():
            return st.sampled_from(["4006381333931", "96385074", "036000291452"])
        case member_types.Weight():
            return st.sampled_from(_WEIGHTS)
        case member_types.Options():
            return st.sampled_from(_OPTIONS)
        case member_types.Variants():
            return st.sampled_from(_VARIANTS)
    return _LINES


_LIKELY: dict[str, st.SearchStrategy[Any]] = {
    **{name: _likely(member.type) for name, member in product_fields.WRITABLE.items()},
    "delta": st.integers(-9, 9),
    "variantId": _ID,
    "parentId": _ID,
    "items": st.lists(st.fixed_dictionaries({"productId": _ID, "quantity": st.integers(1, 9)}), min_size=1, max_size=3),
    "reference": _LINES,
}
_UNLIKELY: dict[str, st.SearchStrategy[Any]] = {
    "slug": _NO_NUMBERS.filter(lambda value: not isinstance(value, str)),
    "currency": _OTHERS.filter(lambda value: not (isinstance(value, str) and len(value) == 3)),
    "parentId": _NO_NUMBERS,
    "variantId": _NO_NUMBERS,
    "items": st.lists(_ITEMS, max_size=3) | _OTHERS,
    "gtin": _NO_NUMBERS.filter(lambda value: not isinstance(value, str)) | st.just("123"),
    "compareAtPrice": st.none() | st.booleans() | _LINES | st.sampled_from([0, -1, 10**9, 999_999_999.99]),
    "price": st.none() | st.booleans() | _LINES | st.sampled_from([0, -1, 10**9, 999_999_999.99]),
}


def _bodies(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    names = [field.alias or name for name, field in model.model_fields.items()]
    members = {name: _LIKELY[name] | _UNLIKELY.get(name, _OTHERS) for name in names}
    any_body = st.fixed_dictionaries({}, optional={**members, "id": st.just(1), "colour": st.just("red")})
    return any_body | st.fixed_dictionaries({name: _LIKELY[name] for name in names})


def _domain(read: Read, body: bytes) -> set[str]:
    """The members that the domain refuses."""
    try:
        read(bodies.parse(body))
    except Invalid as error:
        return {str(fault.field[0]) for fault in error.field_errors}
    return set()


def _model(model: type[BaseModel], body: bytes) -> set[str]:
    """The members that the model refuses."""
    try:
        model.model_validate_json(body)
    except ValidationError as error:
        return {str(one["loc"][0]) for one in error.errors()}
    return set()


@pytest.mark.parametrize("model", READERS, ids=lambda model: model.__name__)
def test_model_and_domain_agree(model: type[BaseModel]) -> None:
    """Model and domain refuse the same members of generated bodies, and accept the same bodies."""
    verdicts: set[bool] = set()

    @settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(_bodies(model))
    def compare(members: dict[str, Any]) -> None:
        body = msgspec.json.encode(members)
        refused = _domain(READERS[model], body)
        assert _model(model, body) == refused, (members, refused)
        verdicts.add(bool(refused))

    compare()
    assert verdicts == {True, False}
