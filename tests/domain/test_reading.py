"""Reading input: all faults at once, whatever the values are."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import money
from app.domain.catalogue import categories, product_edits
from app.domain.errors import Code, FieldError, Invalid
from app.domain.fields import product_fields
from app.domain.fields.drafts import Draft, Variant
from app.domain.models import MAX_ID, MAX_STOCK
from app.domain.validation import Reader, whole

bounded = settings(derandomize=True, deadline=None, max_examples=300)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(min_value=10**29), st.decimals(), st.text(),
    st.text(st.characters(categories=["Cs"]), max_size=2),
)  # fmt: skip
anything = st.recursive(scalars, lambda one: st.lists(one) | st.dictionaries(st.text(), one), max_leaves=5)
names = st.one_of(st.sampled_from(sorted(product_fields.BY_NAME)), st.text(max_size=5))
valid = st.fixed_dictionaries(
    {"name": st.text("ab é", min_size=1, max_size=9).filter(str.strip), "price": st.integers(1, 999_999_999)},
    optional={
        "currency": st.sampled_from(sorted(money.DECIMALS)),
        "description": st.text("ab é"),
        "sku": st.text("ab é", min_size=1, max_size=64).filter(str.strip),
        "stock": st.none() | st.integers(0, MAX_STOCK),
        "categoryIds": st.lists(st.integers(1, MAX_ID), max_size=50),
    },
)


def field_errors(read: Callable[[], object]) -> Sequence[FieldError]:
    """What is wrong, where something is; a refusal always says it."""
    try:
        read()
    except Invalid as invalid:
        return invalid.field_errors or pytest.fail("a refusal without a fault")
    return ()


@pytest.mark.slow
@bounded
@given(st.dictionaries(names, anything, max_size=4), st.booleans())
def test_anything(members: dict[str, Any], patch: bool) -> None:
    """Whatever a body holds, it is either read or refused with faults that can be told to the client."""
    for read in (product_edits.parse, categories.parse):
        for fault in field_errors(lambda read=read: read(members, patch=patch)):
            told = f"{fault.message} {fault.field[0]}"
            assert told.encode().decode() == told


@bounded
@given(valid)
def test_valid(members: dict[str, Any]) -> None:
    """What is valid is read as it is: trimmed, in units, its ids ascending and without repeats."""
    draft = product_edits.apply(product_edits.parse(members))
    assert draft == Draft(
        name=members["name"].strip(),
        variants=(
            Variant(
                price=members["price"] * money.SCALE,
                sku=members["sku"].strip() if "sku" in members else None,
                stock=members.get("stock"),
            ),
        ),
        currency=members.get("currency", "USD"),
        description=members.get("description", ""),
        category_ids=tuple(sorted(set(members.get("categoryIds", ())))),
    )


@bounded
@given(valid, valid)
def test_patches_are_laid_over(first: dict[str, Any], second: dict[str, Any]) -> None:
    """A patch changes what it names, and leaves the rest."""
    stored = product_edits.apply(product_edits.parse(first))
    patched = product_edits.apply(product_edits.parse(second, patch=True), stored)
    assert patched == product_edits.apply(product_edits.parse({**first, **second}))


@bounded
@given(st.integers())
def test_whole(number: int) -> None:
    """An integer may be written as a fraction that is whole; other fractions, booleans and texts are none."""
    assert whole(number) == number
    if abs(number) < 10**28:
        assert whole(Decimal(number)) == whole(Decimal(f"{number}.0")) == number
    assert whole(Decimal(f"{number}.5")) is whole(str(number)) is whole(True) is whole(Decimal("1E+400")) is None


def test_all_faults_at_once() -> None:
    """Every fault is found in one reading, with its own path and code."""
    members = {"name": " ", "price": Decimal("1.001"), "stock": -1, "id": 7, "colour": 1, "categoryIds": [1, "x"]}
    with pytest.raises(Invalid) as refused:
        product_edits.parse(members)
    found = {fault.field: fault.code for fault in refused.value.field_errors}
    assert found == {
        ("id",): Code.READ_ONLY,
        ("colour",): Code.VALIDATION_FAILED,
        ("name",): Code.VALIDATION_FAILED,
        ("price",): Code.VALIDATION_FAILED,
        ("stock",): Code.VALIDATION_FAILED,
        ("categoryIds", 1): Code.VALIDATION_FAILED,
    }


def test_code_of_the_whole() -> None:
    """Faults of one kind give their code to the refusal; of several kinds, the general one."""
    codes = []
    for members in ({"id": 1}, {"id": 1, "version": 2}, {"id": 1, "colour": 2}):
        with pytest.raises(Invalid) as refused:
            product_edits.parse(members, patch=True)
        codes.append(refused.value.code)
    assert codes == [Code.READ_ONLY, Code.READ_ONLY, Code.VALIDATION_FAILED]


@pytest.mark.parametrize("length", [1, 200])
def test_lengths_are_of_code_points(length: int) -> None:
    """Lengths count code points, inclusive at both ends."""
    reader = Reader({"name": "😀" * length})
    assert reader.text("name", 1, 200) == "😀" * length
    assert not reader.field_errors
    Reader.text(longer := Reader({"name": "😀" * 201}), "name", 1, 200)
    assert longer.field_errors
