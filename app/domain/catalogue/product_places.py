"""The places of products in categories, which repeat what the lists of a category sort, filter and count by."""

from collections.abc import Mapping, Sequence
from operator import itemgetter

from sqlalchemy import bindparam, case, delete, func, insert, select, update

from app.domain import models
from app.domain.catalogue import product_values
from app.domain.catalogue.product_values import Value
from app.domain.errors import FieldError, Invalid, Violation
from app.domain.fields.drafts import Draft
from app.domain.fields.product_fields import SORTS
from app.domain.sql.conditions import integer, one_of
from app.domain.sql.records import bind_rows, many_records
from app.domain.sql.tables import table_of
from app.domain.unit_of_work import Statement, Unit

product = table_of(models.Product)
link = table_of(models.ProductCategory)
p = product.c

_LINKS = Statement(
    select(link.c.product_id, link.c.category_id)
    .where(one_of(link.c.product_id, "ids"))
    .order_by(link.c.product_id, link.c.category_id)
)
_given = many_records(link.c.category_id, link.c.product_id, link.c.facet_values)
_COPIED = (p.status, *(p[column] for column in SORTS.values() if column != "id"), p.lowest_price, p.highest_price)
_LINK = Statement(
    insert(link).from_select(
        ["category_id", "product_id", "facet_values", "facet_values_at", *(copy.name for copy in _COPIED)],
        select(_given.c.category_id, p.id, _given.c.facet_values, p.updated_at, *_COPIED).join_from(
            _given, product, p.id == _given.c.product_id
        ),
    )
)
_edited_at = select(p.updated_at).where(p.id == link.c.product_id).scalar_subquery()
_TOUCH = Statement(
    update(link)
    .where(one_of(link.c.product_id, "ids"))
    .values(updated_at=_edited_at, facet_values_at=case((link.c.facet_values_at == link.c.updated_at, _edited_at)))
)
_MAX_COUNTED = 1_000_000
_PRODUCTS = Statement(
    select(func.count()).select_from(
        select(link.c.product_id)
        .where(link.c.category_id == bindparam("category", type_=link.c.category_id.type))
        .limit(integer(_MAX_COUNTED))
        .subquery()
    )
)
_UNLINK = Statement(delete(link).where(one_of(link.c.product_id, "ids")))


async def categories_of(unit: Unit, ids: Sequence[int]) -> Sequence[Sequence[int]]:
    """The ids of products, each with the id of a category that it is in, both ascending."""
    return await unit.all(_LINKS, ids=list(ids))


async def products_of(unit: Unit, category_id: int) -> int:
    """The number of products in a category, up to a million."""
    ((products,),) = await unit.all(_PRODUCTS, category=category_id)
    return int(products)


async def insert_all(unit: Unit, placed: Sequence[tuple[int, Draft]], values: Mapping[int, Sequence[Value]]) -> None:
    """Put products into the categories of their drafts; `values` are those of the products, by their ids."""
    rows = [
        (category_id, product_id, packed)
        for product_id, draft in placed
        if draft.category_ids
        for packed in [product_values.packed(values[product_id])]
        for category_id in draft.category_ids
    ]
    rows.sort(key=itemgetter(0, 1))  # as the index has them: neighbours share its pages
    if not rows:
        return
    try:
        await unit.all(_LINK, **bind_rows(unit.engine, rows))
    except Violation:
        raise Invalid([FieldError(("categoryIds",), "One of the categories is being deleted.")]) from None


async def replace_all(unit: Unit, placed: Sequence[tuple[int, Draft]], values: Mapping[int, Sequence[Value]]) -> None:
    """Put products into the categories of their drafts alone."""
    await unit.all(_UNLINK, ids=[product_id for product_id, _ in placed])
    await insert_all(unit, placed, values)


async def touch(unit: Unit, ids: Sequence[int]) -> None:
    """Copy the time of an edit to the places of products; values that counted before count on."""
    await unit.all(_TOUCH, ids=list(ids))
