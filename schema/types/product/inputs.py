"""The members of products in inputs, as REST has them."""

from collections.abc import Mapping
from typing import Any

from app.domain.fields.product_fields import WRITABLE
from schema.types import attributes, nodes, variants, weights

Members = Mapping[str, Any]


def plain(members: Members) -> Members:
    """The members in REST's form: plain ids, attributes as an object, and the values of enums."""
    same = dict(members)
    if members.get("categoryIds") is not None:
        same["categoryIds"] = [nodes.local_id(i, "Category") for i in members["categoryIds"]]
    if members.get("attributes") is not None:
        same["attributes"] = attributes.members(members["attributes"])
    if members.get("variants") is not None:
        same["variants"] = variants.members(members["variants"])
    if members.get("weight") is not None:
        same["weight"] = weights.members(members["weight"])
    if members.get("status") is not None:
        same["status"] = members["status"].value
    return same


def creating(members: Members) -> Members:
    """The members of a new product; null means a default."""
    return {name: value for name, value in plain(members).items() if value is not None}


def replacing(members: Members) -> Members:
    """The members of a replacement; null means the default if REST refuses null there, or the sku of the address."""
    return {
        name: value
        for name, value in plain(members).items()
        if value is not None or (name != "sku" and WRITABLE[name].resets)
    }
