"""The members of a product: the one table from which every layer derives them, by name.

Columns, drafts, readers, imports, exports, REST models and GraphQL types are derived from `MEMBERS`. A new member is a
column of `models.Product`, a field of `Draft` and an entry of `MEMBERS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from app.domain import models
from app.domain.fields.drafts import Draft, Variant
from app.domain.fields.member_types import (
    Attributes,
    Choice,
    Currency,
    Gtin,
    Ids,
    Integer,
    Names,
    Options,
    Price,
    Shown,
    Sku,
    Slug,
    Text,
    Type,
    Variants,
    Weight,
)
from app.domain.fields.variant_members import VARIANT_EXAMPLE


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a product.

    `attribute` is its name in a `Draft` and, for a `column`, in the product table; where it is `of_variant`, in the
    first `Variant` and in the table of variants. `edition` is the first edition of the REST contract that has it: 1 for
    v1 and v2, 2 for v2, 3 for what v2 gained later. `sort_column` is the column that sorts products by it. A search
    finds the words of `searched` members. `import_column` is its place in an import line, counted from 0. Lists show a
    `listed` member unasked. A `nullable` member shows null. Null resets it, and those of the third edition; in a merge
    patch all that have a default.
    """

    name: str
    attribute: str
    type: Type
    description: str
    example: Any
    edition: int = 2
    shown: bool = True
    listed: bool = True
    writable: bool = False
    column: bool = True
    of_variant: bool = False
    nullable: bool = False
    searched: bool = False
    sort_column: str | None = None
    import_column: int | None = None

    @property
    def required(self) -> bool:
        """Whether a new product needs it."""
        return self.writable and self.attribute not in DEFAULTS

    @property
    def resets(self) -> bool:
        """Whether null resets it in every body, not only in merge patches."""
        return self.nullable or self.edition > 2

    @property
    def default(self) -> Any:
        """Its value in a new product that omits it."""
        return DEFAULTS[self.attribute]


DEFAULTS: Mapping[str, Any] = {
    field.name: field.default
    for struct in (Draft, Variant)
    for field in msgspec.structs.fields(struct)
    if field.default is not msgspec.NODEFAULT and field.name not in ("id", "image_id")
} | {"variants": ()}
"""The defaults of a draft and of its first variant, by attribute."""

