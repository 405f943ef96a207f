"""Bodies of orders, before the catalogue is known."""

import pytest

from app.domain.errors import TandemError
from app.domain.orders import drafts

READ_FAULTS = {
    "no items": ({"items": []}, [("items",)]),
    "items that are no list": ({"items": {}}, [("items",)]),
    "nothing at all": ({}, [("items",)]),
    "too many": ({"items": [{"productId": 1, "quantity": 1}] * 101}, [("items",)]),
    "an item that is no object": ({"items": [7]}, [("items", 0)]),
    "an item of nothing": ({"items": [{}]}, [("items", 0, "productId"), ("items", 0, "quantity")]),
    "quantities out of range": (
        {"items": [{"productId": 1, "quantity": n} for n in (0, 10_001, -1, 10**40)]},
        [("items", n, "quantity") for n in range(4)],
    ),
    "quantities that are none": (
        {"items": [{"productId": 1, "quantity": n} for n in ("1", True, None)]},
        [("items", n, "quantity") for n in range(3)],
    ),
    "a price of one's own": (
        {"items": [{"productId": 1, "quantity": 1, "unitPrice": 1}]},
        [("items", 0, "unitPrice")],
    ),
    "a status of one's own": (
        {"items": [{"productId": 1, "quantity": 1}], "status": "placed"},
        [("status",)],
    ),
    "a long reference": (
        {"items": [{"productId": 1, "quantity": 1}], "reference": "x" * 65},
        [("reference",)],
    ),
    "a NUL": ({"items": [{"productId": 1, "quantity": 1}], "reference": "\0"}, [("reference",)]),
}


@pytest.mark.parametrize("situation", READ_FAULTS)
def test_faults(situation: str) -> None:
    """Every fault of an order's shape is named by its path, all at once."""
    members, paths = READ_FAULTS[situation]
    with pytest.raises(TandemError) as caught:
        drafts.parse(members)
    assert [fault.field for fault in caught.value.field_errors] == paths


def test_null_reference() -> None:
    """A reference that is null is none, as one that is left out; an empty one is a reference."""
    items = [{"productId": 1, "quantity": 1}]
    assert drafts.parse({"items": items, "reference": None}) == drafts.parse({"items": items})
    assert drafts.parse({"items": items, "reference": ""}).reference == ""
