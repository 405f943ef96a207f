"""Nouns: how rows of the domain become things of the schema, and what can be fetched below them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from app.domain.paging import Filter, Listing, Sort
from app.domain.unit import Row
from schema.nodes import Node

Build = Callable[[Row], Node]


class Source(NamedTuple):
    """Where a field's value comes from: columns of the listing, and what makes a value of them."""

    columns: tuple[str, ...]
    convert: Callable[..., Any] | None = None


class ToMany(NamedTuple):
    """A connection below a thing: the noun it lists, under which filter for a parent, in which order."""

    noun: str
    narrowed: Callable[[int, Mapping[str, Any]], Filter]
    sort: Callable[[Mapping[str, Any]], Sort]


class ToOne(NamedTuple):
    """A thing below a thing: its noun, and the parent's column that holds its id."""

    noun: str
    column: str


@dataclass(frozen=True, eq=False)
class Noun:
    """A type of the schema over a listing of the domain. `fields` go by their GraphQL names."""

    kind: type[Node]
    connection: type[Any]
    edge: type[Any]
    listing: Listing
    fields: Mapping[str, Source]
    many: Mapping[str, ToMany] = field(default_factory=dict)
    one: Mapping[str, ToOne] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.kind.__name__

    @lru_cache(maxsize=512)  # noqa: B019 - nouns live as long as the process
    def plan(self, selected: frozenset[str]) -> tuple[tuple[str, ...], Build]:
        """The columns that the selected fields need, and what builds a thing from a row of them."""
        sources = {name: self.fields[name] for name in sorted(selected) if name in self.fields}
        needed = {column for source in sources.values() for column in source.columns}
        needed |= {self.one[name].column for name in selected if name in self.one} | {"id"}
        columns = tuple(sorted(needed))
        place = {column: n for n, column in enumerate(columns)}
        steps = [(_attribute(name), _getter(source, place)) for name, source in sources.items()]
        steps += [
            (f"_{self.one[name].column}", itemgetter(place[self.one[name].column]))
            for name in selected
            if name in self.one
        ]
        steps.append(("_id", itemgetter(place["id"])))
        make = self.kind.__new__

        def build(row: Row) -> Node:
            thing = make(self.kind)
            thing.__dict__.update({attribute: get(row) for attribute, get in steps})
            return thing

        return columns, build


def _attribute(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _getter(source: Source, place: Mapping[str, int]) -> Callable[[Row], Any]:
    convert, indexes = source.convert, [place[column] for column in source.columns]
    if convert is None:
        return itemgetter(indexes[0])
    if len(indexes) == 1:
        index = indexes[0]
        return lambda row: convert(row[index])
    return lambda row: convert(*(row[index] for index in indexes))