MEMBERS = (
    Member(
        *("id", "id", Shown("id"), "The id; the service sets it and never uses it again.", 7),
        edition=1,
        sort_column="id",
    ),
    Member(
        *("name", "name", Text(1, models.MAX_NAME, trim=True)),
        *("The name; white space around it is removed.", "Wireless headphones"),
        edition=1,
        writable=True,
        searched=True,
        sort_column="name_key",
        import_column=1,
    ),
    Member(
        *("price", "price", Price()),
        *("The price in major units, with at most the decimals of the currency: 19.99 USD, 1980 JPY.", 129.99),
        edition=1,
        writable=True,
        of_variant=True,
        sort_column="price",
        import_column=3,
    ),
    Member(
        *("currency", "currency", Currency(), "The currency of the price (ISO 4217).", "EUR"),
        writable=True,
        import_column=4,
    ),
    Member(
        *("description", "description", Text(0, models.MAX_DESCRIPTION, line=False)),
        *("The description; may be empty.", "Over-ear, with 30 hours of battery."),
        writable=True,
        searched=True,
        import_column=2,
    ),
    Member(
        *("sku", "sku", Sku(models.MAX_SKU)),
        *("The stock-keeping unit, unique whatever its case; white space around it is removed.", "WH-30"),
        writable=True,
        of_variant=True,
        nullable=True,
        import_column=0,
    ),
    Member(
        *("stock", "stock", Integer(0, models.MAX_STOCK), "The number in stock; null if it is not counted.", 12),
        writable=True,
        of_variant=True,
        nullable=True,
        import_column=5,
    ),
    Member(
        *("categoryIds", "category_ids", Ids(models.MAX_CATEGORIES), "The ids of the product's categories.", [3]),
        edition=1,
        shown=False,
        writable=True,
        column=False,
    ),
    Member(
        *("categories", "categories", Shown("categories"), "The product's categories, by id."),
        [{"id": 3, "name": "Audio"}],
        column=False,
        import_column=6,
    ),
    Member("image", "image", Shown("image"), "The product's first image; null if it has none.", None, nullable=True),
    Member("version", "version", Shown("version"), "The number of edits; a sale is not an edit.", 3),
    Member(
        *("createdAt", "created_at", Shown("time"), "The time of creation.", "2026-03-01T09:30:00.125000Z"),
        sort_column="created_at",
    ),
    Member(
        *("updatedAt", "updated_at", Shown("time"), "The time of the last edit.", "2026-03-04T16:05:11.500000Z"),
        sort_column="updated_at",
    ),
    Member(
        *("slug", "slug", Slug(models.MAX_SLUG)),
        *("The URL slug, unique; generated from the name and kept when the name changes.", "wireless-headphones"),
        edition=3,
        writable=True,
        import_column=7,
    ),
    Member(
        *("brand", "brand", Text(1, models.MAX_BRAND, trim=True), "The brand; null if it has none.", "Aurelia"),
        edition=3,
        writable=True,
        nullable=True,
        searched=True,
        import_column=8,
    ),
    Member(
        *("tags", "tags", Names(models.MAX_TAGS, models.MAX_TAG)),
        *("The tags, in your order; tags that differ only in case or white space count once.", ["wireless"]),
        edition=3,
        writable=True,
        searched=True,
        import_column=9,
    ),
    Member(
        *("attributes", "attributes", Attributes()),
        *(
            "The attributes by name; each value is a string, number, boolean or list of strings.",
            {"Colour": ["black", "red"]},
        ),
        edition=3,
        listed=False,
        writable=True,
        import_column=10,
    ),
    Member(
        *("status", "status", Choice(models.STATUSES)),
        *("Whether it is for sale; `draft` and `archived` products are visible only with `catalog:write`.", "active"),
        edition=3,
        writable=True,
        import_column=11,
    ),
    Member(
        *("gtin", "gtin", Gtin()),
        *("The Global Trade Item Number: 8, 12, 13 or 14 digits, of which the last is a check digit.", "4006381333931"),
        edition=3,
        writable=True,
        of_variant=True,
        nullable=True,
        import_column=12,
    ),
    Member(
        *("compareAtPrice", "compare_at_price", Price()),
        *("The price before a sale, to be struck through; null if there is none.", 149.99),
        edition=3,
        writable=True,
        of_variant=True,
        nullable=True,
        import_column=13,
    ),
    Member(
        *("weight", "weight", Weight(), "The weight with its unit; null if it is not known."),
        {"value": 0.25, "unit": "kg"},
        edition=3,
        writable=True,
        of_variant=True,
        nullable=True,
        import_column=14,
    ),
    Member(
        *("images", "images", Shown("images"), "The product's images, in order; the first one is `image`.", []),
        edition=3,
        column=False,
        listed=False,
    ),
    Member(
        *("options", "options", Options()),
        *(
            "The options that its variants differ in, such as size and colour; empty if it has one variant.",
            [{"name": "Colour", "values": ["black", "red"]}],
        ),
        edition=3,
        listed=False,
        writable=True,
        import_column=15,
    ),
    Member(
        *("variants", "variants", Variants()),
        *("The variants, in your order; the product's price, sku and stock are those of the first.", [VARIANT_EXAMPLE]),
        edition=3,
        column=False,
        listed=False,
        writable=True,
        import_column=16,
    ),
)
"""Every member, in the order of the contract."""


def _names(chosen: Callable[[Member], bool]) -> tuple[str, ...]:
    return tuple(member.name for member in MEMBERS if chosen(member))


BY_NAME: Mapping[str, Member] = {member.name: member for member in MEMBERS}
WRITABLE: Mapping[str, Member] = {member.name: member for member in MEMBERS if member.writable}
"""The members that a body may have, by name."""
READ_ONLY = frozenset(_names(lambda member: member.shown and not member.writable))
SHOWN = _names(lambda member: member.shown)
LISTED = _names(lambda member: member.shown and member.listed)
"""The members that a list shows by default."""
ON_REQUEST = tuple(name for name in SHOWN if name not in LISTED)
LATER = frozenset(member.attribute for member in MEMBERS if member.edition > 2)
"""The attributes of later members: the fingerprint of a command without them has none of them."""
REQUIRED = _names(lambda member: member.required)
IMPORTED = tuple(
    member.name
    for member in sorted(MEMBERS, key=lambda member: member.import_column or 0)
    if member.import_column is not None
)
"""The members of an import line and of an export, in the order of a CSV header."""
STORED = tuple(member.attribute for member in WRITABLE.values() if member.column and not member.of_variant)
"""The attributes of a draft that are columns of the product table."""
OF_VARIANT = tuple(member.attribute for member in WRITABLE.values() if member.of_variant)
"""The attributes of variants, which are columns of their table."""
_OF_DRAFT = tuple(member for member in WRITABLE.values() if member.shown and member.column)


def values_of(draft: Draft) -> dict[str, Any]:
    """The stored values of a draft and of its first variant, by member."""
    return {member.name: getattr(draft.first if member.of_variant else draft, member.attribute) for member in _OF_DRAFT}


SEARCHED = tuple(member.attribute for member in MEMBERS if member.searched)
SORTS: Mapping[str, str] = {member.name: member.sort_column for member in MEMBERS if member.sort_column}
"""The columns that sort products, by the name of the sort."""
