"""Objects: rows of a table become objects of the response, by columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from schema.execution.rows import Column, Maker, Request, Table

_ROWS_AT_ONCE = 50
"""The rows whose lists are made before their bytes are counted."""
_encode = msgspec.json.Encoder().encode


class ObjectPlan:
    """One selection of an object type: its response keys, and the functions that make their values."""

    def __init__(self, type_name: str, keys: Sequence[str], makers: Sequence[Maker]) -> None:
        self._makers = makers
        self._struct = Struct(type_name, keys)

    def render(self, table: Table, request: Request) -> list[Any]:
        """The objects of a table's rows."""
        return self._struct.many([make(table, request) for make in self._makers], len(table.ids), request)


class Struct:
    """Makes JSON objects with these keys, in this order, whose type has the name of the GraphQL type."""

    def __init__(self, type_name: str, keys: Sequence[str]) -> None:
        self.one: Callable[..., Any] = _class_of(type_name, tuple(keys))
        self.type_name = type_name
        self._bytes = bytes_of(keys)

    def many(self, values: Sequence[Iterable[Any]], count: int, request: Request) -> list[Any]:
        """The given number of objects, from the values of each key."""
        if request.counts_bytes:
            request.count_bytes(self._bytes * count)
        return list(map(self.one, *values)) if values else [self.one() for _ in range(count)]


_classes = WeakValueDictionary[tuple[str, tuple[str, ...]], type[msgspec.Struct]]()
"""Plans share the classes of equal objects: each class is a dozen objects for the garbage collector."""


def _class_of(type_name: str, keys: tuple[str, ...]) -> type[msgspec.Struct]:
    known = _classes.get((type_name, keys))
    if known is None:
        fields = [(f"f{n}", Any) for n in range(len(keys))]
        rename = {name: key for (name, _), key in zip(fields, keys, strict=True)}
        known = _classes[type_name, keys] = msgspec.defstruct(type_name, fields, rename=rename)
    return known


def bytes_of(keys: Sequence[str]) -> int:
    """The bytes of an object's keys, with what JSON puts around them."""
    return sum(len(key) + 4 for key in keys)


def constant(value: Any) -> Maker:
    """Returns the same value for every row."""
    return lambda table, _: repeat(value, len(table.ids))


def leaf(places: Sequence[int], convert: Callable[..., Any] | None) -> Maker:
    """Makes a leaf from the columns at these indexes."""
    if convert is None:
        return _plain(*places)
    if len(places) == 1:
        (place,) = places
        return lambda table, _: map(convert, table.columns[place])
    return lambda table, _: map(convert, *(table.columns[place] for place in places))


def _plain(place: int) -> Maker:
    def make(table: Table, request: Request) -> Column:
        column = table.columns[place]
        if request.counts_bytes:
            for value in column:
                request.count_bytes(len(_encode(value)))
        return column

    return make


def leaf_list(place: int) -> Maker:
    """Makes a list of scalars from the JSON text in a column."""

    def make(table: Table, request: Request) -> Iterable[Any]:
        texts = table.columns[place]
        if request.counts_bytes:
            request.count_bytes(sum(map(len, texts)))
        return map(msgspec.json.decode, texts)

    return make


def embedded_object(
    places: Sequence[int], read: Callable[..., Mapping[str, Any] | None], columns: "EmbeddedColumns", plan: ObjectPlan
) -> Maker:
    """Makes the object within columns, or null."""

    def make(table: Table, request: Request) -> Iterable[Any]:
        found = list(map(read, *(table.columns[place] for place in places)))
        objects = iter(plan.render(table_of([one for one in found if one is not None], columns.names), request))
        return [None if one is None else next(objects) for one in found]

    return make


def embedded_list(
    places: Sequence[int],
    read: Callable[..., Sequence[Mapping[str, Any]]],
    columns: "EmbeddedColumns",
    plan: ObjectPlan,
) -> Maker:
    """Makes the list of objects within columns, some rows at a time, so that an answer that is too long ends early."""

    def make(table: Table, request: Request) -> Iterable[Any]:
        rows = zip(*(table.columns[place] for place in places), strict=True)
        made: list[Any] = []
        while lists := [read(*row) for row in islice(rows, _ROWS_AT_ONCE)]:
            objects = plan.render(table_of(list(chain.from_iterable(lists)), columns.names), request)
            made += regrouped(objects, map(len, lists))
        return made

    return make


class EmbeddedColumns:
    """The columns that a selection needs of embedded values."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def column(self, name: str) -> int:
        """The index of a column in the table."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


def table_of(values: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    """A table of values by column name."""
    return Table(range(len(values)), [[one[name] for one in values] for name in columns])


def regrouped(values: Iterable[Any], counts: Iterable[int]) -> list[list[Any]]:
    """The values, split into lists of these lengths."""
    rest = iter(values)
    return [list(islice(rest, count)) for count in counts]
