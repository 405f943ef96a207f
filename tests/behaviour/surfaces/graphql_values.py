"""Values of GraphQL from and to the members of REST."""

import re
from decimal import Decimal
from typing import Any

from tests.behaviour.surfaces.results import Address, Page, Result, Thing

_KEYS = {
    "id": "ID",
    "name": "NAME",
    "price": "PRICE",
    "createdAt": "CREATED_AT",
    "updatedAt": "UPDATED_AT",
    "relevance": "RELEVANCE",
}
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")


def result_of(result: dict[str, Any]) -> Result:
    errors = result["userErrors"]
    code = (
        (errors[0]["code"].lower() if len({one["code"] for one in errors}) == 1 else "validation_failed")
        if errors
        else None
    )
    product = result["product"] and product_of(result["product"]).members
    return Result(result["status"], product, code, [".".join(one["field"]) for one in errors])


def address_of(address: Address) -> dict[str, Any]:
    if isinstance(address, int):
        return {"id": address}
    return {"by": {"sku": address} if isinstance(address, str) else {address.kind: address.value}}


def throw(error: Exception) -> Any:
    raise error


def variables_of(asked: dict[str, Any]) -> dict[str, Any]:
    narrowed = dict(asked)
    size, after, before = narrowed.pop("size", 20), narrowed.pop("after", None), narrowed.pop("before", None)
    window = {"last": size, "before": before} if before is not None else {"first": size, "after": after}
    total, sort = narrowed.pop("total", False), narrowed.pop("sort", "id")
    if "attributes" in narrowed:
        narrowed["attributes"] = [{"name": name, **wanted} for name, wanted in narrowed["attributes"].items()]
    if "typos" in narrowed:
        narrowed["typos"] = narrowed["typos"].upper()
    if "category" in narrowed:
        given = narrowed.pop("category")
        narrowed["categories"] = given if isinstance(given, list) else [given]
    if "status" in narrowed:
        given = narrowed["status"]
        narrowed["status"] = given.upper() if isinstance(given, str) else [one.upper() for one in given]
    key = {"by": _KEYS[sort.removeprefix("-")], "direction": "DESC" if sort.startswith("-") else "ASC"}
    return {**window, "total": total, "filter": narrowed or None, "sort": key}


def page_of(found: dict[str, Any]) -> Page:
    info = found["pageInfo"]
    return Page(
        [edge["node"]["id"] for edge in found["edges"]],
        info["endCursor"] if info["hasNextPage"] else None,
        info["startCursor"] if info["hasPreviousPage"] else None,
        found.get("totalCount"),
        found.get("correctedQuery"),
    )


def product_of(found: dict[str, Any]) -> Thing:
    etag, price = found.pop("etag"), Decimal(found["price"])
    categories = [edge["node"] for edge in found["categories"]["edges"]]
    attributes: dict[str, list[Any]] = {}
    for one in found["attributes"]:
        value = _BOOLEANS.get(one["value"], one["value"]) if one["number"] is None else Decimal(one["value"])
        attributes.setdefault(one["name"], []).append(value)
    values = {name: one[0] if len(one) == 1 else one for name, one in attributes.items()}
    variants = [_variant(edge["node"]) for edge in found["variants"]["edges"]]
    as_rest = {
        **_sold_by(found),
        "variants": variants,
        "price": price,
        "categories": categories,
        "attributes": values,
        "status": found["status"].lower(),
    }
    return Thing({**found, **as_rest}, etag)


def _variant(found: dict[str, Any]) -> dict[str, Any]:
    options = {one["name"]: one["value"] for one in found["options"]}
    return {**found, **_sold_by(found), "price": Decimal(found["price"]), "options": options}


def _sold_by(found: dict[str, Any]) -> dict[str, Any]:
    """What a product or variant may lack, as REST has it."""
    weight, before = found["weight"], found["compareAtPrice"]
    return {
        "compareAtPrice": before and Decimal(before),
        "weight": weight and {"value": Decimal(str(weight["value"])), "unit": weight["unit"].lower()},
    }


_BOOLEANS = {"true": True, "false": False}


def inputs_of(members: dict[str, Any]) -> dict[str, Any]:
    """The members as inputs have them: an attribute for each value, words in capitals."""
    if members.get("status") is not None:
        members = {**members, "status": members["status"].upper()}
    if members.get("variants"):
        members = {**members, "variants": list(map(_variant_input, members["variants"]))}
    if members.get("weight"):
        members = {**members, "weight": _weight(members["weight"])}
    given = members.get("attributes")
    if given is None:
        return members
    entries = [
        {"name": name, "value" if isinstance(one, bool | str) else "number": _text(one)}
        for name, value in given.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return {**members, "attributes": entries}


def operation_of(members: dict[str, Any]) -> dict[str, Any]:
    """An operation of a batch as its input has it."""
    named = {**members, "op": _HUMP.sub("_", members["op"]).upper()}
    return {**named, "product": inputs_of(members["product"])} if isinstance(members.get("product"), dict) else named


def _variant_input(members: dict[str, Any]) -> dict[str, Any]:
    given = {**members, "weight": _weight(members["weight"])} if members.get("weight") else members
    if "options" not in members:
        return given
    return {**given, "options": [{"name": name, "value": value} for name, value in members["options"].items()]}


def _weight(members: dict[str, Any]) -> dict[str, Any]:
    return {**members, "unit": members["unit"].upper()} if "unit" in members else members


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def category_of(found: dict[str, Any]) -> Thing:
    etag, parent = found.pop("etag"), found.pop("parent")
    return Thing({**found, "parentId": parent and parent["id"]}, etag)
