"""Facets: the values by which a list can be filtered further, each with the number of products that have it.

Each facet ignores its own filter, so that its other values are listed, too. Texts are the most frequent ones,
numbers are ranges. All counts are exact; a facet of too many products is refused.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from app.domain.catalogue import product_candidates, product_values, variant_conditions
from app.domain.catalogue.product_conditions import BELOW, CANDIDATES, CONDITIONS
from app.domain.errors import Code, TandemError
from app.domain.fields import attributes
from app.domain.finding import category_values, facet_statements, numbers
from app.domain.finding.category_values import Counted, Places, Values
from app.domain.pagination.keyset import Sort
from app.domain.unit_of_work import Engine, Row, Statement, Unit
from app.domain.validation import unstorable

CATEGORY, BRAND, PRICE, TAG, IN_STOCK = WORDS = ("category", "brand", "price", "tag", "inStock")
ATTRIBUTE = "attributes."
MAX_FACETS = 10
DEFAULT, MAX_VALUES = 20, 100
"""The values of a facet unless another number of them is asked for, and at most."""
MAX_RANGES = 5
"""The ranges of a facet at most."""

_CATEGORY_CONDITIONS = frozenset({"category", "categories", "nowhere", BELOW})
_OWN_CONDITIONS: Mapping[str, frozenset[str]] = {
    CATEGORY: _CATEGORY_CONDITIONS,
    BRAND: frozenset({product_values.BRAND}),
    PRICE: frozenset({"min_price", "max_price"}),
    TAG: frozenset({product_values.TAG}),
    IN_STOCK: frozenset({"in_stock", "sold_out"}),
}
"""The conditions that are a facet's own filter."""
_IN_ONE_RANGE = frozenset({"status", "category"})
"""The conditions of a list that is one range of an index; the ids of other lists are read once."""
_NOT_REPEATED = frozenset({CATEGORY, IN_STOCK})
"""The facets of what the places of a category's products do not repeat."""
_KNOWN = CONDITIONS.keys() | variant_conditions.NAMES | _CATEGORY_CONDITIONS
Conditions: TypeAlias = Mapping[str, Any]


class FacetRequest(NamedTuple):
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
        """The members of a facet's value, as both protocols name them."""
        return {"value": self.value, "label": self.label, "count": self.products}


class Facet(NamedTuple):
    """A facet by its name; the lowest and the highest number where it has numbers."""

    name: str
    values: list[Value]
    min: float | None = None
    max: float | None = None


@dataclass(slots=True)
class _Products:
    """The products that a facet counts: the names and values of their conditions, and their number.

    If they are all those of one category, they have their `places` in it.
    """

    unit: Unit
    names: tuple[str, ...]
    conditions: Conditions
    size: int
    places: Places | None = None
    _values: Values | None = None

    @property
    def statement_key(self) -> tuple[tuple[str, ...], Engine]:
        """The names of their conditions and the engine, which decide the text of statements."""
        return self.names, self.unit.engine

    async def values(self) -> Values | None:
        """Their values from their places in the category; None if there are none, or if one has outdated values."""
        if self.places is not None and self._values is None:
            self._values = await category_values.values(self.unit, self.places)
        return self._values

    async def all(self, statement: Statement, **values: Any) -> Sequence[Row]:
        """The rows of a statement about them."""
        return await self.unit.all(statement, **{**self.conditions, **values})


def problem(names: Sequence[str]) -> str | None:
    """What is wrong with names of facets."""
    if len(names) > MAX_FACETS:
        return f"must have at most {MAX_FACETS} facets"
    if all(name in WORDS or _is_attribute(name) for name in names):
        return None
    return f"must be one or more of {', '.join(WORDS)} and {ATTRIBUTE}NAME"


def _is_attribute(name: str) -> bool:
    own = name.removeprefix(ATTRIBUTE)
    return own != name and 0 < len(own) <= attributes.MAX_NAME and not unstorable(own)


async def count(unit: Unit, conditions: Conditions, request: FacetRequest, *, placed: bool = False) -> list[Facet]:
    """The facets of the list of these conditions; none ignores the category that the list is `placed` in.

    Raises `query_too_complex` where one would count too many products.
    """
    known: dict[tuple[str, ...], _Products] = {}
    found, repeated = [], not _NOT_REPEATED.issuperset(request.names)
    for name in request.names:
        names = _others(name, conditions, placed=placed)
        if names not in known:
            known[names] = await _products(unit, names, conditions, repeated=repeated)
        found.append(await _COUNTS.get(name, _attribute)(known[names], name, request.most))
    return found


def _others(name: str, conditions: Conditions, *, placed: bool) -> tuple[str, ...]:
    """The names of a list's conditions without the facet's own filter."""
    own = _OWN_CONDITIONS.get(name, frozenset())
    if placed:
        own -= _CATEGORY_CONDITIONS
    if name not in WORDS:
        named = [one for one, value in conditions.items() if one.startswith("attribute_") and value == _key(name)]
        own = frozenset(f"{one}_{kind}" for one in named for kind in ("values", "numbers"))
    if own & conditions.keys():
        own |= {CANDIDATES}  # which may be those of the facet's own filter
    return tuple(one for one in conditions if one not in own and (one in _KNOWN))


