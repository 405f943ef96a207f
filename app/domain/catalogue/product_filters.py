"""Filters of products as both protocols send them: the bounds of their texts, and the domain's filter."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain import money, visibility
from app.domain.catalogue.product_conditions import in_order
from app.domain.catalogue.product_list import Filter
from app.domain.models import MAX_BRAND, MAX_GTIN, MAX_SKU, MAX_TAG
from app.domain.pagination.keyset import Sort
from app.domain.search import relevance
from app.domain.unicode import text
from app.domain.validation import text_problem

TEXTS = {"q": (0, text.MAX_QUERY), "sku": (1, MAX_SKU), "gtin": (1, MAX_GTIN)}
"""The least and the most characters of each text."""
LISTS = {"skus": (1, MAX_SKU), "brand": (1, MAX_BRAND), "tag": (1, MAX_TAG)}
"""The least and the most characters of each text in a list."""


def problem_of(name: str, texts: Iterable[str]) -> str | None:
    """The first problem of the texts of a filter."""
    low, high = (TEXTS | LISTS)[name]
    return next(filter(None, (text_problem(one, low, high) for one in texts)), None)


def make(values: Mapping[str, Any], order: Sort, *, corrects: bool = True) -> Filter:
    """The filter of values that a protocol has checked, by their names; absent values and None filter nothing.

    `categories` and `ids` are plain integers. Unless `typos` is given, only a sort by relevance `corrects` words.
    """
    words, low, high = text.query(values.get("q")), values.get("min_price"), values.get("max_price")
    typos = order.key == relevance.SORT if values.get("typos") is None else values["typos"] == "auto"
    return Filter(
        words=words,
        categories=in_order(values.get("categories")),
        min_price=None if low is None else money.bound(low, upper=False),
        max_price=None if high is None else money.bound(high, upper=True),
        currency=values.get("currency"),
        in_stock=values.get("in_stock"),
        sku=values.get("sku"),
        gtin=values.get("gtin"),
        ids=in_order(values.get("ids")),
        skus=in_order(values.get("skus")),
        brands=in_order(values.get("brand")),
        tags=in_order(values.get("tag")),
        attributes=values.get("attributes"),
        subtree=values.get("subtree") or None,
        typos=corrects and words is not None and typos,
        statuses=visibility.status_filter(values.get("status")),
        created_since=values.get("created_since"),
        updated_since=values.get("updated_since"),
    )
