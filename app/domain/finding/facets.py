"""Facets: by what the products of a list can be narrowed further, each value with how many products have it.

Each facet ignores its own filter, so that what else could be chosen is told, too. Texts are the most frequent ones,
numbers are ranges. All counts are exact; a facet of too many products is refused.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from app.domain import money
from app.domain.catalogue import attributes, product_values, variant_conditions
from app.domain.catalogue.product_conditions import BELOW, CONDITIONS
from app.domain.errors import Code, TandemError
from app.domain.finding import facet_statements, ranges
from app.domain.unit_of_work import Row, Statement, Unit
from app.domain.validation import unstorable

CATEGORY, BRAND, PRICE, TAG, IN_STOCK = WORDS = ("category", "brand", "price", "tag", "inStock")
ATTRIBUTE = "attributes."
MAX_FACETS = 10
DEFAULT, MOST = 20, 100
"""The values of a facet unless another number of them is asked for, and at most."""

_PLACE = frozenset({"category", "categories", "nowhere", BELOW})
_OWN: Mapping[str, frozenset[str]] = {
    CATEGORY: _PLACE,
    BRAND: frozenset({product_values.BRAND}),
    PRICE: frozenset({"min_price", "max_price"}),
    TAG: frozenset({product_values.TAG}),
    IN_STOCK: frozenset({"in_stock", "sold_out"}),
}
"""The conditions that are a facet's own filter."""
_KNOWN = CONDITIONS.keys() | variant_conditions.NAMES | _PLACE
Conditions: TypeAlias = Mapping[str, Any]


class Asked(NamedTuple):
    """Which facets, and how many values of each at most."""

    names: tuple[str, ...]
    most: int = DEFAULT


class Value(NamedTuple):
    """A value as its filter takes it (a range as `low..high`), as people read it, and how many products have it."""

    value: str
    label: str
    products: int

    @property
    def members(self) -> dict[str, Any]:
        """Its members, as both protocols name them."""
        return {"value": self.value, "label": self.label, "count": self.products}


class Facet(NamedTuple):
    """A facet by its name; the lowest and the highest number where it has numbers."""

    name: str
    values: list[Value]
    min: float | None = None
    max: float | None = None


class _Products(NamedTuple):
    """The products that a facet counts: the names and values of their conditions."""

    unit: Unit
    names: tuple[str, ...]
    conditions: Conditions

    async def all(self, statement: Callable[[tuple[str, ...]], Statement], **values: Any) -> Sequence[Row]:
        """The rows of a statement about them."""
        return await self.unit.all(statement(self.names), **{**self.conditions, **values})

    async def narrowed(self, **conditions: Any) -> int:
        """How many of them fulfil more conditions, each with the same variant as those of their list."""
        statement = facet_statements.size((*self.names, *conditions))
        ((size,),) = await self.unit.all(statement, **{**self.conditions, **conditions})
        return int(size)


def problem(names: Sequence[str]) -> str | None:
    """What is wrong with names of facets."""
    if len(names) > MAX_FACETS:
        return f"must have at most {MAX_FACETS} facets"
    if all(name in WORDS or _is_attribute(name) for name in names):
        return None
    return f"must be some of {', '.join(WORDS)} and {ATTRIBUTE}NAME"


def _is_attribute(name: str) -> bool:
    own = name.removeprefix(ATTRIBUTE)
    return own != name and 0 < len(own) <= attributes.MAX_NAME and not unstorable(own)


async def count(unit: Unit, conditions: Conditions, asked: Asked, *, placed: bool = False) -> list[Facet]:
    """The facets of the list of these conditions; none ignores the category that the list is `placed` in.

    Raises `query_too_complex` where one would count too many products.
    """
    known: dict[tuple[str, ...], _Products] = {}
    found = []
    for name in asked.names:
        names = _others(name, conditions, placed=placed)
        if names not in known:
            known[names] = await _products(unit, names, conditions)
        found.append(await _COUNTS.get(name, _attribute)(known[names], name, asked.most))
    return found


