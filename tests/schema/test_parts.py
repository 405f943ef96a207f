"""The lists and references of a document are bounded for each point, since the SQL of each has to be made once."""

from typing import Any

import pytest

from app.domain.pagination import selection
from schema.execution.plan import PARTS_OF_POINT
from schema.types.nodes import encode
from tests.schema.conftest import Shop

BELOW = "categories(first: 1) { edges { node { id } } }"


def many(*fields: str) -> str:
    """A document of root fields, each under an alias."""
    return f"{{ {' '.join(f'f{n}: {field}' for n, field in enumerate(fields))} }}"


def lists(count: int, size: int = 1) -> str:
    """A product with so many lists below it."""
    below = " ".join(f"c{n}: {BELOW}" for n in range(count))
    return f"{{ products(first: {size}) {{ edges {{ node {{ {below} }} }} }} }}"


def codes(answer: Any) -> list[str]:
    """The codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


def of_a_change(count: int, size: int = 1) -> str:
    """Changes, with so many lists below a product that changed."""
    below = " ".join(f"c{n}: {BELOW}" for n in range(count))
    return f"{{ changes(first: {size}) {{ edges {{ node {{ node {{ ... on Product {{ {below} }} }} }} }} }} }}"


DIFFERENT = [f"products(first: 1, sort: {{by: {by}}}) {{ edges {{ node {{ {leaf} }} }} }}"
             for by in ("ID", "NAME", "PRICE", "CREATED_AT") for leaf in ("id", "name", "price", "stock")]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "refused"),
    [
        (lists(PARTS_OF_POINT - 1), False),
        (lists(PARTS_OF_POINT), True),
        (lists(PARTS_OF_POINT, 10), False),  # it costs 2 points
        (of_a_change(PARTS_OF_POINT // 2), False),
        (of_a_change(PARTS_OF_POINT + 1), True),
        (many(*DIFFERENT[:PARTS_OF_POINT]), False),
        (many(*DIFFERENT), True),
        (many(*(f"product(id: {n}) {{ name {BELOW} }}" for n in range(20))), False),  # these are equal
        (many(*(f'node(id: "{encode("Product", n)}") {{ id ... on Product {{ name }} }}' for n in range(8))), False),
    ],
)
async def test_parts(shop: Shop, document: str, refused: bool) -> None:
    """A point pays for twelve lists and references that differ; what is equal is made once, and counts once."""
    answer = await shop.service.graphql(document)
    assert codes(answer) == ["QUERY_TOO_COMPLEX"] * refused
    assert answer["extensions"]["cost"] >= 1


async def test_equal_fields_share_a_statement(shop: Shop) -> None:
    """Fields that differ in their values have one statement, with all that stands below."""
    selection.rows_statement.cache_clear()
    await shop.service.graphql(many(*(f"product(id: {n}) {{ name {BELOW} }}" for n in range(20))))
    assert selection.rows_statement.cache_info().misses == 1
    selection.page_statement.cache_clear()
    pages = [f"products(first: {n}) {{ edges {{ node {{ {BELOW} }} }} }}" for n in (1, 2, 3)]
    await shop.service.graphql(many(*pages))
    assert selection.page_statement.cache_info().misses == 1


@pytest.mark.parametrize(("count", "refused"), [(20, 20), (21, 1)])
async def test_refused_arguments(shop: Shop, count: int, refused: int) -> None:
    """Where the arguments of more than twenty root fields are refused, the document is, once."""
    field = 'orders(filter: {createdSince: "a"}) { totalCount }'
    answer = await shop.service.graphql(many(*[field] * count))
    assert len(codes(answer)) == refused
    assert ("QUERY_TOO_COMPLEX" in codes(answer)) == (refused == 1)
