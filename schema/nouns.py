"""Nouns: how rows of the domain become things of the schema, and what can be fetched below them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from app.domain.paging import Filter, Listing, Sort
from app.domain.unit import Row

Build = Callable[[Row], Any]


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


class Rows(NamedTuple):
    """A list that stands in a column: what it is a list of, and what makes rows of the thing's columns."""

    shape: "Shape"
    columns: tuple[str, ...]
    rows: Callable[..., Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, eq=False)
class Shape:
    """A type of the schema, and the columns that its fields come from. `fields` go by their GraphQL names."""

    kind: type[Any]
    fields: Mapping[str, Source]
    many: Mapping[str, ToMany] = field(default_factory=dict, kw_only=True)
    one: Mapping[str, ToOne] = field(default_factory=dict, kw_only=True)
    lists: Mapping[str, Rows] = field(default_factory=dict, kw_only=True)

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.kind.__name__

    @lru_cache(maxsize=512)  # noqa: B019 - shapes live as long as the process
    def plan(self, selected: frozenset[str]) -> tuple[tuple[str, ...], Build]:
        """The columns that the selected fields need, and what builds a thing from a row of them."""
        sources = {_attribute(name): self.fields[name] for name in selected if name in self.fields}
        sources |= {
            f"_{name}": Source(self.lists[name].columns, self.lists[name].rows) for name in selected & self.lists.keys()
        }
        hidden = {self.one[name].column for name in selected if name in self.one} | {"id", *self.always}
        sources |= {f"_{column}": Source((column,)) for column in hidden}
        columns = tuple(sorted({column for source in sources.values() for column in source.columns}))
        place = {column: n for n, column in enumerate(columns)}
        steps = [(attribute, _getter(source, place)) for attribute, source in sources.items()]
        make: Callable[[type[Any]], Any] = object.__new__

        def build(row: Row) -> Any:
            thing = make(self.kind)
            thing.__dict__.update({attribute: get(row) for attribute, get in steps})
            return thing

        return columns, build

    @property
    def always(self) -> tuple[str, ...]:
        """Columns that are fetched whatever is selected."""
        return ()


@dataclass(frozen=True, eq=False)
class Noun(Shape):
    """A shape that is listed: its connection and edge, and the domain's listing.

    `owner` names the column that holds whose the thing is, where not everyone may see it.
    """

    connection: type[Any]
    edge: type[Any]
    listing: Listing
    owner: str | None = field(default=None, kw_only=True)

    @property
    def always(self) -> tuple[str, ...]:
        """The owner is fetched whatever is selected."""
        return (self.owner,) if self.owner else ()


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
