"""The table of a product's members: it agrees with the model and the draft, and each layer has all of it."""

import msgspec
import pytest

from app.domain.catalogue import product_edits, products
from app.domain.fields import product_fields
from app.domain.fields.drafts import Draft, Variant
from app.domain.fields.product_fields import MEMBERS, Member
from app.domain.models import Product, ProductVariant
from app.http import bodies
from rest.versions import V1, V2

INTERNAL = {
    *("name_key", "image_sha256", "price", "variant_id", "variant_count", "lowest_price", "highest_price"),
}
"""Columns that no member shows: they serve sorts and references."""
INTERNAL_OF_VARIANT = {
    *("id", "product_id", "position", "sku_key", "sku_twin", "currency"),
    *("options", "image_id"),
}
FILLED = {"slug", "options"}
"""Columns that are NULL in rows that are not migrated yet, or where a list is empty."""


def test_columns() -> None:
    """Each column of the tables of products and variants is a member or internal, and each sort has its column."""
    columns = {column.name for column in Product.__table__.columns}  # type: ignore[attr-defined]
    assert columns == {m.attribute for m in MEMBERS if m.column and not m.of_variant} | INTERNAL
    of_variant = {column.name for column in ProductVariant.__table__.columns}  # type: ignore[attr-defined]
    assert of_variant == {member.attribute for member in MEMBERS if member.of_variant} | INTERNAL_OF_VARIANT
    assert set(product_fields.SORTS.values()) <= columns
    assert products.LISTING.columns.keys() == {*product_fields.SHOWN, "stocks"}


def test_draft() -> None:
    """A draft and its variants have exactly the writable members; null is the default of those that may be null."""
    attributes = {field.name for struct in (Draft, Variant) for field in msgspec.structs.fields(struct)}
    assert attributes == {member.attribute for member in product_fields.WRITABLE.values()} | {"id", "image_id"}
    nullable = {member.attribute for member in product_fields.WRITABLE.values() if member.nullable}
    assert nullable | {"options"} == {name for name, value in product_fields.DEFAULTS.items() if value is None}


def test_nullable_columns() -> None:
    """A member is nullable where its column is."""
    of_product, of_variant = Product.__table__.columns, ProductVariant.__table__.columns  # type: ignore[attr-defined]
    columns = {m.attribute: (of_variant if m.of_variant else of_product)[m.attribute] for m in MEMBERS if m.column}
    assert {m.attribute for m in MEMBERS if m.column and m.nullable != columns[m.attribute].nullable} == FILLED


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_description(member: Member) -> None:
    """A description is a sentence; an example fits its member."""
    assert member.description[0].isupper()
    assert member.description.endswith(".")
    if member.writable:
        (member_as_sent,) = bodies.parse(msgspec.json.encode([member.example]))
        assert member.attribute in product_edits.parse({member.name: member_as_sent}, patch=True)


def test_versions() -> None:
    """v1 shows `id, name, price` for ever; its PUT keeps the rest, and v2's PUT keeps nothing that v2 began with."""
    assert V1.shown == ("id", "name", "price")
    assert V1.writable == {"name", "price", "categoryIds"}
    assert set(V1.hidden.values()) == V2.writable - {"name", "price"}
    assert V2.shown == product_fields.SHOWN
    assert {member.edition for member in MEMBERS if member.name in V2.hidden.values()} <= {3}
