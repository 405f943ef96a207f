"""Fingerprints of commands: what makes two payloads the same."""

from typing import Any

import pytest

from app.domain import commands
from app.domain.catalogue import product_edits
from app.domain.orders import drafts, placements
from app.http import bodies


def members(text: str) -> dict[str, Any]:
    """The members of a body, as an edge reads them."""
    found: dict[str, Any] = bodies.parse(text.encode())
    return found


SAME = {
    "an order": [
        '{"items": [{"productId": 1, "quantity": 2}], "reference": "r"}',
        '{"reference":"r","items":[{"quantity":2,"productId":1}]}',
        '\n{ "items" : [ { "quantity" : 2.0, "productId" : 1e0 } ], "reference" : "\\u0072" }\t',
    ],
    "an order without a reference": [
        '{"items": [{"productId": 1, "quantity": 2}]}',
        '{"reference": null, "items": [{"productId": 1, "quantity": 2}]}',
    ],
    "a product": [
        '{"name": "Tea", "price": 12.5, "categoryIds": [2, 1]}',
        '{"categoryIds": [1, 2, 2], "price": 12.50, "name": " Tea "}',
        '{"price": 1.25e1, "name": "Tea", "categoryIds": [1, 2]}',
    ],
}
OTHER = {
    "an order": '{"items": [{"productId": 1, "quantity": 3}], "reference": "r"}',
    "an order without a reference": '{"items": [{"productId": 1, "quantity": 2}], "reference": ""}',
    "a product": '{"name": "Tea", "price": 12.51, "categoryIds": [1, 2]}',
}


def fingerprint(text: str) -> str:
    """The fingerprint of what a body asks for."""
    read = members(text)
    if "items" in read:
        return placements.place_order("anne", drafts.parse(read)).fingerprint()
    return commands.create_product(product_edits.parse(read)).fingerprint()


@pytest.mark.parametrize("thing", SAME)
def test_fingerprints(thing: str) -> None:
    """The order of members, white space, and how a number or a text is written do not matter; what they say does."""
    assert len({fingerprint(text) for text in SAME[thing]}) == 1
    assert fingerprint(OTHER[thing]) != fingerprint(SAME[thing][0])


def test_order_of_items() -> None:
    """Items in another order are another order: its lines stand as they were asked for."""
    items = [{"productId": 1, "quantity": 2}, {"productId": 2, "quantity": 1}]
    there, back = (placements.place_order("anne", drafts.parse({"items": one})) for one in (items, items[::-1]))
    assert there.fingerprint() != back.fingerprint()
