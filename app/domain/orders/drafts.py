"""Orders to place, parsed from bodies."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.domain import models
from app.domain.errors import FieldError
from app.domain.orders.models import MAX_LINES, MAX_QUANTITY, MAX_REFERENCE
from app.domain.orders.orders import READ_ONLY
from app.domain.validation import Reader


class Item(NamedTuple):
    """An item of an order: a product with one variant, or a variant by its id or its sku; one of the three is set."""

    product_id: int | None
    quantity: int
    variant_id: int | None = None
    sku: str | None = None

    @property
    def payload(self) -> list[object]:
        """The item in a fingerprint; a product has the form from before variants."""
        return [self.product_id, self.quantity] if self.product_id is not None else list(self)

    @property
    def member(self) -> str:
        """The member that names the ordered product or variant."""
        return "productId" if self.product_id is not None else "sku" if self.variant_id is None else "variantId"


class Draft(NamedTuple):
    """An order to place."""

    items: tuple[Item, ...]
    reference: str | None


ITEM = ("productId", "variantId", "sku", "quantity")
"""The members of an item."""


def parse(members: Mapping[str, object], writable: Sequence[str] = ITEM) -> Draft:
    """The order of a body; raises `Invalid` with every error."""
    reader = Reader(members)
    reader.only(frozenset({"items", "reference"}), READ_ONLY)
    reader.require("items")
    reference = None if members.get("reference") is None else reader.text("reference", 0, MAX_REFERENCE)
    sent = members.get("items", [])
    items: list[Item] = []
    if not isinstance(sent, list):
        reader.fault("items", "must be a list")
    elif "items" in members and not 1 <= len(sent) <= MAX_LINES:
        reader.fault("items", f"must have 1 to {MAX_LINES} items")
    else:
        for index, item in enumerate(sent):
            items.append(_read_item(reader, index, item, writable))
    reader.done()
    return Draft(tuple(items), reference)


def _read_item(reader: Reader, index: int, item: object, writable: Sequence[str]) -> Item:
    if not isinstance(item, Mapping):
        reader.field_errors.append(FieldError(("items", index), f"`items.{index}` must be an object."))
        return Item(0, 1)
    inner = Reader(item, ("items", index))
    inner.only(frozenset(writable), frozenset())
    ordered = item.keys() & (set(writable) - {"quantity"})
    inner.require(*([] if ordered else ["productId"]), "quantity")
    if len(ordered) > 1:
        message = "Send one of `productId`, `variantId` and `sku`."
        inner.field_errors.append(FieldError(("items", index), message))
    product_id = inner.identity("productId") if "productId" in ordered else None
    variant_id = inner.identity("variantId") if "variantId" in ordered else None
    sku = inner.sku("sku", models.MAX_SKU) if "sku" in ordered else None
    quantity = inner.integer("quantity", 1, MAX_QUANTITY) if "quantity" in item else 1
    reader.field_errors += inner.field_errors
    return Item(product_id, quantity, variant_id, sku)
