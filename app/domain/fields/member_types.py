"""The types of a product's members: how each reads a value of JSON as a `Draft` holds it."""

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from app.domain.fields import attributes, variant_members, weights
from app.domain.fields.merge_patches import MergePatch
from app.domain.unicode import identity
from app.domain.validation import Reader


class Type(Protocol):
    """The type of a member's value in JSON."""

    def read(self, reader: Reader, name: str) -> Any:
        """The value of a member for a `Draft`; the reader records errors."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string of `low` to `high` characters (code points); a `line` has no control characters."""

    low: int
    high: int
    trim: bool = False
    line: bool = True

    def read(self, reader: Reader, name: str) -> str:
        """The text, without white space around it where it is trimmed."""
        return reader.text(name, self.low, self.high, trim=self.trim, line=self.line)


@dataclass(frozen=True, slots=True)
class Sku:
    """An identifier of 1 to `high` characters, without white space and invisible characters around it."""

    high: int

    def read(self, reader: Reader, name: str) -> str:
        """The sku as it is shown."""
        return reader.sku(name, self.high)


@dataclass(frozen=True, slots=True)
class Slug:
    """Words of lower-case letters and digits with hyphens between them, at most `high` characters."""

    high: int

    def read(self, reader: Reader, name: str) -> str:
        """The slug."""
        return reader.slug(name, self.high)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, reader: Reader, name: str) -> str:
        """The word."""
        return reader.choice(name, self.words)


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer from `low` to `high`."""

    low: int
    high: int

    def read(self, reader: Reader, name: str) -> int:
        """The integer."""
        return reader.integer(name, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Price:
    """A number above 0, in major units, with at most the decimals of the product's currency."""

    def read(self, reader: Reader, name: str) -> int | None:
        """The price in units."""
        return reader.price(name)


@dataclass(frozen=True, slots=True)
class Gtin:
    """A Global Trade Item Number."""

    def read(self, reader: Reader, name: str) -> str:
        """The digits."""
        return reader.gtin(name)


@dataclass(frozen=True, slots=True)
class Weight:
    """An object of a `value` and a `unit` (`weights`)."""

    def read(self, reader: Reader, name: str) -> str:
        """The weight as a JSON object."""
        return weights.parse_weight(reader, name)

    def read_patch(self, reader: Reader, name: str) -> MergePatch:
        """The patch of a weight."""
        return weights.parse_patch(reader, name)


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 code."""

    def read(self, reader: Reader, name: str) -> str | None:
        """The code."""
        return reader.currency(name)


@dataclass(frozen=True, slots=True)
class Ids:
    """A list of at most `high` ids."""

    high: int

    def read(self, reader: Reader, name: str) -> tuple[int, ...]:
        """The ids in the order of the list."""
        return reader.ids(name, self.high)


@dataclass(frozen=True, slots=True)
class Names:
    """A list of at most `most` names of 1 to `high` characters; of names that are the same the first counts."""

    most: int
    high: int

    def read(self, reader: Reader, name: str) -> str:
        """The names as a JSON array, in their order."""
        names = reader.lines(name, reader.members[name], self.most, self.high)
        distinct: dict[str, str] = {}
        for one in names:
            distinct.setdefault(identity.key(one), one)
        return msgspec.json.encode(list(distinct.values())).decode()


@dataclass(frozen=True, slots=True)
class Attributes:
    """An object of attributes by their names (`attributes`)."""

    def read(self, reader: Reader, name: str) -> str:
        """The attributes as a JSON object, in their order."""
        return msgspec.json.encode(attributes.parse_attributes(reader, name)).decode()

    def read_patch(self, reader: Reader, name: str) -> MergePatch:
        """The patch of attributes, in which null removes one."""
        members = attributes.parse_attributes(reader, name, patch=True)
        return MergePatch(msgspec.json.encode(members).decode(), attributes.check_bounds)


@dataclass(frozen=True, slots=True)
class Options:
    """A list of options, each with a name and values."""

    def read(self, reader: Reader, name: str) -> str | None:
        """The options as a JSON array, in their order; None for none."""
        return variant_members.read_options(reader, name)


@dataclass(frozen=True, slots=True)
class Variants:
    """The whole list of a product's variants."""

    def read(self, reader: Reader, name: str) -> list[variant_members.Item]:
        """The members of each variant."""
        return variant_members.read_variants(reader, name)


@dataclass(frozen=True, slots=True)
class Shown:
    """A read-only value: `kind` is `id`, `version`, `time`, `categories`, `image` or `images`."""

    kind: str

    def read(self, reader: Reader, name: str) -> None:
        """Refuse the member."""
        reader.fault(name, "is read-only")