async def _products(unit: Unit, names: tuple[str, ...], conditions: Conditions, *, repeated: bool) -> _Products:
    listed = places = None
    if CANDIDATES in conditions and CANDIDATES not in names:
        others = {name: value for name, value in conditions.items() if name in names or name not in _KNOWN}
        candidates = await product_candidates.find(unit, others, Sort())
        names, conditions = (*names, *candidates), {**others, **candidates}
    if repeated and set(names) == _IN_ONE_RANGE:
        category, status = conditions["category"], conditions["status"]
        places = await category_values.places(unit, category, status, facet_statements.MAX_PRODUCTS + 1)
        size = places.size
    elif _IN_ONE_RANGE.issuperset(names):
        ((size,),) = await unit.all(facet_statements.size(names, unit.engine), **conditions)
    else:
        rows = await unit.all(facet_statements.ids(names, unit.engine), **conditions)
        listed = [row[0] for row in rows] if unit.engine == "sqlite" else rows[0][0] or []
        size = len(listed)
    if size > facet_statements.MAX_PRODUCTS:
        message = f"Facets count at most {facet_statements.MAX_PRODUCTS:,} products; narrow the list."
        raise TandemError(Code.QUERY_TOO_COMPLEX, message)
    if listed is not None:
        names = (facet_statements.LISTED, *(name for name in names if name in variant_conditions.NAMES))
        conditions = {**conditions, facet_statements.LISTED: listed}
    return _Products(unit, names, conditions, size, places)


async def _categories(products: _Products, name: str, most: int) -> Facet:
    rows = await products.all(facet_statements.categories(*products.statement_key), most=most)
    return Facet(name, [Value(str(identity), label, number) for identity, label, number in rows])


async def _texts(products: _Products, name: str, most: int) -> Facet:
    if (values := await products.values()) is not None:
        return Facet(name, _most_frequent(values.get(_key(name), ()), most))
    rows = await products.all(facet_statements.texts(*products.statement_key, False), facet=_key(name), most=most)
    return Facet(name, [Value(*row) for row in rows])


def _most_frequent(values: Iterable[Counted], most: int) -> list[Value]:
    """The most frequent texts, as the oldest product writes them; numbers are among them that are texts elsewhere."""
    found: dict[str, tuple[str, int]] = {}
    texts = set()
    for key, label, is_number, products in values:
        first, others = found.get(key, (label, 0))
        found[key] = first, others + products
        if not is_number:
            texts.add(key)
    counted = [Value(key, *found[key]) for key in texts]
    return sorted(counted, key=lambda one: (-one.products, one.value))[:most]


async def _prices(products: _Products, name: str, most: int) -> Facet:
    if products.places is not None:
        rising = sorted(products.places.prices)
    else:
        rising = _rising(await products.all(facet_statements.prices(*products.statement_key)))
    rows = numbers.ranges(rising, min(MAX_RANGES, most))
    facet = _with_ranges(Facet(name, []), rows, numbers.price)
    if rows and await products.unit.all(facet_statements.SEVERAL_PRICES):
        bounds = {f"{end}_{n}": row[at] for n, row in enumerate(rows) for at, end in enumerate(("low", "high"))}
        (priced,) = await products.all(facet_statements.priced(*products.statement_key, len(rows)), **bounds)
        facet.values[:] = [one._replace(products=count) for one, count in zip(facet.values, priced, strict=True)]
    return facet


async def _attribute(products: _Products, name: str, most: int) -> Facet:
    if (values := await products.values()) is not None:
        found = values.get(_key(name), ())
        facet = Facet(name, _most_frequent(found, most))
        counts: Iterable[Row] = [(float(one.key), one.products) for one in found if one.is_number]
    elif not await products.unit.all(facet_statements.HAS_NUMBERS, facet=_key(name)):
        return await _texts(products, name, most)
    else:
        rows = await products.all(facet_statements.numbers(*products.statement_key), facet=_key(name))
        counts = [row for row in rows if row[0] is not None]
        texts: Sequence[Row] = ()
        if len(counts) < len(rows):
            statement = facet_statements.texts(*products.statement_key, True)
            texts = await products.all(statement, facet=_key(name), most=most)
        facet = Facet(name, [Value(*row) for row in texts])
    return _with_ranges(facet, numbers.ranges(_rising(counts), min(MAX_RANGES, most)), numbers.number)


def _rising(counts: Iterable[Row]) -> list[Any]:
    """The numbers in rising order, each as often as it is counted."""
    return list(chain.from_iterable([number] * products for number, products in sorted(counts, key=itemgetter(0))))


async def _in_stock(products: _Products, name: str, most: int) -> Facet:
    (counts,) = await products.all(facet_statements.stocks(*products.statement_key))
    values = [Value(value, value, number) for value, number in zip(("true", "false"), counts, strict=True) if number]
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


def _with_ranges(facet: Facet, rows: Sequence[Row], printed: Callable[[Any], Decimal]) -> Facet:
    """A facet with ranges before its texts, from their rows in rising order."""
    if not rows:
        return facet
    found = [_range(low, high, products, printed) for low, high, products in rows]
    return Facet(facet.name, found + facet.values, _plain(printed(rows[0][0])), _plain(printed(rows[-1][1])))


def _range(low: Any, high: Any, products: int, printed: Callable[[Any], Decimal]) -> Value:
    lowest, highest = f"{printed(low):f}", f"{printed(high):f}"
    return Value(f"{lowest}..{highest}", lowest if low == high else f"{lowest}–{highest}", products)


def _plain(number: Decimal) -> float:
    return int(number) if number == int(number) else float(number)