def _others(name: str, conditions: Conditions, *, placed: bool) -> tuple[str, ...]:
    """The names of a list's conditions without the facet's own filter."""
    own = _OWN.get(name, frozenset())
    if placed:
        own -= _PLACE
    if name not in WORDS:
        named = [one for one, value in conditions.items() if one.startswith("attribute_") and value == _key(name)]
        own = frozenset(f"{one}_{kind}" for one in named for kind in ("values", "numbers"))
    return tuple(one for one in conditions if one not in own and (one in _KNOWN))


async def _products(unit: Unit, names: tuple[str, ...], conditions: Conditions) -> _Products:
    ((size,),) = await unit.all(facet_statements.size(names), **conditions)
    if size > facet_statements.MAX_PRODUCTS:
        message = f"Facets count at most {facet_statements.MAX_PRODUCTS:,} products; narrow the list."
        raise TandemError(Code.QUERY_TOO_COMPLEX, message)
    return _Products(unit, names, conditions)


async def _categories(products: _Products, name: str, most: int) -> Facet:
    rows = await products.all(facet_statements.categories, most=most)
    return Facet(name, [Value(str(identity), label, number) for identity, label, number in rows])


async def _texts(products: _Products, name: str, most: int) -> Facet:
    rows = await products.all(facet_statements.texts, facet=_key(name), most=most)
    return Facet(name, [Value(*row) for row in rows])


async def _prices(products: _Products, name: str, most: int) -> Facet:
    rows = await products.all(facet_statements.prices)
    facet = _with_ranges(Facet(name, []), rows, most, ranges.price)
    if await products.unit.all(facet_statements.SEVERAL_PRICES):
        facet.values[:] = [one._replace(products=await _priced(products, one.value)) for one in facet.values]
    return facet


async def _priced(products: _Products, value: str) -> int:
    """How many products have a variant whose price is in a range."""
    low, high = (int(Decimal(end) * money.SCALE) for end in value.split(".."))
    return await products.narrowed(min_price=low, max_price=high)


async def _attribute(products: _Products, name: str, most: int) -> Facet:
    if not await products.unit.all(facet_statements.HAS_NUMBERS, facet=_key(name)):
        return await _texts(products, name, most)
    rows = await products.all(facet_statements.numbers, facet=_key(name))
    texts = await products.all(facet_statements.texts_beside_numbers, facet=_key(name), most=most)
    return _with_ranges(Facet(name, [Value(*row) for row in texts]), rows, most, ranges.number)


async def _in_stock(products: _Products, name: str, most: int) -> Facet:
    counts = [("true", await products.narrowed(in_stock=True)), ("false", await products.narrowed(sold_out=True))]
    values = [Value(value, value, number) for value, number in counts if number]
    return Facet(name, sorted(values, key=lambda one: -one.products)[:most])


_COUNTS: Mapping[str, Callable[[_Products, str, int], Awaitable[Facet]]] = {
    CATEGORY: _categories,
    BRAND: _texts,
    PRICE: _prices,
    TAG: _texts,
    IN_STOCK: _in_stock,
}


def _key(name: str) -> str:
    """The name that a facet's values have."""
    return product_values.attribute(name.removeprefix(ATTRIBUTE)) if name.startswith(ATTRIBUTE) else name


def _with_ranges(facet: Facet, rows: Sequence[Row], most: int, printed: Callable[[Any], Decimal]) -> Facet:
    """A facet with ranges before its texts, from rising numbers and how many products have each."""
    numbers = [(number, products) for number, products in rows]
    if not numbers:
        return facet
    found = [_value(one, printed) for one in ranges.cut(numbers, min(ranges.MOST, most))]
    return Facet(facet.name, found + facet.values, *(_plain(printed(numbers[n][0])) for n in (0, -1)))


def _value(one: ranges.Range[Any], printed: Callable[[Any], Decimal]) -> Value:
    low, high = (f"{printed(end):f}" for end in one[:2])
    return Value(f"{low}..{high}", low if low == high else f"{low}–{high}", one.products)


def _plain(number: Decimal) -> float:
    return int(number) if number == int(number) else float(number)
